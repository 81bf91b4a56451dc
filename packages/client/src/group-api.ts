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
  /** it has keys of the kind that up to a thousand people can share */
  readonly large: boolean;
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
  readonly isMember: boolean;
}

/** What a link lets in. */
export interface GroupLinkTerms {
  /** 0: it does not expire */
  readonly expiresMs: number;
  /** 0: as many as come */
  readonly limit: number;
  readonly approval: boolean;
}

/** A group that this person asked to come into by a link. */
export interface GroupAskView {
  readonly conversation: ConversationIdText;
  readonly title: string;
  /** who made the link */
  readonly by: string;
  readonly people: number;
  readonly approval: boolean;
  /** `waiting` until this person is in it, which ends the ask; the others say why they are not let in */
  readonly state: "waiting" | "revoked" | "expired" | "used-up" | "refused";
  readonly atMs: number;
}

/** How a group is made. */
export interface GroupOptions {
  /** it is to have more than some 250 people; a group that begins with so many is large without it */
  readonly large?: boolean;
}

/** `client.groups`. Every change is queued on the device and done when there is a link; the first call of a race wins. */
export interface GroupCalls {
  /**
   * Makes a group at once, also offline; the others are brought in when there is a link.
   * @param people  contacts of this device
   * @throws ClientError `client/bad-title` · `client/unknown-person` · `client/not-joined`
   */
  create(title: string, people: readonly IdentityIdText[], options?: GroupOptions): Promise<ConversationIdText>;
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
  /**
   * Makes a link that leads in, also offline; it works once the change is done and while a device of this person is online now and then.
   *
   * @returns what is passed on
   * @throws ClientError `client/not-your-role` · `client/too-many-links`, and as `view`
   */
  makeLink(id: ConversationIdText, terms: GroupLinkTerms): Promise<string>;
  /** Ends a link, whoever made it. @param link  `GroupLinkView.id` @throws as `makeLink` */
  revokeLink(id: ConversationIdText, link: string): Promise<void>;
  /** What a link says; nothing is sent. @throws ClientError `client/bad-invite` it is no link into a group */
  readLink(text: string): Promise<GroupInviteView>;
  /** Asks to come in, now or when there is a way. @returns the group's conversation @throws as `readLink`, and `client/own-invite` */
  ask(text: string): Promise<ConversationIdText>;
  /** What this person asked for and is not in, also what was turned away; the oldest first. */
  asks(): Promise<readonly GroupAskView[]>;
  /** Forgets an ask. Who is let in after that is in all the same. */
  withdraw(id: ConversationIdText): Promise<void>;
  /** Lets somebody in who asked by a link of this person's. @throws ClientError `client/unknown-person` they did not ask, and as `makeLink` */
  admit(id: ConversationIdText, person: IdentityIdText): Promise<void>;
  /** Does not let them in, and tells them so. @throws as `admit` */
  refuse(id: ConversationIdText, person: IdentityIdText): Promise<void>;
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
  makeLink: ANSWERS,
  revokeLink: ANSWERS,
  readLink: ANSWERS,
  ask: ANSWERS,
  asks: ANSWERS,
  withdraw: ANSWERS,
  admit: ANSWERS,
  refuse: ANSWERS,
};
