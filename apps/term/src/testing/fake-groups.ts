/* `client.groups` of the fake engine. */
import type { GroupCalls, GroupView, PersonView, RoleView } from "@chapar/client";
import { FakeError } from "./fake-error.ts";

interface Rooms {
  readonly calls: string[];
  addGroup(title: string): string;
}

export class FakeGroups implements GroupCalls {
  readonly #client: Rooms;
  readonly #groups = new Map<string, GroupView>();

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

  async create(title: string, people: readonly string[]): Promise<string> {
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
}
