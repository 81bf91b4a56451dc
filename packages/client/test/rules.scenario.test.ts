import { SeededRng } from "@chapar/carrier/testing";
import { chainPorts, type Mls, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { TestStation } from "@chapar/station/testing";
import { encodeEntry, foldChain, identityId, inboxGenesis, logIdOf } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { conversationShelf } from "../src/conversation/rows.ts";
import { ClientError, type RangeQuery, type Store, type StoreOp, type Table } from "../src/index.ts";
import { keyPackageShelf } from "../src/profile/key-packages.ts";
import { Draft } from "../src/store/shelf.ts";
import { encodeKnock } from "../src/sync/knock.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { flip, Liar } from "./liar.ts";
import { type Between, type Person, texts, World } from "./world.ts";

const crypto = nodeCrypto();

interface Pair {
  readonly world: World;
  readonly station: TestStation;
  readonly sara: Person;
  readonly dara: Person;
  readonly id: string;
}

async function pair(saras: Between = {}, daras: Between = {}): Promise<Pair> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station, saras);
  const dara = await world.person("Dara", station, daras);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  return { world, station, sara, dara, id };
}

const rowOf = async (person: Person, id: string) =>
  conversationShelf.get(new MemoryStore(person.medium), fromBase32(id)!);

/** Commits that nobody can open. */
const forge = (inner: Mls): Mls => ({
  ...inner,
  commit: async (group, change) => {
    const pending = await inner.commit(group, change);
    return { ...pending, frame: flip(pending.frame, pending.frame.byteLength - 1) };
  },
});

describe("commits", () => {
  it("F-9 the opened side renews its leaf after joining", async () => {
    const epochs: number[] = [];
    const watch = (inner: Mls): Mls => ({
      ...inner,
      seal: (group, content) => (epochs.push(group.epoch), inner.seal(group, content)),
    });
    const { world, sara, dara, id } = await pair({ mls: watch });
    await world.quiet([sara, dara]);
    expect((await rowOf(dara, id))?.renew).toBe(false);
    await sara.client.send(id, { text: "in the new epoch" });
    await world.quiet([sara, dara]);
    expect(epochs.at(-1)).toBe(2);
    expect(await dara.lines(id)).toEqual(["in the new epoch"]);
  });

  it("F-4 two commits at once: the hub takes one, the loser reads it, drops its own and makes it again", async () => {
    const refusals: string[] = [];
    const liar = new Liar();
    const { world, sara, dara, id } = await pair();
    await world.quiet([sara, dara]);
    liar.lie = (frame) => {
      if (frame.kind === "response" && frame.body.type === "error") refusals.push(frame.body.code);
      return [frame];
    };
    const carriers = [liar.carrier(world.stations.network.carrier())];
    for (const person of [sara, dara]) {
      await person.stop();
      const store = new MemoryStore(person.medium);
      const row = (await rowOf(person, id))!;
      const draft = new Draft();
      conversationShelf.put(draft, row.id, { ...row, renew: true });
      await draft.commit(store);
      await person.start({ carriers });
      await person.client.send(id, { text: "meanwhile" });
    }
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    expect(refusals).toContain("station/lost-race");
    for (const person of [sara, dara]) expect((await rowOf(person, id))?.renew).toBe(false);
    await dara.client.send(id, { text: "after" });
    await world.quiet([sara, dara]);
    expect(await sara.lines(id)).toEqual(["meanwhile", "meanwhile", "after"]);
    expect(await dara.lines(id)).toEqual(["meanwhile", "meanwhile", "after"]);
  });

  it("F-26 a commit that cannot be processed stops the room, not the others", async () => {
    const { world, station, sara, dara, id } = await pair({}, { mls: forge });
    await world.clock.advance(5_000);
    expect(await sara.client.conversation(id)).toMatchObject({ state: "fault" });
    expect((await sara.client.conversation(id))?.fault).toMatch(/^e2e\//);
    await expect(sara.client.send(id, { text: "no" })).rejects.toMatchObject({ code: "client/closed-conversation" });
    const nima = await world.person("Nima", station);
    const other = await nima.client.open(await sara.client.invite());
    await nima.client.send(other, { text: "still open" });
    nima.client.connect();
    await world.quiet([nima]);
    await world.clock.advance(2_000);
    expect(await sara.lines(other)).toEqual(["still open"]);
    void dara;
  });
});

describe("letters that were refused", () => {
  it("F-11 are sealed again as the same letter: readers see each once, whatever the refusal was worth", async () => {
    const letters: string[] = [];
    const watch = (inner: Mls): Mls => ({
      ...inner,
      seal: (group, content) => (letters.push(Buffer.from(content).toString("hex")), inner.seal(group, content)),
    });
    const liar = new Liar();
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const sara = await world.person("Sara", station, {
      mls: watch,
      carriers: [liar.carrier(world.stations.network.carrier())],
    });
    const dara = await world.person("Dara", station);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    letters.length = 0;
    let refused = 0;
    const full = { type: "error", code: "station/storage-full", detail: undefined } as const;
    // Every third letter is refused; of these, every second was taken all the same.
    const isThird = (): boolean => ++refused % 3 === 0 && refused <= 30;
    liar.answer = (request) => (request.type === "log.append" && isThird() && refused % 2 === 0 ? full : undefined);
    liar.lie = (frame, asked) => {
      const isReceipt = frame.kind === "response" && frame.body.type === "receipt" && asked?.type === "log.append";
      return isReceipt && refused % 3 === 0 ? [{ ...frame, body: full }] : [frame];
    };
    for (const text of texts("m", 12)) await sara.client.send(id, { text });
    await world.quiet([sara, dara]);
    // A line says where a letter was missing that came later.
    const lines = (await dara.lines(id)).filter((line) => !line.startsWith("[client/"));
    expect([...lines].sort()).toEqual([...texts("m", 12)].sort());
    expect(await sara.lines(id)).toEqual(lines);
    expect(letters.length).toBeGreaterThan(12);
    expect(new Set(letters).size).toBe(12);
  });

  it("are shown as refused when the refusal is for good", async () => {
    const liar = new Liar();
    const world = new World({ latencyMs: 5 });
    const station = await world.stations.station("one");
    const sara = await world.person("Sara", station, { carriers: [liar.carrier(world.stations.network.carrier())] });
    const dara = await world.person("Dara", station);
    const id = await sara.client.open(await dara.client.invite());
    for (const person of [sara, dara]) person.client.connect();
    await world.quiet([sara, dara]);
    liar.answer = ({ type }) =>
      type === "log.append" ? { type: "error", code: "station/quota", detail: 1 } : undefined;
    const { id: message } = await sara.client.send(id, { text: "too much" });
    const receipt = sara.client.receipt(message, { signal: new AbortController().signal });
    await expect(world.settle(receipt)).rejects.toMatchObject({ code: "client/refused" });
    const [line] = await sara.client.messages(id, { limit: 1 });
    expect(line).toMatchObject({ state: "refused", refusal: "station/quota", text: "too much" });
  });
});

describe("the inbox", () => {
  it("F-23 passes over whatever strangers leave in it", async () => {
    const { world, station, sara, dara, id } = await pair();
    await world.quiet([sara, dara]);
    const probe = await world.settle(world.stations.client(station));
    const identity = identityId(fromBase32(dara.client.me()!.identity)!);
    const taken = await world.stations.settle(
      probe.expect("keys.taken", { type: "keys.take", suite: 0xf00d, identity, at: undefined }),
    );
    const chain = await foldChain(taken.ops, chainPorts(crypto), identity);
    if (!chain.ok) throw new Error(chain.code);
    const genesis = encodeEntry(inboxGenesis(chain.value.devices[0]!, (bytes) => crypto.sha256(bytes)));
    const inbox = logIdOf((bytes) => crypto.sha256(bytes), station.ref.key, genesis);
    const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
    const { ref } = await mls.inspect(taken.devices[0]!.package);
    const rng = new SeededRng(5);
    const junk = [
      new Uint8Array(0),
      rng.bytes(500),
      encodeKnock({ ref: rng.bytes(32), welcome: rng.bytes(300), tree: rng.bytes(300) }),
      encodeKnock({ ref, welcome: rng.bytes(300), tree: rng.bytes(300) }),
      encodeKnock({ ref, welcome: new Uint8Array(0), tree: new Uint8Array(0) }),
    ];
    for (const frame of junk) {
      const entry = encodeEntry({ kind: "knock", frame });
      await world.stations.settle(probe.expect("receipt", { type: "inbox.append", inbox, at: undefined, entry }));
    }
    await world.quiet([dara]);
    expect(await dara.only()).toBe(id);
    const nima = await world.person("Nima", station);
    const other = await nima.client.open(await dara.client.invite());
    await nima.client.send(other, { text: "a real one" });
    nima.client.connect();
    await world.quiet([nima, dara]);
    expect(await dara.lines(other)).toEqual(["a real one"]);
  });

  it("F-10 a key package's private half goes when it was used; the home is kept stocked", async () => {
    const { world, sara, dara } = await pair();
    await world.quiet([sara, dara]);
    const rows = await keyPackageShelf.range(new MemoryStore(dara.medium), {});
    expect(rows.filter(({ value }) => value.suite === "x-wing")).toHaveLength(39);
    expect(rows.filter(({ value }) => value.suite === "x25519")).toHaveLength(10);
    expect(rows.every(({ value }) => value.published && value.usedAtMs === 0)).toBe(true);
  });
});

/** Fails one write and then works again: a full disk that was cleared. */
class FailingStore implements Store {
  readonly #inner: Store;
  readonly #atWrite: number;
  writes = 0;

  constructor(inner: Store, atWrite: number) {
    this.#inner = inner;
    this.#atWrite = atWrite;
  }

  get = (table: Table, key: Uint8Array) => this.#inner.get(table, key);
  range = (table: Table, query: RangeQuery) => this.#inner.range(table, query);

  async write(ops: readonly StoreOp[]): Promise<void> {
    this.writes += 1;
    if (this.writes === this.#atWrite) throw new ClientError("client/store-failed");
    await this.#inner.write(ops);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}

describe("a store that fails once", () => {
  it.each(["Sara", "Dara"])(
    "F-27 at any write of %s: nothing is lost or shown twice, and it goes on by itself",
    async (who) => {
      for (let atWrite = 2; ; atWrite++) {
        let store: FailingStore | undefined;
        const failing: Between = { store: (inner) => (store = new FailingStore(inner, atWrite)) };
        const { world, sara, dara, id } = await pair({}, {});
        await world.quiet([sara, dara]);
        const victim = who === "Sara" ? sara : dara;
        await victim.stop();
        await victim.start(failing);
        victim.client.connect();
        for (const person of [sara, dara]) {
          for (const text of texts("x", 2))
            await person.client.send(id, { text }).catch(() => person.client.send(id, { text }));
        }
        await world.quiet([sara, dara]);
        const lines = await sara.lines(id);
        expect([atWrite, [...lines].sort()]).toEqual([atWrite, ["x 1", "x 1", "x 2", "x 2"]]);
        expect([atWrite, await dara.lines(id)]).toEqual([atWrite, lines]);
        for (const person of [sara, dara]) await person.stop();
        if (store!.writes < atWrite) break;
      }
    },
  );
});
