/* Answers `client.groups`: reads what this device knows of a group, and queues what its person wants of it. */
import { ID_SIZE_BYTES, idText, parseIdText } from "@chapar/wire";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import type { ConversationIdText, IdentityIdText, PersonView, RoleView } from "../api.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { DeskPorts } from "../desk-ports.ts";
import type { Joined } from "../engine-parts.ts";
import { ClientError } from "../errors.ts";
import type {
  GroupAskView,
  GroupCalls,
  GroupInviteView,
  GroupLinkTerms,
  GroupOptions,
  GroupPersonView,
  GroupView,
} from "../group-api.ts";
import { Draft } from "../store/shelf.ts";
import { foundGroup } from "./founding.ts";
import { ASKS, forgetAsk } from "./asking-in.ts";
import { cleanTitle, type GroupState, MAX_LINKS } from "./group-state.ts";
import { stateOf } from "./group-step.ts";
import { leaveGroup } from "./leaving.ts";
import { GROUPS_PART } from "./part-name.ts";
import { decide } from "./letting-in.ts";
import { askShelf, keepLink } from "./link-rows.ts";
import { readGroupLink } from "./link-text.ts";
import { askViews, linkViews } from "./link-views.ts";
import { newLink } from "./new-link.ts";
import type { Role } from "./roster-row.ts";
import { suiteFor } from "./size.ts";
import { newWish, queueWish, type WantedPerson, type WishRow, wishShelf } from "./wish-row.ts";

/** The calls about groups. */
export class GroupDesk implements GroupCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  #row(id: ConversationIdText): { readonly joined: Joined; readonly row: ConversationRow } {
    const joined = this.#ports.joined();
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    const row = bytes && joined.member.book.get(bytes);
    if (row === undefined) throw new ClientError("client/unknown-conversation");
    if (row.kind !== "group") throw new ClientError("client/no-group");
    return { joined, row };
  }

  #title(title: string): string {
    const clean = cleanTitle(title);
    if (clean === undefined) throw new ClientError("client/bad-title");
    return clean;
  }

  /** @throws ClientError `client/unknown-person` */
  async #person({ contacts, profile, book }: Member, text: IdentityIdText): Promise<WantedPerson> {
    const identity = parseIdText(text, ID_SIZE_BYTES.identity);
    const contact = identity && (await contacts.get(identity));
    // Somebody whom an invite named and who was not reached yet rests where the invite said.
    const invited = identity && book.withPeer(identity);
    const station = contact?.state.home.station ?? invited?.peerHome?.station;
    if (identity === undefined || station === undefined || equalBytes(identity, profile.row.identity))
      throw new ClientError("client/unknown-person");
    return { identity: contact?.state.identity ?? invited?.peer ?? (identity as WantedPerson["identity"]), station };
  }

  async #people(member: Member, texts: readonly IdentityIdText[]): Promise<readonly WantedPerson[]> {
    return Promise.all(texts.map((text) => this.#person(member, text)));
  }

  /** The person's role. @throws ClientError `client/not-your-role` when they have none, or one that `may` does not let do it */
  #may({ member }: Joined, row: ConversationRow, may: (role: Role) => boolean): void {
    const role = ownRole(member, row);
    if (role === undefined || !may(role)) throw new ClientError("client/not-your-role");
  }

  async #queue(
    { member, session }: Joined,
    row: ConversationRow,
    wish: WishRow,
    also: (draft: Draft) => void = () => undefined,
  ): Promise<void> {
    await member.book.lane(row.id).run(async () => {
      const draft = new Draft();
      also(draft);
      await queueWish(member.store, draft, row.id, wish);
      draft.after(() => member.events.emit({ type: "conversation", conversation: idText(row.id) }));
      await draft.commit(member.store);
    });
    session.wake(GROUPS_PART);
  }

  async create(
    title: string,
    people: readonly IdentityIdText[],
    options: GroupOptions = {},
  ): Promise<ConversationIdText> {
    const { member, session } = this.#ports.joined();
    const wanted = await this.#people(member, people);
    const suite = suiteFor(wanted.length, options.large === true);
    const row = await foundGroup(member, { title: this.#title(title), people: wanted, suite });
    session.open(row);
    return idText(row.id);
  }

  async view(id: ConversationIdText): Promise<GroupView> {
    const { joined, row } = this.#row(id);
    const { member, views } = joined;
    const roster = member.book.roster(row.id) ?? { people: [], leaving: [] };
    const own = member.profile.row.identity;
    const people: GroupPersonView[] = [];
    for (const { identity, role } of roster.people) {
      const me = equalBytes(identity, own);
      const leaving = roster.leaving.some((one) => equalBytes(one, identity));
      people.push({ ...(await views.somebody(row, identity)), role, me, leaving });
    }
    const group = await member.groups.load(row.id);
    const state = group && stateOf(group.context);
    const role = ownRole(member, row);
    const leads = role === "owner" || role === "admin";
    const membersAdd = state?.membersAdd ?? false;
    return {
      conversation: idText(row.id),
      title: row.title,
      people,
      adding: await this.#adding(joined, row),
      membersAdd,
      large: group?.suite === "x25519",
      role,
      rights: {
        add: leads || (role !== undefined && membersAdd),
        rename: leads,
        appoint: role === "owner",
        link: leads,
      },
      hub: views.hubOf(row),
      ...(await linkViews(member, row, state)),
    };
  }

  async #adding({ member, views }: Joined, row: ConversationRow): Promise<readonly PersonView[]> {
    const wishes = await wishShelf.range(member.store, { prefix: row.id });
    const wanted = wishes.flatMap(({ value }) =>
      value.stage !== "welcome" && (value.wanted === "add" || value.wanted === "use") ? value.people : [],
    );
    return Promise.all(wanted.map(({ identity }) => views.somebody(row, identity)));
  }

  async add(id: ConversationIdText, people: readonly IdentityIdText[]): Promise<void> {
    const { joined, row } = this.#row(id);
    const state = await stateHere(joined.member, row);
    this.#may(joined, row, (role) => role !== "member" || state?.membersAdd === true);
    await this.#queue(joined, row, newWish("add", { people: await this.#people(joined.member, people) }));
  }

  async remove(id: ConversationIdText, person: IdentityIdText): Promise<void> {
    const { joined, row } = this.#row(id);
    const theirs = await this.#inGroup(joined.member, row, person);
    this.#may(joined, row, (role) => role === "owner" || (role === "admin" && theirs.role === "member"));
    await this.#queue(joined, row, newWish("remove", { people: [theirs.person] }));
  }

  async #inGroup(
    member: Member,
    row: ConversationRow,
    text: IdentityIdText,
  ): Promise<{ readonly person: WantedPerson; readonly role: Role }> {
    const found = member.book.roster(row.id)?.people.find(({ identity }) => idText(identity) === text);
    if (found === undefined) throw new ClientError("client/unknown-person");
    const { station } = member.profile.row.home;
    return { person: { identity: found.identity, station }, role: found.role };
  }

  async setRole(id: ConversationIdText, person: IdentityIdText, role: RoleView): Promise<void> {
    const { joined, row } = this.#row(id);
    const { member } = joined;
    const theirs = await this.#inGroup(member, row, person);
    const isOwn = equalBytes(theirs.person.identity, member.profile.row.identity);
    const stepsDown = isOwn && role === "member";
    this.#may(joined, row, (own) => own === "owner" || stepsDown);
    if (theirs.role === "owner" && role !== "owner" && owners(member, row) < 2)
      throw new ClientError("client/last-owner");
    await this.#queue(joined, row, newWish("role", { people: [theirs.person], role }));
  }

  async rename(id: ConversationIdText, title: string): Promise<void> {
    const { joined, row } = this.#row(id);
    this.#may(joined, row, (role) => role !== "member");
    await this.#queue(joined, row, newWish("title", { title: this.#title(title) }));
  }

  async setMembersAdd(id: ConversationIdText, allowed: boolean): Promise<void> {
    const { joined, row } = this.#row(id);
    this.#may(joined, row, (role) => role !== "member");
    await this.#queue(joined, row, newWish("policy", { membersAdd: allowed }));
  }

  async makeLink(id: ConversationIdText, terms: GroupLinkTerms): Promise<string> {
    const { joined, row } = this.#row(id);
    this.#may(joined, row, (role) => role !== "member");
    const { member } = joined;
    const state = await stateHere(member, row);
    if ((state?.links.length ?? 0) >= MAX_LINKS) throw new ClientError("client/too-many-links");
    const people = member.book.roster(row.id)?.people.length ?? 1;
    const made = await newLink(member, row, { invite: await this.#ports.invite(), people, terms });
    await this.#queue(joined, row, newWish("link", { link: made.state }), (draft) =>
      keepLink(member, draft, row.id, made.own),
    );
    return made.own.url;
  }

  async revokeLink(id: ConversationIdText, link: string): Promise<void> {
    const { joined, row } = this.#row(id);
    this.#may(joined, row, (role) => role !== "member");
    const state = await stateHere(joined.member, row);
    const found = state?.links.find(({ key }) => toHex(key) === link);
    if (found !== undefined) await this.#queue(joined, row, newWish("unlink", { link: found }));
  }

  async readLink(text: string): Promise<GroupInviteView> {
    const { member } = this.#ports.joined();
    const link = readGroupLink(text, member.sha256);
    if (link === undefined) throw new ClientError("client/bad-invite");
    const { title, people, approval, expiresMs, conversation } = link;
    const row = member.book.get(conversation);
    const isHere = row !== undefined && row.state !== "closed";
    const isAsked = (await askShelf.get(member.store, conversation)) !== undefined;
    const here = isHere || isAsked ? idText(conversation) : undefined;
    return { title, people, approval, expiresMs, by: link.invite.person.name, conversation: here, isMember: isHere };
  }

  async ask(text: string): Promise<ConversationIdText> {
    const { member, session } = this.#ports.joined();
    const { store, clock, profile, events } = member;
    const link = readGroupLink(text, member.sha256);
    if (link === undefined) throw new ClientError("client/bad-invite");
    const { conversation, seed, title, people, approval, invite } = link;
    const by = invite.person.identity;
    if (equalBytes(by, profile.row.identity)) throw new ClientError("client/own-invite");
    const row = member.book.get(conversation);
    if (row !== undefined && row.state !== "closed") return idText(conversation);
    const draft = new Draft();
    const { station } = invite.home;
    const asked = { seed, by, station, title, byName: invite.person.name, people, approval, atMs: clock.nowMs() };
    askShelf.put(draft, conversation, { ...asked, delivered: false, state: "waiting" });
    draft.after(() => events.emit(ASKS));
    await draft.commit(store);
    session.wake(GROUPS_PART);
    return idText(conversation);
  }

  async asks(): Promise<readonly GroupAskView[]> {
    const views = await askViews(this.#ports.joined().member);
    return views.toSorted((a, b) => a.atMs - b.atMs);
  }

  async withdraw(id: ConversationIdText): Promise<void> {
    const { member } = this.#ports.joined();
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    if (bytes === undefined) return;
    const draft = new Draft();
    forgetAsk(member, draft, bytes);
    await draft.commit(member.store);
  }

  async admit(id: ConversationIdText, person: IdentityIdText): Promise<void> {
    await this.#decide(id, person, "wanted");
  }

  async refuse(id: ConversationIdText, person: IdentityIdText): Promise<void> {
    await this.#decide(id, person, "away");
  }

  async #decide(id: ConversationIdText, person: IdentityIdText, state: "wanted" | "away"): Promise<void> {
    const { joined, row } = this.#row(id);
    this.#may(joined, row, (role) => role !== "member");
    const identity = parseIdText(person, ID_SIZE_BYTES.identity);
    const isKnown = identity !== undefined && (await decide(joined.member, row, identity, state));
    if (!isKnown) throw new ClientError("client/unknown-person");
    joined.session.wake(GROUPS_PART);
  }

  async leave(id: ConversationIdText): Promise<void> {
    const { joined, row } = this.#row(id);
    const { member, session } = joined;
    const others = member.book.others(row).length;
    if (ownRole(member, row) === "owner" && others > 0 && owners(member, row) < 2)
      throw new ClientError("client/last-owner");
    const left = await leaveGroup(member, row);
    session.kick(left);
    session.wake(GROUPS_PART);
  }
}

function ownRole(member: Member, row: ConversationRow): Role | undefined {
  if (row.state === "closed" || row.stopped || row.leaving) return undefined;
  const own = member.profile.row.identity;
  return member.book.roster(row.id)?.people.find(({ identity }) => equalBytes(identity, own))?.role;
}

function owners(member: Member, row: ConversationRow): number {
  return member.book.roster(row.id)?.people.filter(({ role }) => role === "owner").length ?? 0;
}

async function stateHere(member: Member, row: ConversationRow): Promise<GroupState | undefined> {
  const group = await member.groups.load(row.id);
  return group && stateOf(group.context);
}
