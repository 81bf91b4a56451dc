import {
  createTreeHasher,
  encodeAddCheckpoint,
  encodeCheckpointText,
  encodeEntryBundle,
  MemoryTree,
  signNote,
} from "@chapar/log";
import { generationKey } from "@chapar/evidence";
import { decodeLedgerLeaf, encodeLedgerLeaf, ledgerOrigin, type EpochLeaf } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { nodeSha256 } from "../node/node-crypto.ts";
import { GrowingLogs, LedgerWorld, type TestLedger } from "../testing/ledger-world.ts";
import { keyOf, TestPerson } from "../testing/test-person.ts";
import { FollowedLogs, type ReadLogFile } from "./followed-logs.ts";

const NEVER = new AbortController().signal;
const hasher = createTreeHasher(nodeSha256);

interface Scene {
  readonly world: LedgerWorld;
  readonly station: TestLedger;
  readonly witness: TestLedger;
  readonly read: ReadLogFile;
  readonly paths: string[];
}

/** A station and its witness, who reads the log as it lies open. */
async function scene(): Promise<Scene> {
  const world = new LedgerWorld();
  const witness = await world.ledger("w");
  const station = await world.ledger("a", { witnesses: [witness] });
  await world.introduce(station, witness);
  const paths: string[] = [];
  const read: ReadLogFile = async (_, path) => {
    paths.push(path);
    const bytes = await station.ledger.resource(path);
    if (bytes === undefined) throw new Error("not there");
    return bytes;
  };
  return { world, station, witness, read, paths };
}

async function grow({ world, station }: Scene, round: number): Promise<void> {
  const logs = new GrowingLogs();
  const person = new TestPerson(`p${round}`, station.ref);
  if (round % 3 === 2) person.addDevice("tablet");
  await station.ports.store.commit([
    ...logs.grow(round, 1),
    { kind: "account", identity: person.identity, ops: person.ops },
  ]);
  await world.turn(station);
}

/** A log with these leaves, cosigned; and what following it makes of it. */
async function judged(leaves: (honest: readonly Uint8Array[]) => readonly Uint8Array[], shownAfterMs = 0) {
  const { world, station, witness } = await scene();
  await grow({ world, station } as Scene, 0);
  await grow({ world, station } as Scene, 1);
  const told = leaves(await station.ports.store.ledger.leaves(0, station.ledger.size));
  const liar = keyOf("station liar");
  const key = generationKey(liar.publicKey as never, 1, nodeSha256);
  await witness.ports.store.commit([
    { kind: "peer", peer: { ref: { key: liar.publicKey as never, urls: [] }, region: "IR" } },
  ]);
  const tree = new MemoryTree(hasher);
  for (const leaf of told) tree.append(hasher.leaf(leaf));
  const followed = new FollowedLogs(witness.ports, async () => encodeEntryBundle([...told]));
  witness.witness.follow(followed);
  const ask = async (): Promise<number> => {
    const text = encodeCheckpointText({ origin: key.name, size: told.length, root: tree.root() });
    const note = { text, signatures: [await signNote(text, key, liar)] };
    const held = (await witness.ports.store.ledger.witnessHeads()).find((one) => one.origin === key.name);
    return (await witness.witness.addCheckpoint(encodeAddCheckpoint(held?.size ?? 0, [], note))).status;
  };
  world.clock.jump(shownAfterMs);
  const first = await ask();
  await followed.look(NEVER);
  const codes = witness.observer.notes
    .filter(({ event }) => event === "witnessed log is false")
    .map(({ code }) => code);
  const again = new FollowedLogs(witness.ports, () => Promise.reject(new Error("gone")));
  await again.open();
  return { first, codes, second: await ask(), isKept: again.isFalse(key.name), world, ask };
}

const epochOf = (leaf: Uint8Array): EpochLeaf => {
  const decoded = decodeLedgerLeaf(leaf);
  if (!decoded.ok || decoded.value.kind !== "epoch") throw new Error("no epoch");
  return decoded.value;
};

describe("a witness that reads what it cosigns", () => {
  it("S-16 folds a log as it grows, on from where it was in every run, and reads each leaf's bundle again only while it is not full", async () => {
    const all = await scene();
    const { station, witness, read, paths } = all;
    for (let round = 0; round < 12; round++) {
      await grow(all, round);
      // A new run each time: what was known is in the store.
      const followed = new FollowedLogs(witness.ports, read, round % 2 === 0 ? 256 : undefined);
      await followed.look(NEVER);
      const before = paths.length;
      await followed.look(NEVER);
      expect(paths.length).toBe(before);
      expect(followed.isFalse(ledgerOrigin(station.ref.key))).toBe(false);
    }
    expect(await witness.ports.store.ledger.rowCount("audit 1")).toBe(12);
    expect(witness.observer.notes.map(({ event }) => event)).not.toContain("witnessed log is false");
  });

  it("S-16 catches up over many bundles, each proved to lead to the cosigned checkpoint", async () => {
    const all = await scene();
    const { station, witness, read, paths, world } = all;
    for (let i = 0; i < 900; i++)
      void station.ledger.record({ kind: "policy", hash: nodeSha256(Uint8Array.of(i & 255, i >> 8)) });
    await grow(all, 0);
    for (let round = 1; round < 40; round++) await grow(all, round);
    for (let i = 0; i < 300; i++)
      void station.ledger.record({ kind: "release", hash: nodeSha256(Uint8Array.of(i & 255, i >> 8)) });
    await world.turn(station);
    await new FollowedLogs(witness.ports, read, 256).look(NEVER);
    expect(await witness.ports.store.ledger.rowCount("audit 1")).toBe(40);
    expect(paths.some((path) => path.startsWith("tile/0/"))).toBe(true);
    // Another run has nothing to read.
    const count = paths.length;
    await new FollowedLogs(witness.ports, read).look(NEVER);
    expect(paths.length).toBe(count);
  });

  it("S-16 learns nothing from leaves that do not lead to the checkpoint, whoever gave them", async () => {
    const all = await scene();
    await grow(all, 0);
    const lying: ReadLogFile = async (station, path, signal) => {
      const bytes = (await all.read(station, path, signal)).slice();
      bytes[40]! ^= 1;
      return bytes;
    };
    const followed = new FollowedLogs(all.witness.ports, lying);
    await followed.look(NEVER);
    expect(followed.isFalse(ledgerOrigin(all.station.ref.key))).toBe(false);
    expect(await all.witness.ports.store.ledger.rowCount("audit 1")).toBe(0);
    await new FollowedLogs(all.witness.ports, all.read).look(NEVER);
    expect(await all.witness.ports.store.ledger.rowCount("audit 2")).toBe(1);
  });

  for (const [why, leaves] of [
    ["bad-sequence", (held: readonly Uint8Array[]) => [held[0]!, held[0]!, held[1]!]],
    ["bad-fold", (held: readonly Uint8Array[]) => held.slice(1)],
    ["bad-epoch", (held: readonly Uint8Array[]) => [...held, held.at(-1)!]],
    ["bad-epoch", (held: readonly Uint8Array[]) => held.slice(0, 1)],
    ["bad-leaf", (held: readonly Uint8Array[]) => [held[0]!.slice(0, 9), held[1]!]],
    [
      "lost-head",
      (held: readonly Uint8Array[]) => [
        ...held.slice(0, -1),
        encodeLedgerLeaf({ ...epochOf(held.at(-1)!), headCount: 0 }),
      ],
    ],
  ] as const) {
    it(`S-16 cosigns a log no more, in no later run, once it is seen to be false: ${why}`, async () => {
      expect(await judged(leaves)).toMatchObject({ first: 200, codes: [why], second: 404, isKept: true });
    });
  }

  it("S-16 does not cosign for a while a log whose new epoch has a time far from its own", async () => {
    const honest = (held: readonly Uint8Array[]): readonly Uint8Array[] => held;
    const ahead = await judged(honest, -400_000);
    expect(ahead).toMatchObject({ first: 200, codes: ["clock"], second: 404, isKept: false });
    ahead.world.clock.jump(700_000);
    expect(await ahead.ask()).toBe(200);
    // Late is not false: nobody asked while it was made.
    expect(await judged(honest, 400_000)).toMatchObject({ first: 200, codes: [], second: 200 });
  });
});
