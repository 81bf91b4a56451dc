/*
 * Leaves of a station log (protocol/7-station-log.md §2): version u8 (1), kind u8, then fields of fixed size but for texts.
 * Nothing in them names a person, a room or a device: what could is a salted hash (commitments.ts), so the whole log can lie
 * open, and leave a region that keeps everything else.
 */
import { ByteReader, ByteWriter, type Decoded } from "../bytes/index.ts";
import { stationKey, type StationKey } from "../ids.ts";
import { MAX_LEDGER_LEAF_BYTES, MAX_LEDGER_TEXT_BYTES } from "../limits.ts";

const VERSION = 1;
const HASH_BYTES = 32;

/** What a station was through that makes signed statements before and after it not contradict each other (L-27). */
export const INCIDENT_KINDS = ["restored", "clock", "other"] as const;
/** One of INCIDENT_KINDS. */
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** Commits to everything the station holds; the last leaf of every checkpoint (S-10). */
export interface EpochLeaf {
  readonly kind: "epoch";
  /** 0, 1, 2 … */
  readonly number: number;
  readonly timeMs: number;
  /** logs whose hub this station is */
  readonly headCount: number;
  /** root of the map of their heads */
  readonly headsRoot: Uint8Array;
  readonly identityCount: number;
  /** root of the map that the identity-op leaves fold into */
  readonly identitiesRoot: Uint8Array;
  /** 32 zeros until residency is reported here */
  readonly residencyRoot: Uint8Array;
  /** 32 zeros until egress is reported here */
  readonly egressRoot: Uint8Array;
  /** false: more had changed by then than the epoch took, and it says nothing about time (E-2) */
  readonly isWhole: boolean;
}

/** One leaf of a station log. */
export type LedgerLeaf =
  /** An identity has its op of sequence `seq`; `identity` is its key in the map, `commitment` the salted hash of the op. */
  | {
      readonly kind: "identity-op";
      readonly identity: Uint8Array;
      readonly seq: number;
      readonly commitment: Uint8Array;
    }
  | EpochLeaf
  /** An entry was removed, lawfully and overtly: which one, why, under which order. `log` is the log's key in the map. */
  | {
      readonly kind: "tombstone";
      readonly log: Uint8Array;
      readonly index: number;
      readonly leafHash: Uint8Array;
      readonly timeMs: number;
      readonly reason: string;
      readonly reference: string;
    }
  /** A station did not answer a challenge that was put to it through this one. */
  | {
      readonly kind: "unanswered";
      readonly station: StationKey;
      /** SHA-256 of the challenge */
      readonly challenge: Uint8Array;
      readonly timeMs: number;
    }
  /** SHA-256 of a proof of misbehaviour */
  | { readonly kind: "evidence"; readonly hash: Uint8Array }
  /** SHA-256 of the region policy in force from here on */
  | { readonly kind: "policy"; readonly hash: Uint8Array }
  /** SHA-256 of the program that runs from here on */
  | { readonly kind: "release"; readonly hash: Uint8Array }
  /** token key id (RFC 9578 §6.5): SHA-256 of a key that this station signs anonymous tokens with */
  | { readonly kind: "token-key"; readonly id: Uint8Array }
  | {
      readonly kind: "incident";
      readonly what: IncidentKind;
      /** statements signed from here on … */
      readonly fromMs: number;
      /** … to here may disagree with later ones */
      readonly toMs: number;
      readonly note: string;
    };

/** Kinds in the order of their numbers; never reordered. */
const KINDS: readonly LedgerLeaf["kind"][] = [
  "identity-op",
  "epoch",
  "tombstone",
  "unanswered",
  "evidence",
  "policy",
  "release",
  "token-key",
  "incident",
];

function hash(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength !== HASH_BYTES) throw new RangeError(`a hash of ${bytes.byteLength} bytes`);
  return bytes;
}

function writeText(writer: ByteWriter, text: string): void {
  const start = writer.length;
  writer.text(text);
  if (writer.length - start > MAX_LEDGER_TEXT_BYTES + 2) throw new RangeError("a text above its limit");
}

function writeEpoch(writer: ByteWriter, leaf: EpochLeaf): void {
  writer.index(leaf.number).index(leaf.timeMs);
  writer.index(leaf.headCount).bytes(hash(leaf.headsRoot));
  writer.index(leaf.identityCount).bytes(hash(leaf.identitiesRoot));
  writer
    .bytes(hash(leaf.residencyRoot))
    .bytes(hash(leaf.egressRoot))
    .u8(leaf.isWhole ? 1 : 0);
}

/** Bytes of a leaf. @throws RangeError for a field that does not fit */
export function encodeLedgerLeaf(leaf: LedgerLeaf): Uint8Array {
  const writer = new ByteWriter(192).u8(VERSION).u8(KINDS.indexOf(leaf.kind));
  switch (leaf.kind) {
    case "identity-op":
      writer.bytes(hash(leaf.identity)).u32(leaf.seq).bytes(hash(leaf.commitment));
      break;
    case "epoch":
      writeEpoch(writer, leaf);
      break;
    case "tombstone":
      writer.bytes(hash(leaf.log)).index(leaf.index).bytes(hash(leaf.leafHash)).index(leaf.timeMs);
      writeText(writer, leaf.reason);
      writeText(writer, leaf.reference);
      break;
    case "unanswered":
      writer.bytes(hash(leaf.station)).bytes(hash(leaf.challenge)).index(leaf.timeMs);
      break;
    case "evidence":
    case "policy":
    case "release":
      writer.bytes(hash(leaf.hash));
      break;
    case "token-key":
      writer.bytes(hash(leaf.id));
      break;
    case "incident":
      writer.u8(INCIDENT_KINDS.indexOf(leaf.what)).index(leaf.fromMs).index(leaf.toMs);
      writeText(writer, leaf.note);
      break;
    default:
      return leaf satisfies never;
  }
  return writer.finish();
}

function readFlag(reader: ByteReader): boolean {
  const at = reader.offset;
  const value = reader.u8();
  if (!reader.failed && value > 1) reader.fail("wire/range", at);
  return value === 1;
}

function readEpoch(reader: ByteReader): EpochLeaf {
  return {
    kind: "epoch",
    number: reader.index(),
    timeMs: reader.index(),
    headCount: reader.index(),
    headsRoot: reader.bytes(HASH_BYTES),
    identityCount: reader.index(),
    identitiesRoot: reader.bytes(HASH_BYTES),
    residencyRoot: reader.bytes(HASH_BYTES),
    egressRoot: reader.bytes(HASH_BYTES),
    isWhole: readFlag(reader),
  };
}

function readIncident(reader: ByteReader): LedgerLeaf {
  const at = reader.offset;
  const what = INCIDENT_KINDS[reader.u8()];
  if (what === undefined) reader.fail("wire/range", at);
  const incident = { fromMs: reader.index(), toMs: reader.index(), note: reader.text(MAX_LEDGER_TEXT_BYTES) };
  return { kind: "incident", what: what ?? "other", ...incident };
}

function readLeaf(reader: ByteReader, kind: LedgerLeaf["kind"]): LedgerLeaf {
  switch (kind) {
    case "identity-op":
      return { kind, identity: reader.bytes(HASH_BYTES), seq: reader.u32(), commitment: reader.bytes(HASH_BYTES) };
    case "epoch":
      return readEpoch(reader);
    case "tombstone":
      return {
        kind,
        log: reader.bytes(HASH_BYTES),
        index: reader.index(),
        leafHash: reader.bytes(HASH_BYTES),
        timeMs: reader.index(),
        reason: reader.text(MAX_LEDGER_TEXT_BYTES),
        reference: reader.text(MAX_LEDGER_TEXT_BYTES),
      };
    case "unanswered": {
      const key = reader.bytes(HASH_BYTES);
      const station = stationKey(reader.failed ? new Uint8Array(HASH_BYTES) : key);
      return { kind, station, challenge: reader.bytes(HASH_BYTES), timeMs: reader.index() };
    }
    case "evidence":
    case "policy":
    case "release":
      return { kind, hash: reader.bytes(HASH_BYTES) };
    case "token-key":
      return { kind, id: reader.bytes(HASH_BYTES) };
    case "incident":
      return readIncident(reader);
    default:
      return kind satisfies never;
  }
}

/** Where the fields of an identity op stand in its leaf, for readers of whole logs that make no object of each. */
export const IDENTITY_OP = { sizeBytes: 70, identityAt: 2, seqAt: 34, commitmentAt: 38 } as const;

/** Whether `bytes[start, end)` is an identity op; what it decodes to is then at IDENTITY_OP. */
export function isIdentityOp(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === IDENTITY_OP.sizeBytes && bytes[start] === VERSION && bytes[start + 1] === 0;
}

/** What reading a leaf answers: of a kind or version this program does not know, its number. */
export type DecodedLeaf = LedgerLeaf | { readonly kind: "unknown"; readonly number: number };

/**
 * Reads a leaf. One of a later kind or version is `unknown`, not refused: a log goes on after an older reader was built.
 *
 * @param bytes  untrusted
 * @returns fields that are views of `bytes`; a `wire/` code for what no leaf of a known kind is
 */
export function decodeLedgerLeaf(bytes: Uint8Array): Decoded<DecodedLeaf> {
  if (bytes.byteLength > MAX_LEDGER_LEAF_BYTES)
    return { ok: false, code: "wire/too-long", offset: MAX_LEDGER_LEAF_BYTES };
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const number = reader.u8();
  const kind = version === VERSION ? KINDS[number] : undefined;
  if (reader.failed) return reader.finish({ kind: "unknown", number: 0 });
  if (kind === undefined) return { ok: true, value: { kind: "unknown", number: 256 * version + number } };
  return reader.finish(readLeaf(reader, kind));
}
