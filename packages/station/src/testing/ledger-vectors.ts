/*
 * Makes vectors/ledger: leaves, names, maps, whole logs and freshness proofs, the same in every run. They are committed, compared
 * with this in a test, and checked by a second implementation in Python (vectors/verify/check_ledger.py) that shares no code.
 */
import { createMapHasher, encodeMapProof, MerkleMap, openMapProof, type MapEntry } from "@chapar/log";
import {
  decodeLedgerLeaf,
  encodeLedgerLeaf,
  ledgerIdentityKey,
  ledgerLogKey,
  ledgerOrigin,
  ledgerSalt,
  opCommitment,
  stationKey,
  type LedgerLeaf,
} from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { LedgerAuditor } from "../ledger/auditor.ts";
import { ledgerPolicies } from "../ledger/policy.ts";
import { nodeSha256 } from "../node/node-crypto.ts";
import { GrowingLogs, LedgerWorld } from "./ledger-world.ts";
import { TestPerson } from "./test-person.ts";

/** One case: what goes in, and what must come out or be refused with. */
export interface LedgerVector {
  readonly id: string;
  readonly note: string;
  readonly in: unknown;
  readonly out?: unknown;
  readonly error?: string;
}

const fill = (value: number): Uint8Array => new Uint8Array(32).fill(value);
const mapHasher = createMapHasher(nodeSha256);

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const LEAVES: readonly LedgerLeaf[] = [
  { kind: "identity-op", identity: fill(1), seq: 2 ** 32 - 1, commitment: fill(2) },
  {
    kind: "epoch",
    number: 7,
    timeMs: 1_900_000_000_000,
    headCount: 3,
    headsRoot: fill(3),
    identityCount: Number.MAX_SAFE_INTEGER,
    identitiesRoot: fill(4),
    residencyRoot: fill(0),
    egressRoot: fill(0),
    isWhole: true,
  },
  {
    kind: "tombstone",
    log: fill(5),
    index: 9,
    leafHash: fill(6),
    timeMs: 1,
    reason: "court order",
    reference: "۱۲/۳۴",
  },
  { kind: "unanswered", station: stationKey(fill(7)), challenge: fill(8), timeMs: 2 },
  { kind: "evidence", hash: fill(9) },
  { kind: "policy", hash: fill(10) },
  { kind: "release", hash: fill(11) },
  { kind: "token-key", id: fill(12) },
  { kind: "incident", what: "clock", fromMs: 3, toMs: 4, note: "" },
];

function leafCases(): LedgerVector[] {
  const cases: LedgerVector[] = [];
  const add = (id: string, note: string, bytes: Uint8Array): void => {
    const decoded = decodeLedgerLeaf(bytes);
    const outcome = decoded.ok ? { out: plain(decoded.value) } : { error: decoded.code };
    cases.push({ id, note, in: toHex(bytes), ...outcome });
  };
  for (const leaf of LEAVES) {
    const bytes = encodeLedgerLeaf(leaf);
    add(leaf.kind, `${bytes.byteLength} bytes`, bytes);
    add(`${leaf.kind}-cut`, "the last byte is missing", bytes.slice(0, -1));
    add(`${leaf.kind}-trailing`, "a byte too many", Uint8Array.of(...bytes, 0));
  }
  add("later-kind", "passed over", Uint8Array.of(1, 9, 1, 2, 3));
  add("later-version", "passed over", Uint8Array.of(2, 0));
  add("empty", "no bytes", new Uint8Array(0));
  add("huge", "1201 bytes", new Uint8Array(1201).fill(1));
  const incident = encodeLedgerLeaf({ kind: "incident", what: "other", fromMs: 3, toMs: 4, note: "" });
  add("incident-what", "no such incident", incident.with(2, 3));
  return cases;
}

function nameCases(): LedgerVector[] {
  const station = stationKey(fill(1));
  const { ops } = new TestPerson("vector", { key: station, urls: [] });
  const [genesis = new Uint8Array(0)] = ops;
  const log = new GrowingLogs().id(1);
  const salt = ledgerSalt(genesis, nodeSha256);
  const out = {
    origin: ledgerOrigin(station),
    salt,
    identity: ledgerIdentityKey(salt, nodeSha256),
    commitment: opCommitment(salt, 0, genesis, nodeSha256),
    log: ledgerLogKey(log, nodeSha256),
  };
  return [{ id: "names", note: "S-1, S-3", in: plain({ station, genesis, log }), out: plain(out) }];
}

async function mapCases(): Promise<LedgerVector[]> {
  const cases: LedgerVector[] = [];
  for (const count of [0, 1, 2, 3, 40]) {
    const entries: MapEntry[] = Array.from({ length: count }, (_, i) => ({
      // Two that agree in 17 bits among them.
      key: i === 2 ? nodeSha256(fill(0)).with(2, 1) : nodeSha256(fill(i)),
      value: Uint8Array.of(i, i),
    })).sort((a, b) => (toHex(a.key) < toHex(b.key) ? -1 : 1));
    const map = new MerkleMap(mapHasher, 0);
    map.update(new Map([[0, entries]]));
    const root = map.root();
    const listed = entries.map((entry) => [toHex(entry.key), toHex(entry.value)]);
    cases.push({ id: `map-${count}`, note: "root of all entries", in: listed, out: toHex(root) });
    const asked = [nodeSha256(fill(0)), nodeSha256(fill(2)), nodeSha256(fill(99)), nodeSha256(fill(0)).with(31, 1)];
    for (const [i, key] of asked.entries()) {
      const bytes = encodeMapProof(await map.prove(key, () => entries), key);
      for (const [what, bent] of [
        ["as it is", bytes],
        ["one bit turned", bytes.with(bytes.byteLength >> 1, (bytes[bytes.byteLength >> 1] ?? 0) ^ 4)],
        ["a byte too many", Uint8Array.of(...bytes, 0)],
      ] as const) {
        const opened = openMapProof(bent, key, root, mapHasher);
        const outcome = opened.ok
          ? { out: opened.value === undefined ? null : toHex(opened.value) }
          : { error: "refused" };
        cases.push({ id: `proof-${count}-${i}`, note: what, in: plain({ key, root, proof: bent }), ...outcome });
      }
    }
  }
  return cases;
}

/** A log with three witnesses, its leaves, and what a client is given. */
async function logCases(): Promise<{ logs: LedgerVector[]; fresh: LedgerVector[] }> {
  const world = new LedgerWorld();
  const witnesses = await Promise.all(["IR", "DE", "FR"].map((region, i) => world.ledger(`w${i}`, { region })));
  const station = await world.ledger("a", { witnesses });
  for (const one of witnesses) await world.introduce(station, one);
  const growing = new GrowingLogs();
  const people = ["x", "y", "z"].map((name) => new TestPerson(name, station.ref));
  const fresh: LedgerVector[] = [];
  const { key } = station.ledger.checkpoints;
  const policy = ledgerPolicies({ key, url: "https://a.example/log", region: "IR" }, station.witnesses);
  for (const [round, person] of people.entries()) {
    await station.ports.store.commit(growing.grow(round % 2, round + 1));
    await station.ports.store.commit([{ kind: "account", identity: person.identity, ops: [...person.ops] }]);
    if (round === 2) void station.ledger.record({ kind: "policy", hash: fill(1) });
    await world.turn(station);
    await world.clock.advance(10_000);
    const { leaf, proof } = await station.ledger.freshness();
    const given = { station: station.ref.key, leaf, proof, policy: policy.final };
    const size = station.ledger.size;
    fresh.push({ id: `fresh-${round}`, note: "final", in: plain(given), out: { size, epoch: round } });
    const bent = proof.with(proof.byteLength - 9, (proof.at(-9) ?? 0) ^ 1);
    fresh.push({
      id: `fresh-${round}-bent`,
      note: "a bit of the last cosignature",
      in: plain({ ...given, proof: bent }),
      error: "refused",
    });
    const other = leaf.with(20, (leaf[20] ?? 0) ^ 1);
    fresh.push({
      id: `fresh-${round}-leaf`,
      note: "another epoch leaf",
      in: plain({ ...given, leaf: other }),
      error: "refused",
    });
  }
  const leaves = await station.ports.store.ledger.leaves(0, station.ledger.size);
  const [first = fill(0), second = fill(0), third = fill(0)] = leaves;
  const variants: (readonly [string, readonly Uint8Array[]])[] = [
    ["whole", leaves],
    ["an op twice", [first, first]],
    ["an op that was never committed", [second, third]],
    ["an epoch twice", [...leaves, ...leaves.slice(-1)]],
    ["a leaf that is cut", [first.slice(0, -1)]],
    ["an op left out", leaves.slice(1)],
    ["a later kind", [Uint8Array.of(1, 77), ...leaves]],
  ];
  const logs = variants.map(([note, all], i): LedgerVector => {
    const auditor = new LedgerAuditor(nodeSha256, 0);
    const falsehood = all.map((leaf) => auditor.take(leaf)).find((one) => one !== undefined);
    const given = all.map((leaf) => toHex(leaf));
    if (falsehood !== undefined) return { id: `log-${i}`, note, in: given, error: falsehood };
    return { id: `log-${i}`, note, in: given, out: { count: auditor.count, root: toHex(auditor.root()) } };
  });
  return { logs, fresh };
}

/** File names and their whole text; one case a line. */
export async function ledgerVectorFiles(): Promise<ReadonlyMap<string, string>> {
  const { logs, fresh } = await logCases();
  const files: (readonly [string, string, readonly LedgerVector[]])[] = [
    ["leaves.json", "protocol/7-station-log.md §1", leafCases()],
    ["names.json", "protocol/7-station-log.md §1", nameCases()],
    ["maps.json", "protocol/7-station-log.md §3", await mapCases()],
    ["logs.json", "protocol/7-station-log.md §1, §2", logs],
    ["freshness.json", "protocol/7-station-log.md §3, C2SP tlog-policy", fresh],
  ];
  return new Map(
    files.map(([name, spec, cases]) => {
      const head = { source: "packages/station/scripts/make-vectors.ts", licence: "Apache-2.0", spec };
      const fields = Object.entries(head).map(([field, value]) => `  "${field}": ${JSON.stringify(value)},\n`);
      const lines = cases.map((one) => `    ${JSON.stringify(one)}`).join(",\n");
      return [name, `{\n${fields.join("")}  "cases": [\n${lines}\n  ]\n}\n`];
    }),
  );
}
