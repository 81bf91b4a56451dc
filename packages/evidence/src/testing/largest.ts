/*
 * The largest bundles at a million logs and identities (E-32), with paths as long as they really are: a map of a million drawn keys gives
 * the depths, a tree's proofs have the lengths that RFC 9162 gives for their sizes. What is hashed does not matter to a size.
 */
import {
  encodeCompactProof,
  encodeContradiction,
  encodeMapProof,
  encodeStatement,
  FULL_FORM,
  inclusionProofLength,
  type SignedStatement,
  type TreeBridge,
} from "@chapar/log";
import { testSha256, testSigner } from "@chapar/log/testing";
import {
  encodeLedgerHead,
  encodeLedgerIdentity,
  encodeLedgerLeaf,
  ledgerOrigin,
  logId,
  stationKey,
} from "@chapar/wire";
import { encodeChallenge } from "../challenge/codec.ts";
import { encodeMapClaim } from "../claims/codec.ts";
import type { Bundle, LeafClaim, MapClaim, SignedCheckpoint } from "../types.ts";
import { signIdentityWord } from "../words/identity-word.ts";
import { signManifest } from "../words/manifest.ts";
import { signAck, signReaderWord } from "../words/reader-word.ts";

const MILLION = 1_000_000;
/** Ten years of epochs each ten seconds, and three ops a year of a million people. */
const LEDGER_SIZE = 10 * (365 * 8640 + 3 * MILLION);
/** A commit of as many leaves as one may have, in a log of 2^40 entries. */
const BATCH_LEAVES = 65_536;
const LOG_SIZE = 2 ** 40;
const TIME_MS = 2 ** 42;

const hash = new Uint8Array(32).fill(7);
const signature = new Uint8Array(64).fill(7);
const station = testSigner(1);
const key = stationKey(station.publicKey);
const log = logId(hash);
const hashes = (count: number): Uint8Array[] => Array.from({ length: count }, () => hash);

/** Bits of the keys that are drawn: enough that a million are told apart. */
const KEY_BITS = 48;

/** Keys of a map of a million, as their first 48 bits, in order. */
function drawnKeys(): Float64Array {
  const keys = new Float64Array(MILLION);
  const draw = new DataView(testSha256(Uint8Array.of(1)).buffer);
  let state = draw.getUint32(0);
  const word = (): number => {
    // A xorshift of 32 bits: what counts is that the keys are spread as hashes are.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < MILLION; i++) keys[i] = word() * 2 ** 16 + (word() >>> 16);
  return keys.sort();
}

/** Whether a key of the sorted ones is in `[from, to)`. */
function hasBetween(keys: Float64Array, from: number, to: number): boolean {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return (keys[low] ?? to) < to;
}

/** The siblings beside a key's path down to where it stands alone. */
function siblingsOf(keys: Float64Array, key: number): Uint8Array[] {
  const siblings: Uint8Array[] = [];
  for (let depth = 0; depth < KEY_BITS; depth++) {
    const width = 2 ** (KEY_BITS - depth);
    const start = Math.floor(key / width) * width;
    const isAlone = !hasBetween(keys, start, key) && !hasBetween(keys, key + 1, start + width);
    if (isAlone) break;
    const half = width / 2;
    const beside = key < start + half ? start + half : start;
    siblings.push(hasBetween(keys, beside, beside + half) ? hash : new Uint8Array(32));
  }
  return siblings;
}

const LONGEST = ((): Uint8Array[] => {
  const keys = drawnKeys();
  let longest: Uint8Array[] = [];
  let most = 0;
  for (let i = 0; i < MILLION; i += 997) {
    const siblings = siblingsOf(keys, keys[i] ?? 0);
    const named = siblings.filter((one) => one === hash).length;
    if (named > most) [most, longest] = [named, siblings];
  }
  return longest;
})();

/** The longest proof about one of a thousand keys in a map of a million. */
function longestMapProof(value: Uint8Array): Uint8Array {
  return encodeMapProof({ end: { key: hash, value }, siblings: LONGEST }, hash);
}

function leafClaim(leaf: Uint8Array): LeafClaim {
  // The longest path of a tree of that size is its first leaf's.
  const inclusion = hashes(inclusionProofLength(0, LEDGER_SIZE));
  const checkpoint = { origin: ledgerOrigin(key), size: LEDGER_SIZE, root: hash };
  const note = { text: "", signatures: [{ name: checkpoint.origin, keyId: 7, signature }] };
  return { leaf, proof: encodeCompactProof({ index: 0, inclusion, checkpoint, note }) };
}

function statement(kind: "accept" | "head"): SignedStatement {
  const path = hashes(inclusionProofLength(0, BATCH_LEAVES));
  const batch = { stationKey: key, timeMs: TIME_MS, leafIndex: 0, leafCount: BATCH_LEAVES, path, signature };
  const head = { logId: hash, size: LOG_SIZE, root: hash, batch };
  return kind === "head" ? { ...head, kind } : { ...head, kind, index: LOG_SIZE / 2, leafHash: hash };
}

/** A bundle of each shape, each reason and each kind of object, as large as it gets. None of them verifies. */
export async function largestBundles(): Promise<Bundle[]> {
  const epoch = encodeLedgerLeaf({
    kind: "epoch",
    number: LEDGER_SIZE,
    timeMs: TIME_MS,
    headCount: MILLION,
    headsRoot: hash,
    identityCount: MILLION,
    identitiesRoot: hash,
    residencyRoot: hash,
    egressRoot: hash,
    isWhole: true,
  });
  const head: MapClaim = {
    epoch: leafClaim(epoch),
    mapProof: longestMapProof(encodeLedgerHead({ size: LOG_SIZE, root: hash })),
  };
  const identity: MapClaim = {
    epoch: leafClaim(epoch),
    mapProof: longestMapProof(encodeLedgerIdentity({ opCount: 256, commitment: hash })),
  };
  const receipt = statement("accept");
  const full = encodeStatement(receipt, FULL_FORM);
  // One more than an inclusion takes.
  const bridge: TreeBridge = { other: hash, proof: hashes(inclusionProofLength(0, LOG_SIZE) + 1) };
  const entry: TreeBridge = { other: hash, proof: hashes(inclusionProofLength(0, LOG_SIZE)) };
  const ledgerBridge: TreeBridge = { other: hash, proof: hashes(inclusionProofLength(0, LEDGER_SIZE) + 1) };
  const checkpoint: SignedCheckpoint = { size: LEDGER_SIZE, root: hash, signature };
  const ack = await signAck({ station: key, log, upTo: LOG_SIZE }, testSigner(2));
  const reader = testSigner(2).publicKey;
  const manifest = await signManifest(
    {
      log,
      reader,
      timeMs: TIME_MS,
      size: LOG_SIZE,
      root: hash,
      first: LOG_SIZE - 1,
      ack,
      tombstones: [{ offset: 0, generation: 1, ledgerIndex: LEDGER_SIZE }],
      items: [{ status: "removed", leafHash: hash }],
    },
    station,
  );
  const tombstone = encodeLedgerLeaf({
    kind: "tombstone",
    log: hash,
    index: LOG_SIZE,
    leafHash: hash,
    timeMs: TIME_MS,
    reason: "x".repeat(512),
    reference: "x".repeat(512),
  });
  const unanswered = encodeLedgerLeaf({ kind: "unanswered", station: key, challenge: hash, timeMs: TIME_MS });
  const challenge = encodeChallenge({
    kind: "entry",
    station: key,
    basis: { isClaim: true, bytes: encodeMapClaim(head) },
    subject: hash,
    reader,
    index: LOG_SIZE,
    timeMs: TIME_MS,
    nonce: new Uint8Array(16),
  });
  const word = await signIdentityWord({ identity: hash, opCount: 256, commitment: hash, timeMs: TIME_MS }, station);
  const registered = await signReaderWord({ log, reader, from: LOG_SIZE, timeMs: TIME_MS }, station);
  const op = encodeLedgerLeaf({ kind: "identity-op", identity: hash, seq: 255, commitment: hash });
  const place = { index: LOG_SIZE - 1, proof: entry.proof };
  const item = { shape: "manifest", station: key, manifest, item: 0 } as const;
  const contradiction = encodeContradiction({ shape: "prefix", a: receipt, b: receipt, bridge });
  return [
    { shape: "statements", station: key, contradiction },
    { shape: "log", station: key, statement: full, claim: head, bridge },
    { shape: "heads", station: key, log, earlier: head, later: head },
    { shape: "checkpoints", station: key, generation: 1, a: checkpoint, b: checkpoint, bridge: ledgerBridge },
    { shape: "identity", station: key, word, other: word },
    { shape: "identity", station: key, word, other: identity },
    { ...item, fault: { reason: "pruned-early", word: registered } },
    { ...item, fault: { reason: "expired-early", statement: full } },
    { ...item, fault: { reason: "other-leaf", statement: full, inclusion: entry } },
    { ...item, fault: { reason: "no-tombstone", leaf: leafClaim(tombstone) } },
    { shape: "unanswered", station: key, challenge, witness: key, leaf: leafClaim(unanswered) },
    { shape: "duplicate", station: key, statement: full, leafHash: hash, places: [place, place] },
    { shape: "fold", station: key, leaf: leafClaim(op), claim: identity },
  ];
}
