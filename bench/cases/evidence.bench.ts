/*
 * Proofs of misbehaviour (protocol/9-rule-r.md §4): how long a stranger takes to check one of each shape, how many bytes it takes, there and at a
 * million logs and identities, and what a claim of a map of a million costs. Run: node bench/cases/evidence.bench.ts [checks].
 * Prints one JSON object with its origin; nothing is kept. Every check is from bytes, signatures and all.
 */
import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { performance } from "node:perf_hooks";
import {
  createEvidencePorts,
  encodeBundle,
  encodeMapClaim,
  openIdentityClaim,
  verifyBundle,
  type Bundle,
} from "@chapar/evidence";
import { largestBundles, makeLies, TestLedger, type TestMap } from "@chapar/evidence/testing";
import { testSigner } from "@chapar/log/testing";
import { encodeLedgerIdentity, stationKey } from "@chapar/wire";
import type { Sha256, Verifier } from "@chapar/wire/bytes";
import { origin } from "../record.ts";

const CHECKS = Number(process.argv[2] ?? 400);
const MILLION = 1_000_000;
const LEDGER_LEAVES: number = 2 ** 17;
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

const sha256: Sha256 = (bytes) => new Uint8Array(hash("sha256", bytes, "buffer"));

const keys = new Map<string, KeyObject>();
const verifier: Verifier = (publicKey, message, signature) => {
  const name = Buffer.from(publicKey).toString("latin1");
  const key = keys.get(name) ?? createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" });
  keys.set(name, key);
  return verify(null, message, key, signature);
};
const ports = createEvidencePorts(sha256, verifier);

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Median and 99th hundredth of how long something takes, in ms. */
async function timed(run: () => Promise<boolean>): Promise<{ p50Ms: number; p99Ms: number }> {
  const times: number[] = [];
  for (let i = 0; i < CHECKS; i++) {
    const startMs = performance.now();
    if (!(await run())) throw new Error("it does not verify");
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const at = (part: number): number => round(times[Math.floor(part * CHECKS)] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** The most bytes of each shape. */
function mostBytes(bundles: readonly Bundle[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const bundle of bundles)
    most.set(bundle.shape, Math.max(most.get(bundle.shape) ?? 0, encodeBundle(bundle).byteLength));
  return most;
}

/** A claim of an identity in a map of a million, in a log of 131,073 leaves. */
async function claimOfMillion(): Promise<object> {
  const signer = testSigner(1);
  const ledger = new TestLedger(signer);
  const entries: TestMap = new Map(
    Array.from({ length: MILLION }, (_, i) => {
      const key = sha256(Buffer.from(`person ${i}`));
      return [Buffer.from(key).toString("hex"), { key, value: encodeLedgerIdentity({ opCount: 1, commitment: key }) }];
    }),
  );
  for (let i = 0; i < LEDGER_LEAVES; i++) ledger.record({ kind: "evidence", hash: ports.hasher.empty() });
  await ledger.epoch(new Map(), entries, 1_800_000_000_000, true);
  const key = sha256(Buffer.from("person 7"));
  const claim = await ledger.identityClaim(key, 0);
  const station = stationKey(signer.publicKey);
  const times = await timed(async () => (await openIdentityClaim(claim, key, station, ports)).ok);
  return { claimBytes: encodeMapClaim(claim).byteLength, ...times };
}

const million = mostBytes(await largestBundles());
const shapes: object[] = [];
for (const { name, bundle } of await makeLies()) {
  const bytes = encodeBundle(bundle);
  const times = await timed(async () => (await verifyBundle(bytes, ports)).ok);
  shapes.push({ name, bytes: bytes.byteLength, mostBytesAtMillion: million.get(bundle.shape), ...times });
}
console.log(
  JSON.stringify({
    case: "evidence",
    checks: CHECKS,
    shapes,
    identityClaimAtMillion: await claimOfMillion(),
    origin: origin(),
  }),
);
