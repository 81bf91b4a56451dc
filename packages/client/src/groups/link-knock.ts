/*
 * What somebody with a link and its maker leave in each other's inboxes (F-76), sealed under the link's seed, of one size each: a station learns
 * neither the link nor the group, nor that one knock answers another.
 *
 *   ask    = 5 u8, nonce[12], AES-256-GCM(HKDF-SHA256(seed, "", "chapar group ask"), nonce, label, conversation[20], identity[20], station StationRef, name text<256>, zeros)
 *   answer = 6 u8, nonce[12], AES-256-GCM(HKDF-SHA256(seed, "", "chapar group answer"), nonce, label, conversation[20], why u8, zeros)
 */
import {
  type IdentityId,
  identityId,
  readStationRef,
  stationKey,
  type StationRef,
  writeStationRef,
} from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import type { Core } from "../core.ts";
import { GROUP_ANSWER_FRAME, GROUP_ASK_FRAME } from "../sync/knock-frames.ts";

type Sealing = Pick<Core, "crypto" | "random">;

const NONCE_BYTES = 12;
const ID_BYTES = 20;
const KEY_BYTES = 32;
const MAX_NAME_BYTES = 256;
const SIZES: Readonly<Record<number, { readonly label: string; readonly bytes: number }>> = {
  [GROUP_ASK_FRAME]: { label: "chapar group ask", bytes: 2048 },
  [GROUP_ANSWER_FRAME]: { label: "chapar group answer", bytes: 64 },
};

/** Why somebody with a link is not let in. In the order of their numbers on the wire: append, never reorder. */
export const TURNED_AWAY = ["revoked", "expired", "used-up", "refused"] as const;
export type TurnedAway = (typeof TURNED_AWAY)[number];

/** Somebody who wants to come in. */
export interface LinkAsk {
  readonly conversation: Uint8Array;
  readonly identity: IdentityId;
  /** where they rest */
  readonly station: StationRef;
  readonly name: string;
}

async function seal(
  { crypto, random }: Sealing,
  seed: Uint8Array,
  frame: number,
  plain: Uint8Array,
): Promise<Uint8Array> {
  const { label, bytes } = SIZES[frame] ?? { label: "", bytes: 0 };
  const padded = new Uint8Array(bytes);
  padded.set(plain);
  const nonce = random(NONCE_BYTES);
  const sealed = await crypto.aeadSeal(keyOf({ crypto }, seed, label), nonce, utf8(label), padded);
  return concatBytes(Uint8Array.of(frame), nonce, sealed);
}

async function open(core: Pick<Core, "crypto">, seed: Uint8Array, frame: Uint8Array): Promise<ByteReader | undefined> {
  const size = SIZES[frame[0] ?? 0];
  if (size === undefined) return undefined;
  const nonce = frame.subarray(1, 1 + NONCE_BYTES);
  if (nonce.byteLength < NONCE_BYTES) return undefined;
  const key = keyOf(core, seed, size.label);
  const plain = await core.crypto.aeadOpen(key, nonce, utf8(size.label), frame.subarray(1 + NONCE_BYTES));
  return plain === undefined ? undefined : new ByteReader(plain);
}

function keyOf({ crypto }: Pick<Core, "crypto">, seed: Uint8Array, label: string): Uint8Array {
  const secret = crypto.hkdfExtract("sha256", new Uint8Array(0), seed);
  return crypto.hkdfExpand("sha256", secret, utf8(label), KEY_BYTES);
}

export async function sealAsk(core: Sealing, seed: Uint8Array, ask: LinkAsk): Promise<Uint8Array> {
  const writer = new ByteWriter(256).bytes(ask.conversation).bytes(ask.identity);
  writeStationRef(writer, ask.station);
  return seal(core, seed, GROUP_ASK_FRAME, writer.text(ask.name).finish());
}

/** Opens one that was sealed under this link; undefined for anything else. */
export async function openAsk(
  core: Pick<Core, "crypto">,
  seed: Uint8Array,
  frame: Uint8Array,
): Promise<LinkAsk | undefined> {
  const reader = frame[0] === GROUP_ASK_FRAME ? await open(core, seed, frame) : undefined;
  if (reader === undefined) return undefined;
  const conversation = reader.bytes(ID_BYTES).slice();
  const identity = reader.bytes(ID_BYTES).slice();
  const { key, urls } = readStationRef(reader);
  const name = reader.text(MAX_NAME_BYTES);
  reader.rest();
  const decoded = reader.finish({ conversation, name });
  if (!decoded.ok) return undefined;
  const station = { key: stationKey(key.slice()), urls };
  return { conversation, identity: identityId(identity), station, name: cleanName(name) ?? "" };
}

export async function sealAnswer(
  core: Sealing,
  seed: Uint8Array,
  answer: { readonly conversation: Uint8Array; readonly why: TurnedAway },
): Promise<Uint8Array> {
  const plain = new ByteWriter().bytes(answer.conversation).u8(TURNED_AWAY.indexOf(answer.why)).finish();
  return seal(core, seed, GROUP_ANSWER_FRAME, plain);
}

/** Opens one that was sealed under this link. */
export async function openAnswer(
  core: Pick<Core, "crypto">,
  seed: Uint8Array,
  frame: Uint8Array,
): Promise<{ readonly conversation: Uint8Array; readonly why: TurnedAway } | undefined> {
  const reader = frame[0] === GROUP_ANSWER_FRAME ? await open(core, seed, frame) : undefined;
  if (reader === undefined) return undefined;
  const conversation = reader.bytes(ID_BYTES).slice();
  const why = TURNED_AWAY[reader.u8()];
  reader.rest();
  return why !== undefined && reader.finish(why).ok ? { conversation, why } : undefined;
}
