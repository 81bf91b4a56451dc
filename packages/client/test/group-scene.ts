/* People of groups, and what tests ask of them. */
import type { GroupView, MessageView } from "../src/index.ts";
import { type Change, decodeBundle, type Mls, mlsDevice, type MlsGroup, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { TestStation } from "@chapar/station/testing";
import { conversationId, decodeEntry, identityId, idText } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { GroupShelf } from "../src/conversation/group-shelf.ts";
import { decodeRoom, encodeRoom } from "../src/conversation/room-descriptor.ts";
import { conversationShelf } from "../src/conversation/rows.ts";
import { loadProfile } from "../src/profile/profile-book.ts";
import { keptShelf } from "../src/repair/kept-rows.ts";
import { type MemoryMedium, MemoryStore } from "../src/testing/index.ts";
import type { Between, Person, World } from "./world.ts";

const crypto = nodeCrypto();
/** What a test counts on. */
function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("it is not there");
  return value;
}

const HOMES = new WeakMap<World, readonly TestStation[]>();

/** People at some stations; the first has written to everyone. */
export async function friends(
  world: World,
  names: readonly string[],
  stations: number,
  between: Readonly<Record<string, Between>> = {},
): Promise<Person[]> {
  const homes = await Promise.all(
    Array.from({ length: stations }, (_, at) => world.stations.station(`s${at}`, { region: at === 0 ? "DE" : "IR" })),
  );
  HOMES.set(world, homes);
  const people: Person[] = [];
  for (const [at, name] of names.entries()) {
    people.push(
      await world.person(name, there(homes[at % stations]), between[name] ?? {}, at % stations === 0 ? "DE" : "IR"),
    );
  }
  for (const person of people) person.client.connect();
  const [first, ...others] = people;
  for (const other of others) {
    const chat = await there(first).client.open(await other.client.invite());
    await there(first).client.send(chat, { text: `hello ${there(other.client.me()).name}` });
  }
  await world.quiet(people);
  return people;
}

/** A station of `friends` ends, and another goes on with what is on its disk. */
export async function restarted(world: World, at: number): Promise<void> {
  const homes = there(HOMES.get(world));
  const { store, stop } = there(homes[at]);
  await stop();
  const again = await world.stations.station(`s${at}`, { region: at === 0 ? "DE" : "IR", store });
  HOMES.set(
    world,
    homes.map((home, place) => (place === at ? again : home)),
  );
}

/** The stations of `friends`. */
export function homesOf(world: World): readonly TestStation[] {
  return HOMES.get(world) ?? [];
}

/** Every entry that the stations of `friends` were given. */
export function entriesHeld(world: World): readonly Uint8Array[] {
  const writes = homesOf(world).flatMap(({ store }) => store.writes);
  return writes.flatMap((write) => (write.kind === "chunk" ? write.chunk.entries : []));
}

/** Who somebody is. */
export function idOf(person: Person): string {
  return there(person.client.me()).identity;
}

/** Lines as a person reads them; what became of the group in words. */
export async function told(person: Person, id: string): Promise<string[]> {
  const lines = await person.client.messages(id, { limit: 200 });
  return lines.map((line: MessageView) => {
    if (line.group === undefined)
      return line.gap === undefined ? `${line.senderName}: ${line.text}` : `[${line.gap.code}]`;
    const { what, people, text } = line.group;
    return [line.senderName, what, ...people.map(({ name }) => name), text].filter((part) => part !== "").join(" ");
  });
}

/** What each may do, by name. */
export async function roles(person: Person, id: string): Promise<Record<string, string>> {
  const view: GroupView = await person.client.groups.view(id);
  return Object.fromEntries(view.people.map(({ name, role }) => [name, role]));
}

/** Texts of a conversation, without what is told of the group. */
export async function said(person: Person, id: string): Promise<string[]> {
  return (await told(person, id)).filter((line) => line.includes(": "));
}

/** Every entry of a conversation's log that a person has read. */
export async function entriesOf(person: Person, id: string): Promise<readonly Uint8Array[]> {
  const store = new MemoryStore(person.medium);
  const row = await conversationShelf.get(store, there(fromBase32(id)));
  const rows = await keptShelf.range(store, { prefix: there(there(row).room).log });
  return rows.map(({ value }) => value.entry);
}

/** What a device's data opens of a room's entries, by whatever way: texts of letters. The data is used up. */
export async function openWith(medium: MemoryMedium, id: string, entries: readonly Uint8Array[]): Promise<string[]> {
  const store = new MemoryStore(medium);
  const profile = await loadProfile(store);
  const device = await mlsDevice(decodeBundle(there(profile).bundle), crypto);
  const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
  let group = there(
    await new GroupShelf({ store, mls, keptGroups: new Map() }, device).load(conversationId(there(fromBase32(id)))),
  );
  const texts: string[] = [];
  for (const bytes of entries) {
    const entry = decodeEntry(bytes);
    if (!entry.ok || (entry.value.kind !== "message" && entry.value.kind !== "commit")) continue;
    try {
      const step = await mls.open(group, entry.value.frame);
      group = step.group;
      if (step.incoming.kind === "message") texts.push(new TextDecoder().decode(step.incoming.content));
    } catch {
      // Not for this device: the thief goes on with the next one.
    }
  }
  return texts;
}

/** The data of a person as it is now, to be used by somebody else. */
export function stolen(person: Person): MemoryMedium {
  return new Map([...person.medium].map(([table, rows]) => [table, [...rows]]));
}

/** An MLS whose next commit is another than the engine asks for. */
export class Rogue {
  change: ((asked: Change, group: MlsGroup) => Change | Promise<Change>) | undefined;
  /** what is handed over in the place of that commit */
  frame: ((frame: Uint8Array) => Uint8Array) | undefined;

  readonly mls = (inner: Mls): Mls =>
    new Proxy(inner, {
      get: (target, name) => {
        if (name !== "commit") return Reflect.get(target, name, target).bind(target);
        return async (group: MlsGroup, asked: Change) => {
          const { change } = this;
          this.change = undefined;
          const pending = await target.commit(group, change === undefined ? asked : await change(asked, group));
          const frame = change === undefined ? undefined : this.frame;
          return frame === undefined ? pending : { ...pending, frame: frame(pending.frame) };
        };
      },
    });
}

/** A key package of somebody, as their station gives it. @param at  by default one of the stations of `friends` */
export async function keyPackageOf(world: World, person: Person, at?: TestStation): Promise<Uint8Array> {
  const station = at ?? HOMES.get(world)?.find(({ ref }) => idText(ref.key) === there(person.client.me()).home.key);
  const probe = await world.settle(world.stations.client(there(station)));
  const identity = identityId(there(fromBase32(idOf(person))));
  const taken = await world.stations.settle(
    probe.expect("keys.taken", { type: "keys.take", suite: 0xf00d, identity, at: undefined }),
  );
  return there(taken.devices[0]).package;
}

/** Somebody's leaf. */
export function leafOf(group: MlsGroup, person: Person): number {
  return there(
    group.members().find(({ credential }) => idText(identityId(credential.identity.slice())) === idOf(person)),
  ).leaf;
}

/** A context in which somebody is owner. */
export function asOwner(context: Uint8Array, person: Person): Uint8Array {
  const room = decodeRoom(context);
  if (!room.ok || room.value.group === undefined) throw new Error("no group");
  const owners = [...room.value.group.owners, identityId(there(fromBase32(idOf(person))))];
  return encodeRoom({ ...room.value, group: { ...room.value.group, owners } });
}

/** Records of a conversation's MLS group on a device. */
export async function recordsOf(person: Person, id: string): Promise<number> {
  return (await new MemoryStore(person.medium).range("group", { prefix: there(fromBase32(id)) })).length;
}
