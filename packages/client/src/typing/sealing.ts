/*
 * That somebody is typing, as it travels (C-121): always EPHEMERAL_BYTES, under a key of the epoch, signed by the device.
 *
 *   sealed = nonce[12], AES-256-GCM(key, nonce, aad = text "chapar typing" ‖ log[32], said ‖ zeros)
 *   said   = kind u8 (1), device[32], timeMs u64, signature[64]
 *   key    = MLS-Exporter("chapar typing", "", 32) of the epoch
 */
import type { DeviceKeys, MlsGroup } from "@chapar/e2e";
import { EPHEMERAL_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, utf8 } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";

/** What sealing and opening rest on. */
type Sealing = Pick<Core, "mls" | "crypto" | "random">;

const LABEL = "chapar typing";
const SIGNED = "chapar typing v1";
const KIND = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DEVICE_BYTES = 32;
const SIGNATURE_BYTES = 64;
const PLAIN_BYTES = EPHEMERAL_BYTES - NONCE_BYTES - TAG_BYTES;

/** In which epoch of which room something is said. */
export interface TypingPlace {
  /** the room's log */
  readonly log: Uint8Array;
  readonly epoch: number;
  /** from `typingKey`, of that epoch */
  readonly key: Uint8Array;
}

/** Who is typing, and when they said so by their clock. */
export interface SaidTyping {
  readonly device: Uint8Array;
  readonly timeMs: number;
}

/** The key of the group's epoch: 32 bytes. No ratchet moves by it. @throws E2eError `e2e/stale-group` */
export async function typingKey({ mls }: Pick<Core, "mls">, group: MlsGroup): Promise<Uint8Array> {
  return mls.exportSecret(group, LABEL, new Uint8Array(0), KEY_BYTES);
}

const aadOf = (log: Uint8Array): Uint8Array => concatBytes(utf8(LABEL), log);

function signedOf({ log, epoch }: TypingPlace, timeMs: number): Uint8Array {
  return new ByteWriter().opaque(utf8(SIGNED)).u8(KIND).bytes(log).index(epoch).index(timeMs).finish();
}

/** Says that this device's person is typing. @returns EPHEMERAL_BYTES. Cost: a signature. */
export async function sealTyping(
  core: Sealing,
  place: TypingPlace,
  device: DeviceKeys,
  timeMs: number,
): Promise<Uint8Array> {
  const signature = await core.crypto.ed25519.sign(device.signaturePrivateKey, signedOf(place, timeMs));
  const said = new ByteWriter().u8(KIND).bytes(device.credential.device).index(timeMs).bytes(signature).finish();
  const plain = new Uint8Array(PLAIN_BYTES);
  plain.set(said);
  const nonce = core.random(NONCE_BYTES);
  return concatBytes(nonce, await core.crypto.aeadSeal(place.key, nonce, aadOf(place.log), plain));
}

/** What was said, its signature verified; undefined for any other bytes. Never throws. Cost: a verification. */
export async function openTyping(
  core: Sealing,
  place: TypingPlace,
  sealed: Uint8Array,
): Promise<SaidTyping | undefined> {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const plain = await core.crypto.aeadOpen(place.key, nonce, aadOf(place.log), sealed.subarray(NONCE_BYTES));
  if (plain === undefined) return undefined;
  const reader = new ByteReader(plain);
  const kind = reader.u8();
  const device = reader.bytes(DEVICE_BYTES);
  const timeMs = reader.index();
  const signature = reader.bytes(SIGNATURE_BYTES);
  const rest = reader.rest();
  if (reader.failed || kind !== KIND || !rest.every((byte) => byte === 0)) return undefined;
  // Asked of the platform: what is verified once and never again must not push heads out of the cache of verified signatures.
  const isTheirs = await core.crypto.ed25519.verify(device, signedOf(place, timeMs), signature);
  return isTheirs ? { device: device.slice(), timeMs } : undefined;
}
