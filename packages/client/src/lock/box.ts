/*
 * The box: what opens a profile that is locked (protocol/19-device.md §1). A fixed number of slots of one size; a slot is sealed under a
 * key that is had from a PIN or a passkey, or is as random as one that nobody has the key of. So the box of one profile looks like
 * the box of several.
 *
 *   box  = version(1) ‖ salt(16) ‖ 9 slots
 *   slot = nonce(12) ‖ AES-256-GCM(content, AAD = "chapar lock v1" ‖ place)
 */
import type { CryptoPort } from "@chapar/e2e";
import { concatBytes, utf8 } from "@chapar/wire/bytes";

const VERSION = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const CONTENT_BYTES = 64;
const SLOT_BYTES: number = NONCE_BYTES + CONTENT_BYTES + TAG_BYTES;
/** Where the profiles of a locked device rest; all of them are there from the first day. */
export const PLACES = [0, 1, 2] as const;
export type Place = (typeof PLACES)[number];
/** What may open or end a profile: its PIN, a passkey, the word that wipes. */
const DOORS = ["pin", "passkey", "wipe"] as const;
export type Door = (typeof DOORS)[number];
const HEAD_BYTES: number = 1 + SALT_BYTES;
/** The size of every box. */
export const BOX_BYTES: number = HEAD_BYTES + PLACES.length * DOORS.length * SLOT_BYTES;
const NOWHERE = 255;
const KEY_AT = 5;
const LABEL = utf8("chapar lock v1");

/** What a slot says to who can open it. */
export interface SlotContent {
  /** `wipe`: nothing is opened, everything is destroyed */
  readonly kind: "profile" | "wipe";
  readonly place: Place;
  /** where this profile may put another one, and that one the next; a place that leads here is never among them */
  readonly spare: readonly Place[];
  /** which further things this profile has set */
  readonly has: { readonly decoy: boolean; readonly passkey: boolean; readonly wipe: boolean };
  /** made and never opened: what lies at its place is no profile yet */
  readonly fresh: boolean;
  /** the files it had before there was a lock still lie where they lay */
  readonly inherits: boolean;
  /** 32 bytes that the vault of the place's store is made from */
  readonly key: Uint8Array;
}

/** The content in its fixed size. */
export function encodeContent(content: SlotContent): Uint8Array<ArrayBuffer> {
  const { kind, place, spare, has, fresh, inherits, key } = content;
  const [other = NOWHERE, further = NOWHERE] = spare;
  const out = new Uint8Array(CONTENT_BYTES);
  const flags = [has.decoy, has.passkey, has.wipe, fresh, inherits].reduce(
    (sum, is, bit) => sum + (is ? 1 << bit : 0),
    0,
  );
  out.set([kind === "wipe" ? 2 : 1, place, other, further, flags]);
  out.set(key, KEY_AT);
  return out;
}

const placeOf = (value: number | undefined): Place | undefined => PLACES.find((place) => place === value);

/** Reads a content. Total: undefined for anything else. */
export function decodeContent(bytes: Uint8Array): SlotContent | undefined {
  const [kind, at, other, further, flags = 0] = bytes;
  const place = placeOf(at);
  if (bytes.byteLength !== CONTENT_BYTES || place === undefined || (kind !== 1 && kind !== 2)) return undefined;
  return {
    kind: kind === 2 ? "wipe" : "profile",
    place,
    spare: [placeOf(other), placeOf(further)].filter((each) => each !== undefined),
    has: { decoy: (flags & 1) !== 0, passkey: (flags & 2) !== 0, wipe: (flags & 4) !== 0 },
    fresh: (flags & 8) !== 0,
    inherits: (flags & 16) !== 0,
    key: bytes.slice(KEY_AT, KEY_AT + KEY_BYTES),
  };
}

/** A box that nothing opens: random from its salt to its end. */
export function newBox(crypto: CryptoPort): Uint8Array<ArrayBuffer> {
  return concatBytes(new Uint8Array([VERSION]), crypto.random(BOX_BYTES - 1));
}

/** Whether bytes are a box of this version. */
export function isBox(bytes: Uint8Array): boolean {
  return bytes.byteLength === BOX_BYTES && bytes[0] === VERSION;
}

/** The salt that PINs of this box are stretched with; the same for all, so that one stretch tries every slot. */
export function saltOf(box: Uint8Array): Uint8Array {
  return box.subarray(1, HEAD_BYTES);
}

const indexOf = (place: Place, door: Door): number => place * DOORS.length + DOORS.indexOf(door);
const aadOf = (index: number): Uint8Array => concatBytes(LABEL, new Uint8Array([index]));
const slotKey = (crypto: CryptoPort, secret: Uint8Array, index: number): Uint8Array =>
  crypto.hkdfExpand("sha256", crypto.hkdfExtract("sha256", LABEL, secret), aadOf(index), KEY_BYTES);

/**
 * Tries a secret at every slot, all of them each time.
 *
 * @param secret  a stretched PIN, or what a passkey answered
 * @returns what the slot says that it opens, or undefined
 */
export async function openBox(
  crypto: CryptoPort,
  box: Uint8Array,
  secret: Uint8Array,
): Promise<SlotContent | undefined> {
  let found: SlotContent | undefined;
  for (let index = 0; index < PLACES.length * DOORS.length; index += 1) {
    const at = HEAD_BYTES + index * SLOT_BYTES;
    const nonce = box.subarray(at, at + NONCE_BYTES);
    const sealed = box.subarray(at + NONCE_BYTES, at + SLOT_BYTES);
    const plain = await crypto.aeadOpen(slotKey(crypto, secret, index), nonce, aadOf(index), sealed);
    if (plain !== undefined) found ??= decodeContent(plain);
  }
  return found;
}

/**
 * A box with one slot changed: sealed under a secret, or, without one, random again.
 */
export async function withSlot(
  crypto: CryptoPort,
  box: Uint8Array,
  at: { readonly place: Place; readonly door: Door },
  put: { readonly secret: Uint8Array; readonly content: SlotContent } | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const index = indexOf(at.place, at.door);
  const slot = crypto.random(SLOT_BYTES).slice();
  if (put !== undefined) {
    const nonce = slot.slice(0, NONCE_BYTES);
    const key = slotKey(crypto, put.secret, index);
    slot.set(await crypto.aeadSeal(key, nonce, aadOf(index), encodeContent(put.content)), NONCE_BYTES);
  }
  const changed = new Uint8Array(box);
  changed.set(slot, HEAD_BYTES + index * SLOT_BYTES);
  return changed;
}
