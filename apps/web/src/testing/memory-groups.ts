/* `client.groups` of the in-memory engine. */
import type {
  ClientEvent,
  GroupAskView,
  GroupCalls,
  GroupInviteView,
  GroupLinkTerms,
  GroupPersonView,
  GroupView,
  Me,
  PersonView,
  RoleView,
} from "../state/client-types.ts";
import { refusal } from "./refusal.ts";

interface Rooms {
  me(): Me | undefined;
  known(identity: string): PersonView | undefined;
  addRoom(person: PersonView): string;
  emit(event: ClientEvent): void;
}

const OWNER = { add: true, rename: true, appoint: true, link: true };
const NOTHING = { add: false, rename: false, appoint: false, link: false };

export class MemoryGroups implements GroupCalls {
  readonly #rooms: Rooms;
  readonly #groups = new Map<string, GroupView>();
  #asks: GroupAskView[] = [];

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** Test side: a group as it is from now on. */
  put(group: GroupView): void {
    this.#groups.set(group.conversation, group);
    this.#rooms.emit({ type: "conversation", conversation: group.conversation });
  }

  /** Test side: what is known of a group. */
  of(id: string): GroupView | undefined {
    return this.#groups.get(id);
  }

  #person(person: PersonView, role: RoleView, me = false): GroupPersonView {
    return { ...person, role, me, leaving: false };
  }

  #known(identity: string): PersonView {
    const person = this.#rooms.known(identity);
    if (person === undefined) throw refusal("client/unknown-person");
    return person;
  }

  async create(title: string, people: readonly string[], options: { readonly large?: boolean } = {}): Promise<string> {
    if (title.trim() === "") throw refusal("client/bad-title");
    const others = people.map((identity) => this.#known(identity));
    const me = this.#rooms.me();
    const conversation = this.#rooms.addRoom(others[0] ?? { identity: "nobody", name: "", home: undefined });
    const own = { identity: me?.identity ?? "", name: me?.name ?? "", home: me?.home };
    this.put({
      conversation,
      title: title.trim(),
      people: [this.#person(own, "owner", true), ...others.map((person) => this.#person(person, "member"))],
      adding: [],
      membersAdd: false,
      large: options.large === true,
      role: "owner",
      rights: OWNER,
      hub: me?.home,
      links: [],
      requests: [],
    });
    return conversation;
  }

  async view(id: string): Promise<GroupView> {
    const group = this.#groups.get(id);
    if (group === undefined) throw refusal("client/no-group");
    return group;
  }

  async add(id: string, people: readonly string[]): Promise<void> {
    const group = await this.view(id);
    const come = people.map((identity) => this.#person(this.#known(identity), "member"));
    this.put({ ...group, people: [...group.people, ...come] });
  }

  async remove(id: string, person: string): Promise<void> {
    const group = await this.view(id);
    this.put({ ...group, people: group.people.filter(({ identity }) => identity !== person) });
  }

  async setRole(id: string, person: string, role: RoleView): Promise<void> {
    const group = await this.view(id);
    const people = group.people.map((one) => (one.identity === person ? { ...one, role } : one));
    if (!people.some((one) => one.role === "owner")) throw refusal("client/last-owner");
    this.put({ ...group, people });
  }

  async rename(id: string, title: string): Promise<void> {
    if (title.trim() === "") throw refusal("client/bad-title");
    this.put({ ...(await this.view(id)), title: title.trim() });
  }

  async setMembersAdd(id: string, allowed: boolean): Promise<void> {
    this.put({ ...(await this.view(id)), membersAdd: allowed });
  }

  async leave(id: string): Promise<void> {
    const group = await this.view(id);
    const others = group.people.filter(({ me }) => !me);
    const isLast = group.role === "owner" && !others.some(({ role }) => role === "owner");
    if (isLast && others.length > 0) throw refusal("client/last-owner");
    this.put({ ...group, role: undefined, rights: NOTHING });
  }

  async makeLink(id: string, terms: GroupLinkTerms): Promise<string> {
    const group = await this.view(id);
    const url = `https://tehran.example/#g/${id}${group.links.length}`;
    const link = { id: `key${group.links.length}`, url, by: this.#rooms.me()?.identity ?? "", used: 0, ...terms };
    this.put({ ...group, links: [...group.links, link] });
    return url;
  }

  async revokeLink(id: string, link: string): Promise<void> {
    const group = await this.view(id);
    this.put({ ...group, links: group.links.filter((one) => one.id !== link) });
  }

  async readLink(text: string): Promise<GroupInviteView> {
    if (!text.includes("#g/")) throw refusal("client/bad-invite");
    const terms = {
      approval: text.includes("ask"),
      expiresMs: 0,
      conversation: this.#asks[0]?.conversation,
      isMember: false,
    };
    return { title: "Mountain walks کوه", by: "سارا", people: 4, ...terms };
  }

  async ask(text: string): Promise<string> {
    const { title, by, people, approval } = await this.readLink(text);
    const state = text.includes("ended") ? "expired" : "waiting";
    this.#asks = [{ conversation: "asked", title, by, people, approval, state, atMs: 0 }];
    this.#rooms.emit({ type: "own", key: "groups/ask", from: "here" });
    return "asked";
  }

  async asks(): Promise<readonly GroupAskView[]> {
    return this.#asks;
  }

  async withdraw(id: string): Promise<void> {
    this.#asks = this.#asks.filter(({ conversation }) => conversation !== id);
    this.#rooms.emit({ type: "own", key: "groups/ask", from: "here" });
  }

  /** Test side: somebody waits to be let in. */
  async request(id: string, name: string): Promise<void> {
    const group = await this.view(id);
    const request = { identity: name, name, link: group.links[0]?.id ?? "", atMs: 0 };
    this.put({ ...group, requests: [...group.requests, request] });
  }

  async admit(id: string, person: string): Promise<void> {
    const name = (await this.view(id)).requests.find(({ identity }) => identity === person)?.name ?? "";
    await this.refuse(id, person);
    const group = await this.view(id);
    const come = this.#person({ identity: person, name, home: undefined }, "member");
    this.put({ ...group, people: [...group.people, come] });
  }

  async refuse(id: string, person: string): Promise<void> {
    const group = await this.view(id);
    if (!group.requests.some(({ identity }) => identity === person)) throw refusal("client/unknown-person");
    this.put({ ...group, requests: group.requests.filter(({ identity }) => identity !== person) });
  }
}
