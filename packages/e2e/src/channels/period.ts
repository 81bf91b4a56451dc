/*
 * A period of a channel's board: what follows from its key, and the frame of the commit that ends it and begins the next one
 * (protocol/20-channels.md §3). The frame is sealed under the period that it ends and signed by a device of whoever leads the channel, together with
 * the keys that its entry names.
 */
import { ByteReader, ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import { derive, type Kdf, type NodeSeal, SEAL_BYTES } from "./tree.ts";

const VERSION = 2;
/** Says nothing of the board as its leader had it. */
const WITHOUT_FRONTIER = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const ID_BYTES = 20;
const SIGNATURE_BYTES = 64;
const MAX_WRITERS = 64;
const MAX_SEALS = 10_000;
const MAX_TEXT_BYTES = 2048;
const MAX_PEOPLE_BYTES = 262_144;
const MAX_NOTE_BYTES = 65_536;
const MAX_BODY_BYTES = 520_000;
const STEP_BYTES = 1024;

/** What everybody in a period holds. */
export interface PeriodSecrets {
  /** seals where a letter stands in its writer's chain */
  readonly headKey: Uint8Array;
  /** seals the commit that ends the period */
  readonly commitKey: Uint8Array;
  /** by which stations give the board to readers */
  readonly readSeed: Uint8Array;
}

/** What follows from a period's key. */
export function periodSecrets(crypto: Kdf, periodKey: Uint8Array): PeriodSecrets {
  return {
    headKey: derive(crypto, periodKey, "head"),
    commitKey: derive(crypto, periodKey, "commit"),
    readSeed: derive(crypto, periodKey, "read"),
  };
}

/** The first key of a device's letters in a period. */
export function firstChainKey(crypto: Kdf, periodKey: Uint8Array, device: Uint8Array): Uint8Array {
  return crypto.hkdfExpand("sha256", periodKey, concatBytes(utf8("chapar channel chain"), device), KEY_BYTES);
}

/** A writer's place: the key by which the board is written, sealed under their leaf. */
export interface WriterSeat {
  readonly leaf: number;
  readonly sealed: Uint8Array;
}

/** What the leader says of a period. */
export interface PeriodBody {
  readonly period: number;
  readonly name: string;
  readonly about: string;
  /** how many readers there are; 0 of an open channel */
  readonly readers: number;
  /** people whose devices may write */
  readonly writers: readonly Uint8Array[];
  /** op chains of writers that are new or have changed */
  readonly people: Uint8Array;
  readonly seats: readonly WriterSeat[];
  readonly seals: readonly NodeSeal[];
  /** for the leader's own devices: which leaves went */
  readonly note: Uint8Array;
  /** the board as the leader's device had verified it: entries, and the root over them (32 bytes); size 0 when it is not said */
  readonly frontier: { readonly size: number; readonly root: Uint8Array };
}

/** What a commit entry says in clear, and where it stands. */
export interface PeriodEntry {
  readonly log: Uint8Array;
  /** the period that ends */
  readonly ends: number;
  readonly nextWriteKey: Uint8Array;
  readonly nextReadKey: Uint8Array;
  readonly revokesReaders: boolean;
}

function encodeBody(body: PeriodBody): Uint8Array {
  return new ByteWriter(4096)
    .u8(VERSION)
    .index(body.period)
    .text(body.name)
    .text(body.about)
    .varint(body.readers)
    .list(body.writers, (to, identity) => to.bytes(identity))
    .opaque(body.people)
    .list(body.seats, (to, { leaf, sealed }) => to.varint(leaf).bytes(sealed))
    .list(body.seals, (to, { child, sealed }) => to.varint(child).bytes(sealed))
    .opaque(body.note)
    .index(body.frontier.size)
    .bytes(body.frontier.root)
    .finish();
}

function decodeBody(bytes: Uint8Array): PeriodBody | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION && version !== WITHOUT_FRONTIER) reader.fail("wire/range", 0);
  const body = {
    period: reader.index(),
    name: reader.text(MAX_TEXT_BYTES),
    about: reader.text(MAX_TEXT_BYTES),
    readers: reader.varint(),
    writers: reader.list(MAX_WRITERS, (from) => from.bytes(ID_BYTES).slice()),
    people: reader.opaque(MAX_PEOPLE_BYTES).slice(),
    seats: reader.list(MAX_WRITERS, (from) => ({ leaf: from.varint(), sealed: from.bytes(SEAL_BYTES).slice() })),
    seals: reader.list(MAX_SEALS, (from) => ({ child: from.varint(), sealed: from.bytes(SEAL_BYTES).slice() })),
    note: reader.opaque(MAX_NOTE_BYTES).slice(),
    frontier:
      version === VERSION
        ? { size: reader.index(), root: reader.bytes(KEY_BYTES).slice() }
        : { size: 0, root: new Uint8Array(KEY_BYTES) },
  };
  const decoded = reader.finish(body);
  return decoded.ok ? decoded.value : undefined;
}

function signedBytes(crypto: Pick<CryptoPort, "sha256">, entry: PeriodEntry, body: Uint8Array): Uint8Array {
  return new ByteWriter(256)
    .text("chapar channel period v1")
    .bytes(entry.log)
    .index(entry.ends)
    .bytes(entry.nextWriteKey)
    .bytes(entry.nextReadKey)
    .flag(entry.revokesReaders)
    .bytes(crypto.sha256(body))
    .finish();
}

function aadOf({ log, ends }: PeriodEntry): Uint8Array {
  return new ByteWriter(128).text("chapar channel period").bytes(log).index(ends).finish();
}

/** A device that signs. */
export interface LetterSigner {
  /** public key, 32 bytes */
  readonly device: Uint8Array;
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}

/**
 * The frame of the commit that begins a period.
 *
 * @param commitKey  of the period that ends
 * @throws E2eError `e2e/too-large`
 */
export async function sealPeriod(
  crypto: CryptoPort,
  commitKey: Uint8Array,
  entry: PeriodEntry,
  body: PeriodBody,
  signer: LetterSigner,
): Promise<Uint8Array> {
  const bytes = encodeBody(body);
  if (bytes.byteLength > MAX_BODY_BYTES) throw e2eError("e2e/too-large");
  const signature = await signer.sign(signedBytes(crypto, entry, bytes));
  const plain = new ByteWriter(bytes.byteLength + 128).bytes(signer.device).bytes(signature).opaque(bytes).finish();
  const overhead = NONCE_BYTES + TAG_BYTES;
  const size = Math.ceil((plain.byteLength + overhead) / STEP_BYTES) * STEP_BYTES - overhead;
  const padded = new Uint8Array(size);
  padded.set(plain);
  const nonce = crypto.random(NONCE_BYTES);
  return concatBytes(nonce, await crypto.aeadSeal(commitKey, nonce, aadOf(entry), padded));
}

/**
 * Opens the commit that begins a period.
 *
 * @param leads  whether a device is a live one of whoever leads the channel
 * @throws E2eError `e2e/bad-tag` it was not sealed by somebody in the period · `e2e/bad-credential` it is not signed by whoever leads the
 *   channel · `e2e/bad-commit` it is not of the form, or not the period that comes next
 */
export async function openPeriod(
  crypto: CryptoPort,
  commitKey: Uint8Array,
  entry: PeriodEntry,
  frame: Uint8Array,
  leads: (device: Uint8Array) => Promise<boolean>,
): Promise<PeriodBody> {
  if (frame.byteLength <= NONCE_BYTES) throw e2eError("e2e/bad-tag");
  const [nonce, sealed] = [frame.subarray(0, NONCE_BYTES), frame.subarray(NONCE_BYTES)];
  const plain = await crypto.aeadOpen(commitKey, nonce, aadOf(entry), sealed);
  if (plain === undefined) throw e2eError("e2e/bad-tag");
  const reader = new ByteReader(plain);
  const device = reader.bytes(KEY_BYTES).slice();
  const signature = reader.bytes(SIGNATURE_BYTES).slice();
  const bytes = reader.opaque(MAX_BODY_BYTES).slice();
  const rest = reader.rest();
  if (!reader.finish(undefined).ok || rest.some((byte) => byte !== 0)) throw e2eError("e2e/bad-commit");
  const isSigned = await crypto.ed25519.verify(device, signedBytes(crypto, entry, bytes), signature);
  if (!isSigned || !(await leads(device))) throw e2eError("e2e/bad-credential");
  const body = decodeBody(bytes);
  if (body?.period !== entry.ends + 1) throw e2eError("e2e/bad-commit");
  return body;
}
