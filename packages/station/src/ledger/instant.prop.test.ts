/*
 * E-1, E-2 and E-16 against a station whose disk, clock and life do what they like: every statement and every word that left is held
 * against every epoch that became durable, as anyone with both in hand would.
 */
import * as fc from "fast-check";
import { createTreeHasher, decodeReceipt } from "@chapar/log";
import {
  decodeEntry,
  decodeLedgerHead,
  decodeLedgerIdentity,
  decodeLedgerLeaf,
  ledgerLogKey,
  stationKey,
} from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import { readHeader } from "../hub/append-rules.ts";
import { Hub } from "../hub/hub.ts";
import { nodeRng, nodeSha256, nodeVerifier } from "../node/node-crypto.ts";
import { ledgerKeyOf } from "../node/sqlite-rows.ts";
import type { StationPorts } from "../ports.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { SlowStore, type Dice } from "../testing/slow-store.ts";
import { keyOf, TestPerson } from "../testing/test-person.ts";
import { TestRoom } from "../testing/test-room.ts";
import { TestObserver } from "../testing/test-world.ts";
import { Ledger } from "./ledger.ts";
import type { EpochLimits } from "./changes.ts";

const signer = keyOf("station a");
const ref = { key: stationKey(signer.publicKey), urls: [] };
const START_MS = Date.UTC(2030, 0, 1);

/** Something that left the station with a time on it: a log's size or a chain's length, by the key in the map. */
interface Said {
  readonly key: string;
  readonly timeMs: number;
  readonly count: number;
}

interface Claimed {
  readonly timeMs: number;
  readonly isWhole: boolean;
  readonly counts: ReadonlyMap<string, number>;
}

function diceOf(seed: number): Dice {
  let state = seed >>> 0 || 1;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** A station without links: its logs, its accounts, its ledger; and everything it ever said. */
class Life {
  readonly said: Said[] = [];
  readonly claimed: Claimed[] = [];
  readonly store = new MemoryStore();
  readonly people: readonly TestPerson[];
  readonly #rooms: readonly TestRoom[];
  readonly #dice: Dice;
  readonly #limits: EpochLimits;
  #nowMs = START_MS;
  #letters = 0;

  constructor(dice: Dice, size: { readonly logs: number; readonly people: number; readonly limits: EpochLimits }) {
    this.#dice = dice;
    this.#limits = size.limits;
    this.#rooms = Array.from({ length: size.logs }, (_, i) => new TestRoom(i + 1));
    this.people = Array.from({ length: size.people }, (_, i) => new TestPerson(`p${i}`, ref));
  }

  /** One run on the store, killed at the end; `actions` things happen, and each begins before the one before has ended. */
  async live(actions: number): Promise<void> {
    const slow = new SlowStore(this.store, this.#dice);
    const clock = { nowMs: () => this.#nowMs, sleep: () => Promise.resolve() };
    const ports: StationPorts = {
      sha256: nodeSha256,
      verify: nodeVerifier(),
      signer,
      clock,
      rng: nodeRng,
      store: slow.store,
      observer: new TestObserver(),
    };
    const hub = await Hub.open(ports, { ref, region: "IR", name: "a" });
    const witnessing = { witnesses: [], post: () => Promise.reject(new Error("nobody there")) };
    const ledger = await Ledger.open(ports, { witnessing, time: hub.time, limits: this.#limits });
    const run = { isOver: false };
    const epochs = async (): Promise<void> => {
      while (!run.isOver) {
        await ledger.commitEpoch();
        // What became durable is what the tables say in this turn; nothing else writes them.
        if (ledger.size > 0) await this.#claim(ledger.size);
        await this.#wait(30);
      }
    };
    void epochs();
    for (let i = 0; i < actions; i++) {
      this.#act(hub);
      await this.#wait(12);
    }
    await this.#wait(this.#dice(200));
    run.isOver = true;
    slow.kill();
  }

  async #wait(turns: number): Promise<void> {
    for (let left = this.#dice(turns); left > 0; left--) await Promise.resolve();
  }

  #act(hub: Hub): void {
    const what = this.#dice(10);
    if (what === 0) this.#nowMs += this.#dice(3_600_000) - 1_800_000;
    else if (what === 1) this.#nowMs += this.#dice(20_000);
    else if (what < 6) void this.#append(hub);
    else if (what < 8) void this.#extend();
    else void this.#word(hub);
  }

  async #append(hub: Hub): Promise<void> {
    const room = this.#rooms[this.#dice(this.#rooms.length)]!;
    const id = room.idAt(ref.key);
    const genesis = decodeEntry(room.genesis);
    if (!genesis.ok || genesis.value.kind !== "genesis") throw new Error("no genesis");
    await hub.create(room.genesis, genesis.value);
    const log = await hub.cache.get(id);
    const entry = room.message(`letter ${this.#letters++}`);
    const read = readHeader(entry);
    if (log === undefined || !read.ok) throw new Error("no log");
    const outcome = await hub.append(log, entry, read.header, 0);
    if (!outcome.ok) throw new Error(outcome.code);
    const leafHash = createTreeHasher(nodeSha256).leaf(entry);
    const receipt = decodeReceipt(outcome.receipt, { stationKey: ref.key, logId: id, leafHash });
    if (!receipt.ok) throw new Error(receipt.code);
    const { size, batch } = receipt.value;
    this.said.push({ key: toHex(ledgerLogKey(id, nodeSha256)), timeMs: batch.timeMs, count: size });
  }

  async #extend(): Promise<void> {
    const person = this.people[this.#dice(this.people.length)]!;
    const held = (await this.store.account(person.identity))?.length ?? 0;
    if (held >= person.ops.length) person.addDevice(`d${person.ops.length}`);
    await this.store.commit([{ kind: "account", identity: person.identity, ops: person.ops.slice(0, held + 1) }]);
  }

  async #word(hub: Hub): Promise<void> {
    const { identity, ops } = this.people[this.#dice(this.people.length)]!;
    const { value, timeMs } = await hub.time.word(async () => {
      await this.#wait(10);
      const chain = await this.store.account(identity);
      await this.#wait(10);
      return chain?.length ?? 0;
    });
    if (value > 0) this.said.push({ key: toHex(ledgerKeyOf(ops)), timeMs, count: value });
  }

  async #claim(size: number): Promise<void> {
    const [leaf] = await this.store.ledger.leaves(size - 1, 1);
    const epoch = decodeLedgerLeaf(leaf!);
    if (!epoch.ok || epoch.value.kind !== "epoch") throw new Error("no epoch");
    const counts = new Map<string, number>();
    for (const { key, value } of await this.store.ledger.rows("heads", new Uint8Array(32), undefined, 1e6)) {
      const head = decodeLedgerHead(value);
      if (head.ok) counts.set(toHex(key), head.value.size);
    }
    for (const { key, value } of await this.store.ledger.rows("identities", new Uint8Array(32), undefined, 1e6)) {
      const held = decodeLedgerIdentity(value);
      if (held.ok) counts.set(toHex(key), held.value.opCount);
    }
    const { timeMs, isWhole } = epoch.value;
    this.claimed.push({ timeMs, isWhole, counts });
  }

  /** Pairs that would accuse the station. */
  contradictions(): string[] {
    const found: string[] = [];
    for (const { timeMs, isWhole, counts } of this.claimed) {
      for (const said of this.said) {
        const claim = counts.get(said.key) ?? 0;
        if (isWhole && said.timeMs <= timeMs && said.count > claim)
          found.push(`${said.count} signed, ${claim} claimed`);
        if (said.timeMs > timeMs && said.count < claim) found.push(`${claim} claimed, then ${said.count} signed`);
      }
    }
    return found;
  }
}

it("E-1 E-2 E-16 no statement and no word contradicts an epoch, whatever disk, clock and kills do", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(fc.integer({ min: 5, max: 60 }), { minLength: 1, maxLength: 4 }),
      async (seed, lives) => {
        const life = new Life(diceOf(seed), { logs: 4, people: 3, limits: { chunks: 2, accounts: 2 } });
        for (const actions of lives) await life.live(actions);
        expect(life.contradictions()).toEqual([]);
        const times = life.claimed.map((one) => one.timeMs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 30 },
  );
});

it(
  "E-1 E-2 an epoch of hundreds of logs is of one instant, taken piece by piece while they go on growing",
  { timeout: 60_000 },
  async () => {
    const life = new Life(diceOf(7), { logs: 600, people: 20, limits: { chunks: 100, accounts: 5 } });
    await life.live(2_000);
    await life.live(500);
    expect(life.contradictions()).toEqual([]);
    expect(life.claimed.filter((one) => one.isWhole).at(-1)!.counts.size).toBeGreaterThan(300);
    expect(life.claimed.filter((one) => !one.isWhole).length).toBeGreaterThan(2);
    expect(life.said.length).toBeGreaterThan(300);
  },
);
