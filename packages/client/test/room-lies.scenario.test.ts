/* Contacts who lie about rooms: what they put into a Welcome or a commit, and what they repeat from another room. */
import { chainPorts, type DeviceKeys, type Mls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { createTreeHasher } from "@chapar/log";
import { conversationId, encodeEntry, foldChain, inboxGenesis, logIdOf } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { encodeLetter, decodeLetter } from "@chapar/wire/content";
import { fromBase32 } from "@chapar/wire/bytes";
import { conversationShelf, sentShelf } from "../src/conversation/rows.ts";
import { decodeRoom, encodeRoom } from "../src/conversation/room-descriptor.ts";
import { loadProfile } from "../src/profile/profile-book.ts";
import { contactRow } from "../src/profile/profile-row.ts";
import { Draft, shelf } from "../src/store/shelf.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { encodeKnock } from "../src/sync/knock.ts";
import { type Person, World } from "./world.ts";

const crypto = nodeCrypto();

/** Makes `who` hold the op chain of others, as after a conversation with each. */
async function acquaint(who: Person, others: readonly Person[]): Promise<void> {
  const draft = new Draft();
  for (const other of others) {
    const row = await loadProfile(new MemoryStore(other.medium));
    if (row === undefined) throw new Error("not joined");
    shelf("contact", contactRow).put(draft, row.identity, { ops: row.ops, name: row.name });
  }
  await draft.commit(new MemoryStore(who.medium));
}

/** Writes another op chain into every room that is made. */
const describedBy =
  (ops: (own: readonly Uint8Array[]) => readonly Uint8Array[]) =>
  (inner: Mls): Mls => ({
    ...inner,
    create: (device, groupId, context) => {
      const room = decodeRoom(context);
      if (!room.ok) throw new Error(room.code);
      return inner.create(device, groupId, encodeRoom({ ...room.value, ops: ops(room.value.ops) }));
    },
  });

/** Remembers the last key package that was made. */
class Watched {
  publicBytes: Uint8Array = new Uint8Array(0);

  mls = (inner: Mls): Mls => ({
    ...inner,
    keyPackage: async (device) => {
      const made = await inner.keyPackage(device);
      this.publicBytes = made.publicBytes;
      return made;
    },
  });
}

/** Brings one more into the next commit. */
class Smuggler {
  guest: Uint8Array | undefined;

  mls = (inner: Mls): Mls => ({
    ...inner,
    commit: (group, change) => {
      const { guest } = this;
      this.guest = undefined;
      return inner.commit(group, guest === undefined ? change : { ...change, add: [...change.add, guest] });
    },
  });
}

/** Makes two rooms with one key package, and none of its own. */
class Twins {
  readonly knocks: Uint8Array[] = [];

  mls = (inner: Mls): Mls => {
    let device: DeviceKeys | undefined;
    return {
      ...inner,
      create: (keys, groupId, context) => inner.create((device = keys), groupId, context),
      commit: async (group, change) => {
        const [guest] = change.add;
        const room = decodeRoom(group.context);
        if (guest === undefined || device === undefined || !room.ok) throw new Error("not a first commit");
        for (const nonce of [new Uint8Array(20).fill(4), new Uint8Array(20).fill(5)]) {
          const keys = { writeKey: new Uint8Array(32), readKey: new Uint8Array(32) };
          const genesis = encodeEntry({ kind: "genesis", log: "room", nonce, ...keys });
          const created = await inner.create(device, nonce, encodeRoom({ ...room.value, genesis }));
          const { welcome, tree } = await inner.commit(created.group, change);
          if (welcome === undefined || tree === undefined) throw new Error("nobody was taken in");
          this.knocks.push(encodeKnock({ ref: (await inner.inspect(guest)).ref, welcome, tree }));
        }
        throw new Error("no room of its own");
      },
    };
  };
}

describe("a contact who lies about a room", () => {
  it("F-10 a key package brings into one room, also when two welcomes are read at once", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const twins = new Twins();
    const sara = await world.person("Sara", station, { mls: twins.mls });
    const dara = await world.person("Dara", station);
    dara.client.connect();
    await world.quiet([dara]);
    await sara.client.open(await dara.client.invite());
    const chain = await foldChain((await loadProfile(new MemoryStore(dara.medium)))?.ops ?? [], chainPorts(crypto));
    sara.client.connect();
    await world.clock.advance(1_000);
    await sara.stop();
    const device = chain.ok ? chain.value.devices[0] : undefined;
    if (device === undefined) throw new Error("no device");
    const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
    const inbox = logIdOf(sha256, station.ref.key, encodeEntry(inboxGenesis(device, sha256)));
    const probe = await world.settle(world.stations.client(station));
    // Asked in one breath: while the first is written the others gather, and stand in one page.
    const frames = [Uint8Array.of(1), ...twins.knocks.slice(0, 2)];
    const knocks = frames.map((frame) => encodeEntry({ kind: "knock", frame }));
    const asked = knocks.map((entry) => probe.expect("receipt", { type: "inbox.append", inbox, at: undefined, entry }));
    expect(await world.settle(Promise.all(asked))).toHaveLength(3);
    await world.clock.advance(5_000);
    expect(await dara.client.conversations()).toHaveLength(1);
  });

  it.each([
    ["ops that are no chain", (own: readonly Uint8Array[]) => [...own, Uint8Array.of(1, 2, 3)]],
    ["an op twice", (own: readonly Uint8Array[]) => [...own, ...own]],
  ])("F-23 a room described by %s is passed over, and the inbox is read on", async (_, ops) => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const sara = await world.person("Sara", station, { mls: describedBy(ops) });
    const dara = await world.person("Dara", station);
    await acquaint(dara, [sara]);
    await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.clock.advance(20_000);
    const nima = await world.person("Nima", station);
    const other = await nima.client.open(await dara.client.invite());
    await nima.client.send(other, { text: "after the lie" });
    nima.client.connect();
    await world.quiet([nima, dara]);
    expect(await dara.only()).toBe(other);
    expect(await dara.lines(other)).toEqual(["after the lie"]);
  });

  it("F-28 a room in which a third person could speak as its describer is not joined", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const watched = new Watched();
    const sara = await world.person("Sara", station, { mls: watched.mls });
    sara.client.connect();
    await world.quiet([sara]);
    const saras = (await loadProfile(new MemoryStore(sara.medium)))?.ops ?? [];
    const smuggler = new Smuggler();
    const mina = await world.person("Mina", station, { mls: (inner) => describedBy(() => saras)(smuggler.mls(inner)) });
    const dara = await world.person("Dara", station);
    await acquaint(dara, [sara, mina]);
    await acquaint(mina, [sara]);
    smuggler.guest = watched.publicBytes;
    const room = await mina.client.open(await dara.client.invite());
    await mina.client.send(room, { text: "this is Sara" });
    for (const person of [mina, dara]) person.client.connect();
    await world.quiet([mina]);
    await world.clock.advance(5_000);
    expect(await dara.client.conversations()).toEqual([]);
  });

  it("F-28 a commit that brings a third person stops the room", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const watched = new Watched();
    const smuggler = new Smuggler();
    const mina = await world.person("Mina", station, { mls: watched.mls });
    const sara = await world.person("Sara", station, { mls: smuggler.mls });
    const dara = await world.person("Dara", station);
    for (const person of [sara, dara]) await acquaint(person, [mina]);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [mina, sara, dara]) person.client.connect();
    await world.quiet([mina, sara, dara]);
    await sara.stop();
    const store = new MemoryStore(sara.medium);
    const row = await conversationShelf.get(store, fromBase32(id) ?? new Uint8Array(0));
    if (row === undefined) throw new Error("no conversation");
    const draft = new Draft();
    conversationShelf.put(draft, row.id, { ...row, renew: true });
    await draft.commit(store);
    smuggler.guest = watched.publicBytes;
    await sara.start({ mls: smuggler.mls });
    sara.client.connect();
    await world.clock.advance(20_000);
    expect(smuggler.guest).toBeUndefined();
    expect(await dara.client.conversation(id)).toMatchObject({ state: "fault", fault: "client/bad-room" });
  });

  it("F-28 bytes that this device sent to another room are not its own here", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const dara = await world.person("Dara", station);
    const hasher = createTreeHasher((bytes) => crypto.sha256(bytes));
    let isRepeated = false;
    const repeat = (inner: Mls): Mls => ({
      ...inner,
      seal: async (group, content) => {
        const step = await inner.seal(group, content);
        if (!isRepeated) return step;
        const draft = new Draft();
        const leaf = hasher.leaf(encodeEntry({ kind: "message", epoch: group.epoch, frame: step.frame }));
        const conversation = conversationId(new Uint8Array(20).fill(9));
        sentShelf.put(draft, leaf, { conversation, what: "message", sequence: 0 });
        await draft.commit(new MemoryStore(dara.medium));
        return step;
      },
    });
    const sara = await world.person("Sara", station, { mls: repeat });
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    isRepeated = true;
    await sara.client.send(id, { text: "not yours" });
    await world.quiet([sara, dara]);
    expect(await dara.lines(id)).toEqual(["not yours"]);
  });

  it("F-22 numbers at the end of what can be counted leave a gap line, and the room is read on", async () => {
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    let isFar = false;
    const far = (inner: Mls): Mls => ({
      ...inner,
      seal: (group, content) => {
        const letter = decodeLetter(content);
        if (!isFar || !letter.ok) return inner.seal(group, content);
        isFar = false;
        return inner.seal(group, encodeLetter({ ...letter.value, seq: Number.MAX_SAFE_INTEGER }));
      },
    });
    const sara = await world.person("Sara", station, { mls: far });
    const dara = await world.person("Dara", station);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    isFar = true;
    await sara.client.send(id, { text: "far" });
    await sara.client.send(id, { text: "near" });
    await world.quiet([sara, dara]);
    const lines = await dara.lines(id);
    expect(lines[0]).toBe("[client/broken-chain]");
    expect(lines.at(-1)).toBe("near");
  });
});
