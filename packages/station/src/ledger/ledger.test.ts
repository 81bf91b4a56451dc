import * as fc from "fast-check";
import { createMapHasher, createTreeHasher, decodeEntryBundle, MemoryTree, openMapProof } from "@chapar/log";
import {
  decodeLedgerHead,
  decodeLedgerIdentity,
  decodeLedgerLeaf,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerLogKey,
  ledgerOrigin,
  ledgerSalt,
} from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { nodeSha256 } from "../node/node-crypto.ts";
import { checkFreshness, GrowingLogs, LedgerWorld, type TestLedger } from "../testing/ledger-world.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { TestPerson } from "../testing/test-person.ts";
import { LedgerAuditor } from "./auditor.ts";

const hasher = createTreeHasher(nodeSha256);
const mapHasher = createMapHasher(nodeSha256);
const NEVER = new AbortController().signal;

async function signUp({ ports }: TestLedger, person: TestPerson): Promise<void> {
  await ports.store.commit([{ kind: "account", identity: person.identity, ops: [...person.ops] }]);
}

function keyOfPerson(person: TestPerson): Uint8Array {
  return ledgerIdentityKey(ledgerSalt(person.ops[0]!, nodeSha256), nodeSha256);
}

async function leavesOf({ ports, ledger }: TestLedger): Promise<readonly Uint8Array[]> {
  return await ports.store.ledger.leaves(0, ledger.size);
}

/** What an audit of the whole log says: the last falsehood, if any. */
function audit(leaves: readonly Uint8Array[]): { auditor: LedgerAuditor; falsehood: string | undefined } {
  const auditor = new LedgerAuditor(nodeSha256, 3);
  const falsehood = leaves.map((leaf) => auditor.take(leaf)).find((one) => one !== undefined);
  return { auditor, falsehood };
}

/** What a station whose folder was damaged like this says when it starts again. */
const damage = async (write: Parameters<MemoryStore["commit"]>[0]): Promise<unknown> => {
  const world = new LedgerWorld();
  const store = new MemoryStore();
  const logs = new GrowingLogs();
  await store.commit([...logs.grow(1, 1), ...logs.grow(2, 1)]);
  const station = await world.ledger("a", { store });
  await world.turn(station);
  await store.commit(write);
  return await world.ledger("a", { store }).catch((error: unknown) => (error as { code: string }).code);
};

describe("a station's ledger", () => {
  it("S-10 a leaf recorded while an epoch is being written stands in the next, and its place is its own", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const { ledger, ports } = await world.ledger("a", { store });
    await ledger.commitEpoch();
    const leaf = (fill: number) => ({ kind: "evidence", hash: new Uint8Array(32).fill(fill) }) as const;
    const first = ledger.record(leaf(1));
    const release = store.hold();
    const making = ledger.commitEpoch();
    await world.clock.advance(0);
    const second = ledger.record(leaf(2));
    release();
    await making;
    await ledger.commitEpoch();
    for (const [place, fill] of [
      [await first, 1],
      [await second, 2],
    ] as const) {
      const [bytes] = await ports.store.ledger.leaves(place, 1);
      expect(decodeLedgerLeaf(bytes!)).toMatchObject({ ok: true, value: leaf(fill) });
    }
  });

  it("S-10 S-11 commits an epoch when anything changed and none when nothing did; its time does not fall", async () => {
    const world = new LedgerWorld();
    const station = await world.ledger("a");
    const { ledger, ports } = station;
    const logs = new GrowingLogs();
    expect(await ledger.commitEpoch()).toBe("made");
    expect(await ledger.commitEpoch()).toBe("unchanged");
    world.clock.jump(-3_600_000);
    await ports.store.commit(logs.grow(1, 2));
    expect(await ledger.commitEpoch()).toBe("made");
    expect(await ledger.commitEpoch()).toBe("unchanged");
    const alice = new TestPerson("alice", station.ref);
    await signUp(station, alice);
    const reference = { kind: "evidence", hash: new Uint8Array(32) } as const;
    const recorded = ledger.record(reference);
    expect(await ledger.commitEpoch()).toBe("made");
    expect(await recorded).toBe(3);
    const leaves = (await leavesOf(station)).map((leaf) => decodeLedgerLeaf(leaf));
    const kinds = leaves.map((leaf) => leaf.ok && leaf.value.kind);
    expect(kinds).toEqual(["epoch", "epoch", "identity-op", "evidence", "epoch"]);
    const epochs = leaves.flatMap((leaf) => (leaf.ok && leaf.value.kind === "epoch" ? [leaf.value] : []));
    expect(epochs.map((one) => [one.number, one.headCount, one.identityCount])).toEqual([
      [0, 0, 0],
      [1, 1, 0],
      [2, 1, 1],
    ]);
    expect(epochs[1]!.timeMs - epochs[0]!.timeMs).toBe(2);
    expect([...epochs[2]!.residencyRoot, ...epochs[2]!.egressRoot].every((byte) => byte === 0)).toBe(true);
    expect(audit(await leavesOf(station)).falsehood).toBeUndefined();
  });

  it("S-12 signs nothing that is not on disk, and goes on where it was when the disk fails", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const station = await world.ledger("a", { store });
    await world.turn(station);
    const before = await checkFreshness(station);
    const logs = new GrowingLogs();
    await store.commit(logs.grow(1, 3));
    store.fail("station/storage-full");
    const recorded = station.ledger.record({ kind: "policy", hash: new Uint8Array(32) });
    await expect(station.ledger.turn(NEVER)).rejects.toMatchObject({ code: "station/storage-full" });
    store.fail(undefined);
    expect(await checkFreshness(station)).toEqual(before);
    expect(station.ledger.size).toBe(1);
    await world.turn(station);
    expect((await checkFreshness(station)).epoch).toMatchObject({ number: 1, headCount: 1 });
    expect(await recorded).toBe(1);
    expect(audit(await leavesOf(station)).falsehood).toBeUndefined();
  });

  it("S-12 takes what changed before it was killed into its next epoch, and counts nothing twice", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const logs = new GrowingLogs();
    const first = await world.ledger("a", { store });
    await store.commit(logs.grow(1, 1));
    await world.turn(first);
    await store.commit([...logs.grow(1, 1), ...logs.grow(2, 5)]);
    const alice = new TestPerson("alice", first.ref);
    await signUp(first, alice);
    // Killed here; and again after the epoch was durable, before it was signed.
    const second = await world.ledger("a", { store });
    expect(await second.ledger.commitEpoch()).toBe("made");
    const third = await world.ledger("a", { store });
    await world.turn(third);
    expect((await checkFreshness(third)).epoch).toMatchObject({ number: 1, headCount: 2, identityCount: 1 });
    expect(third.ledger.size).toBe(3);
    expect(audit(await leavesOf(third)).falsehood).toBeUndefined();
  });

  it("S-4 S-13 S-16 S-17 proves every head and every identity, and the fold of the log is its map, whatever happens in between", async () => {
    const step = fc.record({
      grow: fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 3 })), { maxLength: 6 }),
      people: fc.array(fc.nat(9), { maxLength: 4 }),
      restart: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), fc.nat(), async (steps, flip) => {
        const world = new LedgerWorld();
        const store = new MemoryStore();
        const logs = new GrowingLogs();
        const people = new Map<number, TestPerson>();
        let station = await world.ledger("a", { store });
        for (const { grow, people: who, restart } of steps) {
          for (const [number, count] of grow) await store.commit(logs.grow(number, count));
          for (const number of who) {
            const person = people.get(number) ?? new TestPerson(`p${number}`, station.ref);
            if (people.has(number)) person.addDevice(`d${person.ops.length}`);
            people.set(number, person);
            await signUp(station, person);
          }
          if (restart) station = await world.ledger("a", { store });
          await world.turn(station);
        }
        const { epoch } = await checkFreshness(station);
        const { auditor, falsehood } = audit(await leavesOf(station));
        expect(falsehood).toBeUndefined();
        expect(auditor.root()).toEqual(epoch.identitiesRoot);
        for (const number of [0, 1, 7, 30, 31]) {
          const { epoch: at, proof } = await station.ledger.headProof(logs.id(number));
          expect(at).toBe(epoch.number);
          const opened = openMapProof(proof, ledgerLogKey(logs.id(number), nodeSha256), epoch.headsRoot, mapHasher);
          if (!opened.ok) throw new Error(opened.code);
          const head = opened.value && decodeLedgerHead(opened.value);
          expect(head?.ok === true ? head.value : undefined).toEqual(logs.head(number));
        }
        for (const person of [...people.values(), new TestPerson("nobody", station.ref)].slice(-4)) {
          const { proof } = await station.ledger.identityProof(person.ops[0]!);
          const key = keyOfPerson(person);
          const opened = openMapProof(proof, key, epoch.identitiesRoot, mapHasher);
          if (!opened.ok) throw new Error(opened.code);
          const isHere = [...people.values()].includes(person);
          const value = opened.value && decodeLedgerIdentity(opened.value);
          expect(value?.ok === true ? value.value : undefined).toEqual(
            isHere ? ledgerIdentityOf(person.ops, nodeSha256) : undefined,
          );
          const bent = proof.slice();
          bent[flip % bent.byteLength]! ^= 1 << (flip % 8);
          expect(openMapProof(bent, key, epoch.identitiesRoot, mapHasher).ok).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("S-17 proves what was published while the next epoch is durable and not published yet", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const station = await world.ledger("a", { store });
    const logs = new GrowingLogs();
    for (let number = 0; number < 40; number++) await store.commit(logs.grow(number, 1));
    await world.turn(station);
    const { epoch } = await checkFreshness(station);
    const heads = Array.from({ length: 50 }, (_, number) => logs.head(number));
    for (let number = 20; number < 50; number++) await store.commit(logs.grow(number, 1));
    expect(await station.ledger.commitEpoch()).toBe("made");
    await store.commit(logs.grow(3, 1));
    expect(await station.ledger.commitEpoch()).toBe("made");
    for (const [number, wanted] of heads.entries()) {
      const { epoch: at, proof } = await station.ledger.headProof(logs.id(number));
      expect(at).toBe(epoch.number);
      const opened = openMapProof(proof, ledgerLogKey(logs.id(number), nodeSha256), epoch.headsRoot, mapHasher);
      if (!opened.ok) throw new Error(opened.code);
      const head = opened.value && decodeLedgerHead(opened.value);
      expect(head?.ok === true ? head.value : undefined).toEqual(wanted);
    }
  });

  it("S-17 names the epoch that its proof leads to, also while a checkpoint is being published", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const station = await world.ledger("a", { store });
    const logs = new GrowingLogs();
    await store.commit(logs.grow(1, 1));
    await world.turn(station);
    const roots = [(await checkFreshness(station)).epoch.headsRoot];
    await store.commit(logs.grow(1, 1));
    await station.ledger.commitEpoch();
    const release = store.hold();
    const publishing = station.ledger.publish(NEVER);
    const asked: Promise<{ epoch: number; proof: Uint8Array }>[] = [];
    for (let turn = 0; turn < 40; turn++) {
      if (turn === 20) release();
      asked.push(station.ledger.headProof(logs.id(1)));
      await Promise.resolve();
    }
    await publishing;
    roots.push((await checkFreshness(station)).epoch.headsRoot);
    const epochs = new Set<number>();
    for (const { epoch, proof } of await Promise.all(asked)) {
      const key = ledgerLogKey(logs.id(1), nodeSha256);
      expect(openMapProof(proof, key, roots[epoch]!, mapHasher).ok).toBe(true);
      epochs.add(epoch);
    }
    expect(epochs).toEqual(new Set([0, 1]));
  });

  it("S-16 goes on in more buckets when a map has outgrown those it has, and proves from them", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const station = await world.ledger("a", { store });
    const logs = new GrowingLogs();
    await store.commit(logs.grow(0, 1));
    await world.turn(station);
    for (let number = 1; number < 400; number++) await store.commit(logs.grow(number, 1));
    await world.turn(station);
    await store.commit(logs.grow(399, 2));
    await world.turn(station);
    const { epoch } = await checkFreshness(station);
    expect(epoch.headCount).toBe(400);
    for (const number of [0, 200, 399]) {
      const { proof } = await station.ledger.headProof(logs.id(number));
      const opened = openMapProof(proof, ledgerLogKey(logs.id(number), nodeSha256), epoch.headsRoot, mapHasher);
      if (!opened.ok) throw new Error(opened.code);
      expect(decodeLedgerHead(opened.value!)).toMatchObject({ value: logs.head(number) });
    }
    const again = await world.ledger("a", { store });
    expect((await checkFreshness(again)).epoch).toEqual(epoch);
  });

  it("S-17 answers the first who ask when the first checkpoint is published", async () => {
    const world = new LedgerWorld();
    const station = await world.ledger("a");
    const asked = station.ledger.freshness();
    await world.turn(station);
    expect((await asked).leaf.byteLength).toBe(163);
    const stopped = await world.ledger("b");
    const stop = new AbortController();
    stop.abort();
    const never = stopped.ledger.freshness();
    await stopped.ledger.run(stop.signal);
    await expect(never).rejects.toMatchObject({ code: "station/shutting-down" });
    const late = stopped.ledger.record({ kind: "release", hash: new Uint8Array(32) });
    await expect(late).rejects.toMatchObject({ code: "station/closed" });
  });

  it("S-20 has tiles and bundles that lead to the checkpoint's root, at every width, and nothing beyond", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const station = await world.ledger("a", { store });
    const hash = new Uint8Array(32);
    for (let i = 0; i < 700; i++) void station.ledger.record({ kind: "evidence", hash: hash.with(0, i & 255) });
    await world.turn(station);
    expect(station.ledger.size).toBe(701);
    const tree = new MemoryTree(hasher);
    for (const [path, width] of [
      ["tile/entries/000", 256],
      ["tile/entries/001", 256],
      ["tile/entries/002.p/189", 189],
    ] as const) {
      const bundle = decodeEntryBundle((await station.ledger.resource(path))!, width);
      if (!bundle.ok) throw new Error(bundle.code);
      for (const leaf of bundle.value) tree.append(hasher.leaf(leaf));
    }
    expect(tree.root()).toEqual(station.ledger.checkpoints.published!.checkpoint.root);
    const leaf0 = (await station.ledger.resource("tile/0/002.p/7"))!;
    expect(leaf0.byteLength).toBe(7 * 32);
    expect(leaf0.subarray(0, 32)).toEqual(await tree.reader(0, 512));
    expect((await station.ledger.resource("tile/1/000.p/2"))!.subarray(32)).toEqual(await tree.reader(8, 1));
    for (const path of [
      "tile/0/002",
      "tile/0/002.p/190",
      "tile/1/000.p/3",
      "tile/2/000.p/1",
      "tile/0/0",
      "checkpoint",
      "",
    ])
      expect(await station.ledger.resource(path)).toBeUndefined();
    // Opened again, it goes on in the same tiles.
    const again = await world.ledger("a", { store });
    void again.ledger.record({ kind: "evidence", hash });
    await world.turn(again);
    for (const leaf of (await leavesOf(again)).slice(701)) tree.append(hasher.leaf(leaf));
    expect(again.ledger.checkpoints.published!.checkpoint.root).toEqual(tree.root());
    expect(again.ledger.checkpoints.published!.checkpoint.origin).toBe(ledgerOrigin(again.ref.key));
  });

  it("S-18 does not start on tables that do not lead to the last epoch's roots", async () => {
    const key = ledgerLogKey(new GrowingLogs().id(1), nodeSha256);
    const value = new Uint8Array(40);
    expect(await damage([{ kind: "ledger-map", map: "heads", key, value }])).toBe("station/ledger-damaged");
    expect(await damage([{ kind: "ledger-map", map: "identities", key, value }])).toBe("station/ledger-damaged");
    expect(await damage([{ kind: "ledger-tile", level: 0, index: 0, bytes: new Uint8Array(0) }])).toBe(
      "station/ledger-damaged",
    );
    expect(await damage([{ kind: "meta", name: "ledger", value }])).toBe("station/ledger-damaged");
    expect(await damage([{ kind: "meta", name: "ledger-checkpoint", value }])).toBe("station/ledger-damaged");
  });

  it("S-4 S-10 S-16 an audit names what is false in a log", async () => {
    const world = new LedgerWorld();
    const station = await world.ledger("a");
    for (const name of ["x", "y"]) await signUp(station, new TestPerson(name, station.ref));
    await world.turn(station);
    const [first, second, epoch] = await leavesOf(station);
    expect(audit([first!, second!, epoch!]).falsehood).toBeUndefined();
    expect(audit([first!, first!]).falsehood).toBe("bad-sequence");
    expect(audit([first!.with(37, 1)]).falsehood).toBe("bad-sequence");
    expect(audit([first!, epoch!]).falsehood).toBe("bad-fold");
    expect(audit([first!, second!.with(50, 1), epoch!]).falsehood).toBe("bad-fold");
    expect(audit([first!, second!, epoch!, epoch!]).falsehood).toBe("bad-epoch");
    expect(audit([first!.slice(1)]).falsehood ?? "unknown kinds pass").toBe("unknown kinds pass");
    expect(audit([first!.slice(0, 9)]).falsehood).toBe("bad-leaf");
    expect(audit([Uint8Array.of(9, 9, 9)]).falsehood).toBeUndefined();
  });
});
