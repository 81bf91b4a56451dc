/*
 * One op of an identity's chain: values, bytes, and what is signed. Layout: protocol/3-identity.md §2.
 *
 *   op  = tbs, signature[64]
 *   tbs = version u8 (1), kind u8, seq u32, prev[32], timeMs u64, rank u8, body
 *
 * The signature covers a label and `tbs`; the hash that links ops covers a label and the whole op, so an op is fixed
 * together with its signature. Decoding says only that bytes have the form of an op; chain.ts says whether it may stand.
 */
import { ByteReader, ByteWriter, concatBytes, type Decoded, type Sha256, utf8 } from "../bytes/index.ts";
import { type DeviceId, deviceId, ID_SIZE_BYTES, type IdentityId, identityId } from "../ids.ts";
import type { IdentityCode } from "./codes.ts";
import { MAX_OP_BYTES } from "../limits.ts";
import { MAX_ANCHORS, MAX_ROTATION_KEYS } from "./limits.ts";
import { type Home, readHome, writeHome } from "./station-ref.ts";

const OP_VERSION = 1;
const KEY_BYTES = 32;
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
const OP_HASH_LABEL = utf8("chapar op v1");
const OP_SIGN_LABEL = "chapar op v1";
const DEVICE_PROOF_LABEL = "chapar device v1";

/** A device as an op lists it. No name: what a device is called is between its owner's devices. */
export interface DeviceEntry {
  readonly device: DeviceId;
  /** 32 bytes, Ed25519 public key: whoever holds its private half may read this device's inbox */
  readonly inboxReadKey: Uint8Array;
  /** 64 bytes: the device agrees to be of this identity, see `deviceProofBytes` */
  readonly proof: Uint8Array;
}

/** What an op does. */
export type OpBody =
  | {
      readonly kind: "genesis";
      /** 1..5 Ed25519 public keys in order of rank; rank 0 is the recovery words */
      readonly rotationKeys: readonly Uint8Array[];
      readonly device: DeviceEntry;
      readonly home: Home;
    }
  | { readonly kind: "device-add"; readonly device: DeviceEntry }
  | { readonly kind: "device-revoke"; readonly device: DeviceId }
  | { readonly kind: "set-home"; readonly home: Home }
  | { readonly kind: "rotate"; readonly rotationKeys: readonly Uint8Array[] }
  | { readonly kind: "set-anchors"; readonly anchors: readonly Home[] }
  | { readonly kind: "tombstone" }
  | {
      readonly kind: "override";
      /** sequence of the first op that counts no more */
      readonly from: number;
      /** 1..5 keys in force from here on, in order of rank */
      readonly rotationKeys: readonly Uint8Array[];
    };

/** An op before it is signed. */
export interface UnsignedOp<Body extends OpBody = OpBody> {
  /** 0 for the genesis, then one more each */
  readonly seq: number;
  /** 32 bytes: hash of the op before; zeros for the genesis */
  readonly prev: Uint8Array;
  /** the signer's clock; nothing is decided by it */
  readonly timeMs: number;
  /** index of the signing key in the rotation keys that hold before this op (for the genesis: its own) */
  readonly rank: number;
  readonly body: Body;
}

/** An op as it stands in a chain. */
export interface Op<Body extends OpBody = OpBody> extends UnsignedOp<Body> {
  /** 64 bytes, Ed25519 */
  readonly signature: Uint8Array;
}

/** A kind's number on the wire is its place here. */
const KINDS: readonly OpBody["kind"][] = [
  "genesis",
  "device-add",
  "device-revoke",
  "set-home",
  "rotate",
  "set-anchors",
  "tombstone",
  "override",
];

function exact(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.byteLength !== sizeBytes) throw new RangeError(`a field of ${sizeBytes} bytes has ${bytes.byteLength}`);
  return bytes;
}

function writeKeys(writer: ByteWriter, keys: readonly Uint8Array[]): void {
  if (keys.length < 1 || keys.length > MAX_ROTATION_KEYS) throw new RangeError("1 to 5 rotation keys");
  writer.list(keys, (out, key) => out.bytes(exact(key, KEY_BYTES)));
}

function readKeys(reader: ByteReader): Uint8Array[] {
  const start = reader.offset;
  const keys = reader.list(MAX_ROTATION_KEYS, (item) => item.bytes(KEY_BYTES));
  if (keys.length === 0) reader.fail("wire/range", start);
  return keys;
}

function writeDevice(writer: ByteWriter, entry: DeviceEntry): void {
  writer
    .bytes(exact(entry.device, KEY_BYTES))
    .bytes(exact(entry.inboxReadKey, KEY_BYTES))
    .bytes(exact(entry.proof, SIGNATURE_BYTES));
}

function readDeviceId(reader: ByteReader): DeviceId {
  const bytes = reader.bytes(ID_SIZE_BYTES.device);
  return deviceId(reader.failed ? new Uint8Array(ID_SIZE_BYTES.device) : bytes);
}

function readDevice(reader: ByteReader): DeviceEntry {
  return {
    device: readDeviceId(reader),
    inboxReadKey: reader.bytes(KEY_BYTES),
    proof: reader.bytes(SIGNATURE_BYTES),
  };
}

function writeBody(writer: ByteWriter, body: OpBody): void {
  switch (body.kind) {
    case "genesis":
      writeKeys(writer, body.rotationKeys);
      writeDevice(writer, body.device);
      return writeHome(writer, body.home);
    case "device-add":
      return writeDevice(writer, body.device);
    case "device-revoke":
      writer.bytes(exact(body.device, KEY_BYTES));
      return;
    case "set-home":
      return writeHome(writer, body.home);
    case "rotate":
      return writeKeys(writer, body.rotationKeys);
    case "set-anchors":
      if (body.anchors.length > MAX_ANCHORS) throw new RangeError("at most four anchors");
      writer.list(body.anchors, writeHome);
      return;
    case "tombstone":
      return;
    case "override":
      writer.u32(body.from);
      return writeKeys(writer, body.rotationKeys);
  }
}

function readBody(reader: ByteReader, kind: OpBody["kind"]): OpBody {
  switch (kind) {
    case "genesis":
      return { kind, rotationKeys: readKeys(reader), device: readDevice(reader), home: readHome(reader) };
    case "device-add":
      return { kind, device: readDevice(reader) };
    case "device-revoke":
      return { kind, device: readDeviceId(reader) };
    case "set-home":
      return { kind, home: readHome(reader) };
    case "rotate":
      return { kind, rotationKeys: readKeys(reader) };
    case "set-anchors":
      return { kind, anchors: reader.list(MAX_ANCHORS, readHome) };
    case "tombstone":
      return { kind };
    case "override":
      return { kind, from: reader.u32(), rotationKeys: readKeys(reader) };
    default:
      return kind satisfies never;
  }
}

function writeUnsigned(writer: ByteWriter, op: UnsignedOp): ByteWriter {
  writer.u8(OP_VERSION).u8(KINDS.indexOf(op.body.kind)).u32(op.seq);
  writer.bytes(exact(op.prev, HASH_BYTES)).index(op.timeMs).u8(op.rank);
  writeBody(writer, op.body);
  return writer;
}

/**
 * What the key of the op's rank signs: `text "chapar op v1", tbs`.
 *
 * @throws RangeError on a value that does not fit its field
 * @see protocol/3-identity.md I-3
 */
export function opSigningBytes(op: UnsignedOp): Uint8Array {
  return writeUnsigned(new ByteWriter().text(OP_SIGN_LABEL), op).finish();
}

/** The bytes of an op. @throws RangeError on a value that does not fit its field, or above `MAX_OP_BYTES` */
export function encodeOp(op: Op): Uint8Array {
  const bytes = writeUnsigned(new ByteWriter(), op).bytes(exact(op.signature, SIGNATURE_BYTES)).finish();
  if (bytes.byteLength > MAX_OP_BYTES) throw new RangeError("too long an op");
  return bytes;
}

/**
 * Reads one op from untrusted bytes; says nothing about its signature or its place in a chain.
 *
 * @returns fields that are views of `bytes`; codes `identity/too-large` · `identity/unknown-version` ·
 * `identity/unknown-kind` · `identity/bad-op`
 */
export function decodeOp(bytes: Uint8Array): Decoded<Op, IdentityCode> {
  if (bytes.byteLength > MAX_OP_BYTES) return { ok: false, code: "identity/too-large", offset: MAX_OP_BYTES };
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (reader.failed) return { ok: false, code: "identity/bad-op", offset: 0 };
  if (version !== OP_VERSION) return { ok: false, code: "identity/unknown-version", offset: 0 };
  const kind = KINDS[reader.u8()];
  if (reader.failed) return { ok: false, code: "identity/bad-op", offset: 1 };
  if (kind === undefined) return { ok: false, code: "identity/unknown-kind", offset: 1 };
  const seq = reader.u32();
  const prev = reader.bytes(HASH_BYTES);
  const timeMs = reader.index();
  const rank = reader.u8();
  const body = readBody(reader, kind);
  const done = reader.finish({ seq, prev, timeMs, rank, body, signature: reader.bytes(SIGNATURE_BYTES) });
  return done.ok ? done : { ok: false, code: "identity/bad-op", offset: done.offset };
}

/** The bytes of an op that its signature covers, from the bytes of the whole op as `decodeOp` accepted them. */
export function signedPart(bytes: Uint8Array): Uint8Array {
  return new ByteWriter(bytes.byteLength).text(OP_SIGN_LABEL).bytes(bytes.subarray(0, -SIGNATURE_BYTES)).finish();
}

/** The hash by which the next op names this one: SHA-256 of "chapar op v1" and the op's bytes. */
export function opHash(bytes: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(OP_HASH_LABEL, bytes));
}

/** The identity that a genesis op begins: the first 160 bits of its hash. */
export function identityOf(genesis: Uint8Array, sha256: Sha256): IdentityId {
  return identityId(opHash(genesis, sha256).slice(0, ID_SIZE_BYTES.identity));
}

/**
 * What a device signs to be listed: `text "chapar device v1", subject[20], device[32], inboxReadKey[32]`.
 *
 * @param subject the identity; in a genesis, which has no id yet, `genesisSubject` of its rotation keys
 */
export function deviceProofBytes(subject: Uint8Array, device: DeviceId, inboxReadKey: Uint8Array): Uint8Array {
  return new ByteWriter()
    .text(DEVICE_PROOF_LABEL)
    .bytes(exact(subject, ID_SIZE_BYTES.identity))
    .bytes(device)
    .bytes(inboxReadKey)
    .finish();
}

/** Stands for the identity in the first device's proof: the first 160 bits of SHA-256 of the encoded key list. */
export function genesisSubject(rotationKeys: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  const writer = new ByteWriter();
  writeKeys(writer, rotationKeys);
  return sha256(writer.finish()).slice(0, ID_SIZE_BYTES.identity);
}
