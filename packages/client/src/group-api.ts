/* Groups of many people (protocol/12-groups.md): making one, who is in it, what each may do, and links that lead in. */
import type { ConversationIdText, IdentityIdText, PersonView, RoleView, StationView } from "./api.ts";
import { ANSWERS, type CallTable, CHANGES } from "./part.ts";

/** A person of a group. */
export interface GroupPersonView extends PersonView {
  readonly role: RoleView;
  readonly me: boolean;
  /** they have left and are still to be taken out of the group's keys */
  readonly leaving: boolean;
}

/** What the person of this device may do in a group now. */
export interface GroupRights {
  readonly add: boolean;
  readonly rename: boolean;
  readonly appoint: boolean;
  readonly link: boolean;
}

/** A link that leads into a group. */
export interface GroupLinkView {
  /** hex of the link's public key */
  readonly id: string;
  /** what is passed on; only on the device that made it */
  readonly url: string | undefined;
  readonly by: IdentityIdText;
  /** 0: it does not expire */
  readonly expiresMs: number;
  /** 0: for as many as come */
  readonly limit: number;
  readonly used: number;
  /** somebody who may add lets each person in */
  readonly approval: boolean;
}

/** Somebody who came by a link and waits to be let in. */
export interface JoinRequestView {
  readonly identity: IdentityIdText;
  readonly name: string;
  readonly link: string;
  readonly atMs: number;
}

/** A group as this device knows it. */
export interface GroupView {
  readonly conversation: ConversationIdText;
  readonly title: string;
  readonly people: readonly GroupPersonView[];
  /** those whom this device is still bringing in */
  readonly adding: readonly PersonView[];
  readonly membersAdd: boolean;
  /** undefined once this person has left or was taken out */
  readonly role: RoleView | undefined;
  readonly rights: GroupRights;
  /** where the group's messages rest */
  readonly hub: StationView | undefined;
  readonly links: readonly GroupLinkView[];
  readonly requests: readonly JoinRequestView[];
}

/** What a link says before anything is done about it. */
export interface GroupInviteView {
  readonly title: string;
  /** who made the link, as they call themselves */
  readonly by: string;
  /** how many there were when the link was made */
  readonly people: number;
  readonly approval: boolean;
  readonly expiresMs: number;
  /** the group's conversation here, when this person asked or is in it */
  readonly conversation: ConversationIdText | undefined;
}

/** What a link lets in. */
export interface GroupLinkTerms {
  /** 0: it does not expire */
  readonly expiresMs: number;
  /** 0: as many as come */
  readonly limit: number;
  readonly approval: boolean;
}

/** `client.groups`. Every change is queued on the device and done when there is a link; the first call of a race wins. */
export interface GroupCalls {
  /**
   * Makes a group at once, also offline; the others are brought in when there is a link.
   * @param people  contacts of this device
   * @throws ClientError `client/bad-title` · `client/unknown-person` · `client/not-joined`
   */
  create(title: string, people: readonly IdentityIdText[]): Promise<ConversationIdText>;
  /** @throws ClientError `client/unknown-conversation` · `client/no-group` */
  view(id: ConversationIdText): Promise<GroupView>;
  /** @throws ClientError `client/unknown-person` · `client/not-your-role`, and as `view` */
  add(id: ConversationIdText, people: readonly IdentityIdText[]): Promise<void>;
  /** Takes somebody out: they read nothing that comes after, whatever a station gives them. @throws as `add` */
  remove(id: ConversationIdText, person: IdentityIdText): Promise<void>;
  /** @throws ClientError `client/last-owner`, and as `add` */
  setRole(id: ConversationIdText, person: IdentityIdText, role: RoleView): Promise<void>;
  /** @throws ClientError `client/bad-title` · `client/not-your-role`, and as `view` */
  rename(id: ConversationIdText, title: string): Promise<void>;
  /** Whether members may add people, not only owners and admins. @throws as `add` */
  setMembersAdd(id: ConversationIdText, allowed: boolean): Promise<void>;
  /** Nothing more is received from this moment on. @throws ClientError `client/last-owner`, and as `view` */
  leave(id: ConversationIdText): Promise<void>;
}

/** Its calls. */
export const GROUP_CALLS: CallTable<GroupCalls> = {
  create: CHANGES,
  view: ANSWERS,
  add: ANSWERS,
  remove: ANSWERS,
  setRole: ANSWERS,
  rename: ANSWERS,
  setMembersAdd: ANSWERS,
  leave: ANSWERS,
};
