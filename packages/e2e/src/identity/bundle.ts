/*
 * The private half of an identity on one device, as the client's encrypted store keeps it. Layout:
 * protocol/3-identity.md I-22.
 */
import { type DeviceId, deviceId, ID_SIZE_BYTES, type IdentityId, identityId } from "@chapar/wire";
import { ByteReader, ByteWriter, type Signer } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import type { DeviceKeys } from "../mls/port.ts";
import type { RecoveryEntropy, RotationSeed } from "./recovery-words.ts";
import { Secret } from "./secret.ts";

const BUNDLE_VERSION = 1;
const SEED_BYTES = 32;

/** Seed of a device's Ed25519 key, which is also the signature key of its MLS leaves. */
export type DeviceSeed = Secret<"device seed">;
/** Seed of the Ed25519 key that opens a device's inbox. */
export type InboxReadSeed = Secret<"inbox read seed">;

/** Everything private that a device holds of its identity. */
export interface PrivateBundle {
  readonly identity: IdentityId;
  readonly deviceSeed: DeviceSeed;
  readonly inboxReadSeed: InboxReadSeed;
  /** undefined on a device that was not trusted with it */
  readonly rankOneSeed: RotationSeed | undefined;
  /** undefined once the recovery words were written down */
  readonly entropy: RecoveryEntropy | undefined;
}

/** The bundle's bytes: secret, to be encrypted at once and then overwritten by the caller. */
export function encodeBundle(bundle: PrivateBundle): Uint8Array<ArrayBuffer> {
  return new ByteWriter()
    .u8(BUNDLE_VERSION)
    .bytes(bundle.identity)
    .bytes(bundle.deviceSeed.expose())
    .bytes(bundle.inboxReadSeed.expose())
    .optional(bundle.rankOneSeed, (out, seed) => out.bytes(seed.expose()))
    .optional(bundle.entropy, (out, entropy) => out.bytes(entropy.expose()))
    .finish();
}

/** Reads a bundle; the secrets are copies, so the caller may overwrite `bytes`. @throws E2eError `e2e/bad-bundle` */
export function decodeBundle(bytes: Uint8Array): PrivateBundle {
  const reader = new ByteReader(bytes);
  const start = reader.offset;
  if (reader.u8() !== BUNDLE_VERSION) reader.fail("wire/range", start);
  const identity = reader.bytes(ID_SIZE_BYTES.identity);
  const device = reader.bytes(SEED_BYTES);
  const inboxRead = reader.bytes(SEED_BYTES);
  const rankOne = reader.optional((item) => item.bytes(SEED_BYTES));
  const entropy = reader.optional((item) => item.bytes(SEED_BYTES));
  if (!reader.finish(undefined).ok) throw e2eError("e2e/bad-bundle");
  return {
    identity: identityId(identity.slice()),
    deviceSeed: new Secret("device seed", device.slice()),
    inboxReadSeed: new Secret("inbox read seed", inboxRead.slice()),
    rankOneSeed: rankOne === undefined ? undefined : new Secret("rotation seed", rankOne.slice()),
    entropy: entropy === undefined ? undefined : new Secret("recovery entropy", entropy.slice()),
  };
}

/** Overwrites every secret of a bundle. */
export function wipeBundle(bundle: PrivateBundle): void {
  bundle.deviceSeed.wipe();
  bundle.inboxReadSeed.wipe();
  bundle.rankOneSeed?.wipe();
  bundle.entropy?.wipe();
}

/** The bundle after its recovery words were written down: without the entropy, which is overwritten. */
export function forgetWords(bundle: PrivateBundle): PrivateBundle {
  bundle.entropy?.wipe();
  return { ...bundle, entropy: undefined };
}

/** The public key of a secret seed, and signing with it; the seed is read at each use. Cost: one Ed25519 key derivation. */
export async function signerOf(seed: Secret<string>, crypto: Pick<CryptoPort, "ed25519">): Promise<Signer> {
  const publicKey = await crypto.ed25519.publicKey(seed.expose());
  return { publicKey, sign: (message) => crypto.ed25519.sign(seed.expose(), message) };
}

/** The device's id: its public key. */
export async function deviceOf(bundle: PrivateBundle, crypto: Pick<CryptoPort, "ed25519">): Promise<DeviceId> {
  return deviceId(await crypto.ed25519.publicKey(bundle.deviceSeed.expose()));
}

/** The device as the MLS layer wants it: it shares the seed's memory, so it ends with the bundle's `wipe`. */
export async function mlsDevice(bundle: PrivateBundle, crypto: Pick<CryptoPort, "ed25519">): Promise<DeviceKeys> {
  const device = await deviceOf(bundle, crypto);
  return {
    credential: { identity: bundle.identity, device },
    signaturePrivateKey: bundle.deviceSeed.expose(),
  };
}
