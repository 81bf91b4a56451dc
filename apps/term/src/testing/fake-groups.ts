/* `client.groups` of the fake engine. */
import type {
  GroupAskView,
  GroupCalls,
  GroupInviteView,
  GroupLinkTerms,
  GroupView,
  PersonView,
  RoleView,
} from "@chapar/client";
import { FakeError } from "./fake-error.ts";

interface Rooms {
  readonly calls: string[];
  addGroup(title: string): string;
}

export class FakeGroups implements GroupCalls {
  readonly #client: Rooms;
  readonly #groups = new Map<string, GroupView>();
  #asks: GroupAskView[] = [];

  constructor(client: Rooms) {
    this.#client = client;
  }

  #put(group: GroupView): void {
    this.#groups.set(group.conversation, group);
  }

  #person(identity: string): PersonView {
    if (!identity.startsWith("id-")) throw new FakeError("client/unknown-person");
    return { identity, name: identity.slice(3), home: undefined };
  }

  async create(title: string, people: readonly string[], options: { readonly large?: boolean } = {}): Promise<string> {
    if (title.trim() === "") throw new FakeError("client/bad-title");
    const others = people.map((identity) => ({
      ...this.#person(identity),
      role: "member" as const,
      me: false,
      leaving: false,
    }));
    const conversation = this.#client.addGroup(title);
    const own = { identity: "id-me", name: "me", home: undefined, role: "owner", me: true, leaving: false } as const;
    this.#put({
      conversation,
      title,
      people: [own, ...others],
      adding: [],
      membersAdd: false,
      large: options.large === true,
      role: "owner",
      rights: { add: true, rename: true, appoint: true, link: true },
      hub: undefined,
      links: [],
      requests: [],
    });
    return conversation;
  }

  async view(id: string): Promise<GroupView> {
    const group = this.#groups.get(id);
    if (group === undefined) throw new FakeError("client/no-group");
    return group;
  }

  async add(id: string, people: readonly string[]): Promise<void> {
    const group = await this.view(id);
    const come = people.map((one) => ({ ...this.#person(one), role: "member" as const, me: false, leaving: false }));
    this.#put({ ...group, people: [...group.people, ...come] });
  }

  async remove(id: string, person: string): Promise<void> {
    const group = await this.view(id);
    if (!group.people.some(({ identity }) => identity === person)) throw new FakeError("client/unknown-person");
    this.#put({ ...group, people: group.people.filter(({ identity }) => identity !== person) });
  }

  async setRole(id: string, person: string, role: RoleView): Promise<void> {
    const group = await this.view(id);
    const people = group.people.map((one) => (one.identity === person ? { ...one, role } : one));
    if (!people.some((one) => one.role === "owner")) throw new FakeError("client/last-owner");
    this.#put({ ...group, people });
  }

  async rename(id: string, title: string): Promise<void> {
    this.#put({ ...(await this.view(id)), title });
  }

  async setMembersAdd(id: string, allowed: boolean): Promise<void> {
    this.#put({ ...(await this.view(id)), membersAdd: allowed });
  }

  async leave(id: string): Promise<void> {
    await this.view(id);
    this.#client.calls.push(`leave ${id}`);
    this.#groups.delete(id);
  }

  async makeLink(id: string, terms: GroupLinkTerms): Promise<string> {
    const group = await this.view(id);
    const url = `chapar:g/${id}-${group.links.length}`;
    const link = { id: `key${group.links.length}`, url, by: "id-me", used: 0, ...terms };
    this.#put({ ...group, links: [...group.links, link] });
    return url;
  }

  async revokeLink(id: string, link: string): Promise<void> {
    const group = await this.view(id);
    this.#put({ ...group, links: group.links.filter((one) => one.id !== link) });
  }

  async readLink(text: string): Promise<GroupInviteView> {
    if (!text.startsWith("chapar:g/")) throw new FakeError("client/bad-invite");
    const terms = { approval: text.includes("ask"), expiresMs: 0, conversation: undefined, isMember: false };
    return { title: "Walks", by: "Sara", people: 3, ...terms };
  }

  async ask(text: string): Promise<string> {
    const { title, by, people, approval } = await this.readLink(text);
    const state = text.includes("ended") ? "expired" : "waiting";
    if (approval || state === "expired")
      this.#asks = [{ conversation: "asked", title, by, people, approval, state, atMs: 0 }];
    return "asked";
  }

  async asks(): Promise<readonly GroupAskView[]> {
    return this.#asks;
  }

  async withdraw(id: string): Promise<void> {
    this.#asks = this.#asks.filter(({ conversation }) => conversation !== id);
  }

  /** Test side: somebody waits to be let in. */
  async request(id: string, name: string): Promise<void> {
    const group = await this.view(id);
    const request = { identity: `id-${name}`, name, link: group.links[0]?.id ?? "", atMs: 0 };
    this.#put({ ...group, requests: [...group.requests, request] });
  }

  async admit(id: string, person: string): Promise<void> {
    await this.refuse(id, person);
    await this.add(id, [person]);
  }

  async refuse(id: string, person: string): Promise<void> {
    const group = await this.view(id);
    if (!group.requests.some(({ identity }) => identity === person)) throw new FakeError("client/unknown-person");
    this.#put({ ...group, requests: group.requests.filter(({ identity }) => identity !== person) });
  }
}
