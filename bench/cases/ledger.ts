/*
 * The station log at a million identities: how long a stranger takes to fold it, how long a station takes to open it, how many
 * bytes a person's proof and its freshness take with three witnesses, how long they take to check, and what a year adds.
 * Run: node bench/cases/ledger.ts [identities]. Prints one JSON object with its origin; nothing is kept.
 */
import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import {
  createMapHasher,
  createTreeHasher,
  decodeCompactProof,
  openMapProof,
  parsePolicy,
  verifyTlogProof,
} from "@chapar/log";
import {
  Ledger,
  ledgerPolicies,
  LedgerAuditor,
  StationTime,
  StationWitness,
  type StationPorts,
  type WitnessParty,
} from "@chapar/station";
import { SqliteStore } from "@chapar/station/node";
import {
  decodeLedgerLeaf,
  identityId,
  ledgerIdentityKey,
  ledgerOrigin,
  ledgerSalt,
  stationKey,
  type EpochLeaf,
} from "@chapar/wire";
import type { Sha256, Signer, Verifier } from "@chapar/wire/bytes";
import { origin } from "../record.ts";

const IDENTITIES = Number(process.argv[2] ?? 1_000_000);
/** Accounts stored in one transaction. */
const BATCH = 5000;
const CHECKS = 200;
const SECONDS_A_YEAR = 365 * 86_400;
const EPOCH_SECONDS = 10;
/** What a person does to their op chain in a year: a device added, one revoked, a rotation. */
const OPS_A_YEAR = 3;
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

const sha256: Sha256 = (bytes) => new Uint8Array(hash("sha256", bytes, "buffer"));

function signerOf(fill: number): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, fill)]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI.byteLength)),
    sign: (text) => new Uint8Array(sign(null, text, key)),
  };
}

const keys = new Map<string, KeyObject>();
const verifier: Verifier = (publicKey, message, signature) => {
  const name = Buffer.from(publicKey).toString("latin1");
  const key = keys.get(name) ?? createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" });
  keys.set(name, key);
  return verify(null, message, key, signature);
};

function portsOf(store: SqliteStore, signer: Signer): StationPorts {
  const sleep = (delayMs: number, signal: AbortSignal): Promise<void> => pause(delayMs, undefined, { signal });
  const clock = { nowMs: () => Date.now(), sleep };
  const rng = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes);
  const observer = { count: () => undefined, note: () => undefined };
  return { sha256, verify: verifier, signer, clock, rng, store, observer };
}

/** Stands for the genesis op of a numbered person. */
const genesisOf = (number: number): Uint8Array => new Uint8Array(Buffer.from(`genesis ${number}`));

const folder = mkdtempSync(join(tmpdir(), "chapar-bench-ledger-"));
const stores: SqliteStore[] = [];
async function storeAt(name: string): Promise<SqliteStore> {
  const store = await SqliteStore.open({ dataDir: join(folder, name) });
  stores.push(store);
  return store;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
const seconds = (sinceMs: number): number => round((performance.now() - sinceMs) / 1000);

async function main(): Promise<object> {
  const station = portsOf(await storeAt("station"), signerOf(1));
  const key = stationKey(station.signer.publicKey);
  const witnesses = new Map<string, StationWitness>();
  const parties: WitnessParty[] = [];
  for (const [i, region] of ["IR", "DE", "FR"].entries()) {
    const ports = portsOf(await storeAt(`witness-${i}`), signerOf(10 + i));
    await ports.store.commit([{ kind: "peer", peer: { ref: { key, urls: [] }, region: "IR" } }]);
    const ref = { key: stationKey(ports.signer.publicKey), urls: [] };
    const witness = await StationWitness.open(ports, { ref, region, name: region }, signerOf(20 + i));
    const url = `https://witness-${i}.example/witness`;
    witnesses.set(`${url}/add-checkpoint`, witness);
    parties.push({ key: witness.key, url, region });
  }
  const post = async (url: string, body: Uint8Array) => {
    const witness = witnesses.get(url);
    if (witness === undefined) throw new Error("nobody there");
    return await witness.addCheckpoint(body);
  };

  for (let first = 0; first < IDENTITIES; first += BATCH) {
    const people = Array.from({ length: Math.min(BATCH, IDENTITIES - first) }, (_, i) => genesisOf(first + i));
    await station.store.commit(
      people.map((genesis) => ({
        kind: "account",
        identity: identityId(sha256(genesis).slice(0, 20)),
        ops: [genesis],
      })),
    );
  }
  const time = await StationTime.open(station);
  const ledger = await Ledger.open(station, { witnessing: { witnesses: parties, post }, time });
  const tookAt = performance.now();
  await ledger.turn(new AbortController().signal);
  const takeSeconds = seconds(tookAt);

  const auditor = new LedgerAuditor(sha256, 16);
  const leaves: Uint8Array[] = [];
  for (let first = 0; first < ledger.size; first += 65_536)
    leaves.push(...(await station.store.ledger.leaves(first, 65_536)));
  const foldAt = performance.now();
  for (const leaf of leaves) {
    const decoded = decodeLedgerLeaf(leaf);
    // The roots in between are the station's batches, not a person's wait: only the last is folded here.
    if (decoded.ok && decoded.value.kind === "identity-op") auditor.take(leaf);
  }
  const root = Buffer.from(auditor.root()).toString("hex");
  const foldSeconds = seconds(foldAt);

  const openAt = performance.now();
  const reopened = await Ledger.open(station, { witnessing: { witnesses: parties, post }, time });
  const openSeconds = seconds(openAt);

  const checked = await check(reopened, key, parties);
  if (Buffer.from(checked.epoch.identitiesRoot).toString("hex") !== root) throw new Error("the fold is not the map");
  const leafBytes = leaves.map((leaf) => leaf.byteLength);
  const opBytes = leafBytes[0] ?? 0;
  const epochBytes = leafBytes.at(-1) ?? 0;
  // An entry in its bundle (2 bytes of length) and its hash in the tiles: 32 bytes, and 1/255 of them above.
  const withTile = (bytes: number): number => bytes + 2 + 32 * (256 / 255);
  const yearBytes =
    (SECONDS_A_YEAR / EPOCH_SECONDS) * withTile(epochBytes) + OPS_A_YEAR * IDENTITIES * withTile(opBytes);
  const diskBytes = ["", "-wal"].reduce(
    (sum, end) => sum + statSync(join(folder, "station", `station.sqlite${end}`)).size,
    0,
  );
  return {
    case: "ledger",
    identities: IDENTITIES,
    takeSeconds,
    foldSeconds,
    openSeconds,
    ...checked.numbers,
    gigabytesAYear: round(yearBytes / 1e9),
    diskBytesAnIdentity: Math.round(diskBytes / IDENTITIES),
    origin: origin(),
  };
}

async function check(
  ledger: Ledger,
  key: ReturnType<typeof stationKey>,
  parties: readonly WitnessParty[],
): Promise<{ epoch: EpochLeaf; numbers: object }> {
  const hasher = createTreeHasher(sha256);
  const mapHasher = createMapHasher(sha256);
  const log = { key: ledger.checkpoints.key, url: "https://station.example/log", region: "IR" };
  const policy = parsePolicy(new TextEncoder().encode(ledgerPolicies(log, parties).final), sha256);
  if (!policy.ok) throw new Error(policy.code);
  const logOrigin = ledgerOrigin(key);
  const known = [log.key, ...parties.map((one) => one.key)];
  let maxBytes = 0;
  const times: number[] = [];
  const proveTimes: number[] = [];
  let epoch: EpochLeaf | undefined;
  for (let i = 0; i < CHECKS; i++) {
    const genesis = genesisOf(Math.floor((i * IDENTITIES) / CHECKS));
    const fresh = await ledger.freshness();
    const provedAt = performance.now();
    const { proof } = await ledger.identityProof(genesis);
    proveTimes.push(performance.now() - provedAt);
    maxBytes = Math.max(maxBytes, fresh.leaf.byteLength + fresh.proof.byteLength + proof.byteLength);
    const startMs = performance.now();
    const leafHash = hasher.leaf(fresh.leaf);
    const full = decodeCompactProof(fresh.proof, { origin: logOrigin, leafHash, keys: known }, hasher);
    if (!full.ok) throw new Error(full.code);
    const accepted = await verifyTlogProof(full.value, leafHash, policy.value, { sha256, ed25519: verifier });
    const decoded = decodeLedgerLeaf(fresh.leaf);
    if (!accepted.ok || !decoded.ok || decoded.value.kind !== "epoch") throw new Error("not fresh");
    const mapKey = ledgerIdentityKey(ledgerSalt(genesis, sha256), sha256);
    const value = openMapProof(proof, mapKey, decoded.value.identitiesRoot, mapHasher);
    if (!value.ok || value.value === undefined) throw new Error("not proved");
    times.push(performance.now() - startMs);
    epoch = decoded.value;
  }
  if (epoch === undefined) throw new Error("nothing was checked");
  const at = (all: number[], part: number): number =>
    round(all.sort((a, b) => a - b)[Math.floor(part * all.length)] ?? 0);
  const numbers = {
    witnesses: parties.length,
    proofBytesMax: maxBytes,
    verifyMsP50: at(times, 0.5),
    verifyMsP99: at(times, 0.99),
    proveMsP50: at(proveTimes, 0.5),
  };
  return { epoch, numbers };
}

try {
  console.log(JSON.stringify(await main()));
} finally {
  for (const store of stores) await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
