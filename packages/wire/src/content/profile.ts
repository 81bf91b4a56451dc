/*
 * The message by which a person tells a conversation their name: MIMI content whose one part has disposition `profile` and
 * media type `application/vnd.chapar.profile+cbor`: a deterministic CBOR map, key 1 the name as text, key 2 how the sender's own
 * op chain stands, key 3 their picture. Keys that are not known are passed over, so later versions may add more.
 *
 * The chain travels sealed, from the person's own device: a home that serves an older one, or hides a revocation, is found by
 * every contact who has read this, whatever its log says.
 */
import { CborReader } from "./cbor-reader.ts";
import { cborText, CborWriter } from "./cbor-writer.ts";
import type { ContentDecoded } from "./codes.ts";
import { Disposition, type NestedPart, type SinglePart } from "./mimi.ts";
import { MAX_OP_BYTES, MAX_OPS } from "../limits.ts";
import { MAX_TOLD_OPS_BYTES } from "./limits.ts";
import { cleanName } from "./name.ts";

/** The media type of a profile part. */
export const PROFILE_MEDIA_TYPE = "application/vnd.chapar.profile+cbor";
const NAME_KEY = 1;
const CHAIN_KEY = 2;
const PICTURE_KEY = 3;
const VALUE_LEVELS = 3;
const HASH_BYTES = 32;
const CHAIN_FIELDS = 3;

/** How the sender's op chain stands, as their own device says. */
export interface ToldChain {
  /** 1 to 256 */
  readonly opCount: number;
  /** hash of the last op, 32 bytes */
  readonly headHash: Uint8Array;
  /** the ops from the genesis on, encoded; none when they are more than 16 KiB together */
  readonly ops: readonly Uint8Array[];
}

/** What a person says of themself. */
export interface Profile {
  /** as `cleanName` leaves it */
  readonly name: string;
  readonly chain?: ToldChain;
  /** bytes that claim to be a picture, or none: there is no picture any more; absent: nothing is said of it */
  readonly picture?: Uint8Array;
}

/** The part that carries a profile. @throws RangeError on a name that `cleanName` would refuse or change, or a chain that is none */
export function profilePart(profile: Profile): SinglePart {
  if (cleanName(profile.name) !== profile.name) throw new RangeError("a name that is not clean");
  const pairs: [number, Uint8Array][] = [[NAME_KEY, cborText(profile.name)]];
  if (profile.chain !== undefined) pairs.push([CHAIN_KEY, encodeChain(profile.chain)]);
  const { picture } = profile;
  if (picture !== undefined) pairs.push([PICTURE_KEY, new CborWriter().bytes(picture).finish()]);
  const content = new CborWriter().map(pairs).finish();
  return { kind: "single", disposition: Disposition.profile, language: "", contentType: PROFILE_MEDIA_TYPE, content };
}

function encodeChain({ opCount, headHash, ops }: ToldChain): Uint8Array {
  if (opCount < 1 || opCount > MAX_OPS || headHash.byteLength !== HASH_BYTES) throw new RangeError("not a chain");
  const isTold = ops.reduce((sum, op) => sum + op.byteLength, 0) <= MAX_TOLD_OPS_BYTES;
  const told = isTold ? ops : [];
  const writer = new CborWriter().array(CHAIN_FIELDS).uint(opCount).bytes(headHash).array(told.length);
  for (const op of told) writer.bytes(op);
  return writer.finish();
}

/** An array of three: count, hash, and all ops or none. */
function readChain(reader: CborReader): ToldChain {
  const start = reader.offset;
  if (reader.array() !== CHAIN_FIELDS) reader.fail("content/bad-shape", start);
  const opCount = reader.number(MAX_OPS);
  const headHash = reader.bytesOf(HASH_BYTES);
  const count = reader.failed ? 0 : reader.array();
  if (opCount < 1 || (count !== 0 && count !== opCount)) reader.fail("content/bad-shape", start);
  const ops: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let i = 0; i < count && !reader.failed; i++) {
    const op = reader.bytes();
    sizeBytes += op.byteLength;
    if (op.byteLength > MAX_OP_BYTES || sizeBytes > MAX_TOLD_OPS_BYTES) reader.fail("content/too-large", start);
    ops.push(op);
  }
  return { opCount, headHash, ops };
}

/** A byte string; any other item says nothing. */
function readPicture(item: Uint8Array): Uint8Array | undefined {
  const reader = new CborReader(item);
  const read = reader.finish(reader.bytes());
  return read.ok ? read.value : undefined;
}

/** Whether a body is a profile; then `decodeProfile` reads its content. */
export function isProfile(body: NestedPart): body is SinglePart {
  return body.kind === "single" && body.contentType === PROFILE_MEDIA_TYPE;
}

/** Reads a profile part's content. The name comes out clean; one with nothing to show is `content/bad-name`. */
export function decodeProfile(content: Uint8Array): ContentDecoded<Profile> {
  const reader = new CborReader(content);
  let name: string | undefined;
  let nameAt = 0;
  let chain: ToldChain | undefined;
  let picture: Uint8Array | undefined;
  const count = reader.map();
  for (let i = 0, last = Number.NEGATIVE_INFINITY; i < count && !reader.failed; i++) {
    const start = reader.offset;
    const key = reader.key();
    // Keys are positive integers here, whose encodings sort as their values do.
    if (typeof key !== "number" || key <= 0) reader.fail("content/bad-shape", start);
    else if (key <= last) reader.fail("content/not-deterministic", start);
    else last = key;
    nameAt = key === NAME_KEY ? reader.offset : nameAt;
    if (key === NAME_KEY) name = reader.text();
    else if (key === CHAIN_KEY) chain = readChain(reader);
    else if (key === PICTURE_KEY) picture = readPicture(reader.raw(VALUE_LEVELS));
    else reader.raw(VALUE_LEVELS);
  }
  const read = reader.finish(name);
  if (!read.ok) return read;
  const clean = read.value === undefined ? undefined : cleanName(read.value);
  return clean === undefined
    ? { ok: false, code: "content/bad-name", offset: nameAt }
    : { ok: true, value: { name: clean, ...(chain && { chain }), ...(picture && { picture }) } };
}
