/* `client.groups` of the in-memory engine. */
import type {
  ClientEvent,
  GroupCalls,
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

  async create(title: string, people: readonly string[]): Promise<string> {
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
}
