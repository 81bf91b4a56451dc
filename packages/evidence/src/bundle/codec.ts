/*
 * Bundles as bytes (§4): "chapar proof v1\n" ‖ shape u8 ‖ station[32] ‖ body, at most 4096 bytes, nothing after it.
 *
 *   1 statements    opaque contradiction (2-log.md §3)
 *   2 log           opaque statement, opaque map claim, bridge optional
 *   3 heads         log[32], opaque map claim, opaque map claim
 *   4 checkpoints   generation varint, 2 × (size varint, root[32], signature[64]), bridge optional
 *   5 identity      opaque word, flag u8, opaque word (0) or map claim (1)
 *   6 manifest      opaque manifest, item varint, reason u8, opaque other
 *   7 unanswered    opaque challenge, witness[32], leaf claim
 *   8 duplicate     opaque statement, leafHash[32], 2 × (index varint, hashes)
 *   9 fold          leaf claim, opaque map claim
 *
 *   bridge = other[32], hashes       hashes = list<64> of [32]
 *
 * Decoding looks at the framing and at claims; what stands in an opaque of words and statements is for the verifier.
 */
import { MAX_CHALLENGE_BYTES, MAX_MANIFEST_BYTES, MAX_STATEMENT_BYTES, MAX_WORD_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter, equalBytes, utf8 } from "@chapar/wire/bytes";
import { decodeMapClaim, encodeMapClaim, readLeafClaim, writeLeafClaim } from "../claims/codec.ts";
import { isGeneration } from "../claims/generation.ts";
import { type EvidenceDecoded, EvidenceError, refuseAt } from "../errors.ts";
import type { Bundle, MapClaim, Place, SignedCheckpoint } from "../types.ts";
import { readLog } from "../words/manifest.ts";
import { hash, HASH_BYTES, readKey } from "../words/outer.ts";
import { readBridge, readHashes, writeBridge, writeHashes } from "./bridge-codec.ts";
import { readFault, writeFault } from "./fault-codec.ts";

/** Most bytes of a bundle (E-32). */
export const BUNDLE_MAX_BYTES = 4096;

const MAGIC = utf8("chapar proof v1\n");
const SIGNATURE_BYTES = 64;

/** Shapes in the order of their numbers, from 1; never reordered. */
const SHAPES: readonly Bundle["shape"][] = [
  "statements",
  "log",
  "heads",
  "checkpoints",
  "identity",
  "manifest",
  "unanswered",
  "duplicate",
  "fold",
];

function writeClaim(writer: ByteWriter, claim: MapClaim): void {
  writer.opaque(encodeMapClaim(claim));
}

function readClaim(reader: ByteReader): MapClaim {
  const at = reader.offset;
  const decoded = decodeMapClaim(reader.opaque(BUNDLE_MAX_BYTES));
  if (decoded.ok) return decoded.value;
  // Which field of the claim it was is not told: the whole bundle is refused.
  reader.fail("wire/range", at);
  return { epoch: { leaf: new Uint8Array(0), proof: new Uint8Array(0) }, mapProof: new Uint8Array(0) };
}

function writeCheckpoint(writer: ByteWriter, one: SignedCheckpoint): void {
  writer.varint(one.size).bytes(hash(one.root)).bytes(one.signature);
}

function readCheckpoint(reader: ByteReader): SignedCheckpoint {
  return { size: reader.varint(), root: reader.bytes(HASH_BYTES), signature: reader.bytes(SIGNATURE_BYTES) };
}

function writePlace(writer: ByteWriter, place: Place): void {
  writeHashes(writer.varint(place.index), place.proof);
}

function readPlace(reader: ByteReader): Place {
  return { index: reader.varint(), proof: readHashes(reader) };
}

function writeBody(writer: ByteWriter, bundle: Bundle): void {
  switch (bundle.shape) {
    case "statements":
      return void writer.opaque(bundle.contradiction);
    case "log":
      writeClaim(writer.opaque(bundle.statement), bundle.claim);
      return writeBridge(writer, bundle.bridge);
    case "heads":
      writeClaim(writer.bytes(hash(bundle.log)), bundle.earlier);
      return writeClaim(writer, bundle.later);
    case "checkpoints":
      writeCheckpoint(writer.varint(bundle.generation), bundle.a);
      writeCheckpoint(writer, bundle.b);
      return writeBridge(writer, bundle.bridge);
    case "identity":
      writer.opaque(bundle.word).flag(!(bundle.other instanceof Uint8Array));
      return bundle.other instanceof Uint8Array ? void writer.opaque(bundle.other) : writeClaim(writer, bundle.other);
    case "manifest":
      return writeFault(writer.opaque(bundle.manifest).varint(bundle.item), bundle.fault);
    case "unanswered":
      return writeLeafClaim(writer.opaque(bundle.challenge).bytes(hash(bundle.witness)), bundle.leaf);
    case "duplicate":
      writer.opaque(bundle.statement).bytes(hash(bundle.leafHash));
      for (const place of bundle.places) writePlace(writer, place);
      return;
    case "fold":
      writeLeafClaim(writer, bundle.leaf);
      return writeClaim(writer, bundle.claim);
    default:
      return bundle satisfies never;
  }
}

/**
 * Bytes of a bundle; what it says is not checked.
 *
 * @throws EvidenceError `evidence/too-large` above 4096 bytes · `evidence/bad-argument`; RangeError for numbers that do not fit
 */
export function encodeBundle(bundle: Bundle): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(BUNDLE_MAX_BYTES).bytes(MAGIC).u8(SHAPES.indexOf(bundle.shape) + 1);
  writeBody(writer.bytes(hash(bundle.station)), bundle);
  if (writer.length > BUNDLE_MAX_BYTES) throw new EvidenceError("evidence/too-large", `${writer.length} bytes`);
  return writer.finish();
}

type Body = Bundle extends infer One ? (One extends Bundle ? Omit<One, "station"> : never) : never;

function readCheckpoints(reader: ByteReader): Body {
  const at = reader.offset;
  const generation = reader.varint();
  if (!isGeneration(generation)) reader.fail("wire/range", at);
  const a = readCheckpoint(reader);
  return { shape: "checkpoints", generation, a, b: readCheckpoint(reader), bridge: readBridge(reader) };
}

function readBody(reader: ByteReader, shape: Bundle["shape"]): Body {
  switch (shape) {
    case "statements":
      return { shape, contradiction: reader.opaque(BUNDLE_MAX_BYTES) };
    case "log": {
      const statement = reader.opaque(MAX_STATEMENT_BYTES);
      return { shape, statement, claim: readClaim(reader), bridge: readBridge(reader) };
    }
    case "heads": {
      const log = readLog(reader);
      return { shape, log, earlier: readClaim(reader), later: readClaim(reader) };
    }
    case "checkpoints":
      return readCheckpoints(reader);
    case "identity": {
      const word = reader.opaque(MAX_WORD_BYTES);
      return { shape, word, other: reader.flag() ? readClaim(reader) : reader.opaque(MAX_WORD_BYTES) };
    }
    case "manifest": {
      const manifest = reader.opaque(MAX_MANIFEST_BYTES);
      return { shape, manifest, item: reader.varint(), fault: readFault(reader) };
    }
    case "unanswered": {
      const challenge = reader.opaque(MAX_CHALLENGE_BYTES);
      return { shape, challenge, witness: readKey(reader.bytes(HASH_BYTES)), leaf: readLeafClaim(reader) };
    }
    case "duplicate": {
      const statement = reader.opaque(MAX_STATEMENT_BYTES);
      const leafHash = reader.bytes(HASH_BYTES);
      return { shape, statement, leafHash, places: [readPlace(reader), readPlace(reader)] };
    }
    case "fold": {
      const leaf = readLeafClaim(reader);
      return { shape, leaf, claim: readClaim(reader) };
    }
    default:
      return shape satisfies never;
  }
}

/**
 * Decodes a bundle; nothing that it says is checked.
 *
 * @param bytes  untrusted; the value keeps views of it
 * @returns `evidence/too-large` · `evidence/malformed` not a `.proof` file · `evidence/unknown-shape`; a `wire/` code for other bytes
 * @see E-30, E-32
 */
export function decodeBundle(bytes: Uint8Array): EvidenceDecoded<Bundle> {
  if (bytes.byteLength > BUNDLE_MAX_BYTES) return refuseAt("evidence/too-large", BUNDLE_MAX_BYTES);
  const reader = new ByteReader(bytes);
  const magic = reader.bytes(MAGIC.byteLength);
  const number = reader.u8();
  const station = readKey(reader.bytes(HASH_BYTES));
  if (reader.failed || !equalBytes(magic, MAGIC)) return refuseAt("evidence/malformed", 0);
  const shape = SHAPES[number - 1];
  if (shape === undefined) return refuseAt("evidence/unknown-shape", MAGIC.byteLength);
  return reader.finish({ ...readBody(reader, shape), station });
}
