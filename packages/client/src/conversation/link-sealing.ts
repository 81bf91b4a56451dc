/*
 * Knocks between somebody with a link and its maker, sealed under the link's seed, of one size each kind: a station learns neither the link nor
 * where it leads, nor that one knock answers another.
 *
 *   knock  = frame u8, nonce[12], AES-256-GCM(HKDF-SHA256(seed, "", label), nonce, label, what is said, zeros)
 *   answer = a knock that says: where to[20], why u8
 */
import { ByteReader, ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";

const NONCE_BYTES = 12;
const ID_BYTES = 20;
const KEY_BYTES = 32;

/** A kind of knock. */
export interface LinkKnock {
  /** of knock-frames.ts */
  readonly frame: number;
  readonly label: string;
  /** size of what is sealed, zeros included */
  readonly bytes: number;
}

/** Why somebody with a link is not let in. In the order of their numbers on the wire: append, never reorder. */
export const TURNED_AWAY = ["revoked", "expired", "used-up", "refused"] as const;
export type TurnedAway = (typeof TURNED_AWAY)[number];

/** Where somebody is not let in, and why. */
export interface Answer {
  readonly into: Uint8Array;
  readonly why: TurnedAway;
}

/** Seals what is said. What is longer than the kind's size stays as long as it is. */
export async function sealUnderLink(
  { crypto, random }: Pick<Core, "crypto" | "random">,
  seed: Uint8Array,
  { frame, label, bytes }: LinkKnock,
  said: Uint8Array,
): Promise<Uint8Array> {
  const padded = new Uint8Array(Math.max(bytes, said.byteLength));
  padded.set(said);
  const nonce = random(NONCE_BYTES);
  const sealed = await crypto.aeadSeal(keyOf({ crypto }, seed, label), nonce, utf8(label), padded);
  return concatBytes(Uint8Array.of(frame), nonce, sealed);
}

/** Opens a knock of the kind; undefined for anything else. Zeros follow what was said. */
export async function openUnderLink(
  core: Pick<Core, "crypto">,
  seed: Uint8Array,
  kind: LinkKnock,
  frame: Uint8Array,
): Promise<ByteReader | undefined> {
  const nonce = frame.subarray(1, 1 + NONCE_BYTES);
  if (frame[0] !== kind.frame || nonce.byteLength < NONCE_BYTES) return undefined;
  const key = keyOf(core, seed, kind.label);
  const said = await core.crypto.aeadOpen(key, nonce, utf8(kind.label), frame.subarray(1 + NONCE_BYTES));
  return said && new ByteReader(said);
}

function keyOf({ crypto }: Pick<Core, "crypto">, seed: Uint8Array, label: string): Uint8Array {
  const secret = crypto.hkdfExtract("sha256", new Uint8Array(0), seed);
  return crypto.hkdfExpand("sha256", secret, utf8(label), KEY_BYTES);
}

/** Seals an answer. */
export async function sealAnswer(
  core: Pick<Core, "crypto" | "random">,
  seed: Uint8Array,
  kind: LinkKnock,
  { into, why }: Answer,
): Promise<Uint8Array> {
  return sealUnderLink(core, seed, kind, new ByteWriter().bytes(into).u8(TURNED_AWAY.indexOf(why)).finish());
}

/** Opens an answer; undefined for anything else. */
export async function openAnswer(
  core: Pick<Core, "crypto">,
  seed: Uint8Array,
  kind: LinkKnock,
  frame: Uint8Array,
): Promise<Answer | undefined> {
  const reader = await openUnderLink(core, seed, kind, frame);
  if (reader === undefined) return undefined;
  const into = reader.bytes(ID_BYTES).slice();
  const why = TURNED_AWAY[reader.u8()];
  reader.rest();
  return why !== undefined && reader.finish(why).ok ? { into, why } : undefined;
}
