/*
 * A new identity, made on the device before anything is sent: keys, recovery entropy and the signed genesis op. And a new
 * device of an identity that exists. Randomness comes from the port, time from the caller.
 */
import {
  deviceId,
  deviceProofBytes,
  type DeviceEntry,
  foldChain,
  genesisSubject,
  type Home,
  type IdentityState,
} from "@chapar/wire";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import type { DeviceSeed, InboxReadSeed, PrivateBundle } from "./bundle.ts";
import { chainPorts, signedOp } from "./ops.ts";
import { newRecoveryEntropy, rankZeroSeed } from "./recovery-words.ts";
import { Secret } from "./secret.ts";

const SEED_BYTES = 32;
const NO_PREDECESSOR_BYTES = 32;

/** The primitives an identity is made with. */
export type IdentityCrypto = Pick<CryptoPort, "random" | "sha256" | "hkdfExtract" | "hkdfExpand" | "ed25519">;

/** A new identity: what stays on the device, and what may be shown to anyone. */
export interface NewIdentity {
  readonly bundle: PrivateBundle;
  /** the checked chain of one op; its bytes are `state.ops` */
  readonly state: IdentityState;
}

/** The keys of one device. */
export interface DeviceSecrets {
  readonly deviceSeed: DeviceSeed;
  readonly inboxReadSeed: InboxReadSeed;
}

/** New keys of a device. Cost: 64 random bytes. */
export function newDeviceSecrets(crypto: Pick<CryptoPort, "random">): DeviceSecrets {
  return {
    deviceSeed: new Secret("device seed", crypto.random(SEED_BYTES)),
    inboxReadSeed: new Secret("inbox read seed", crypto.random(SEED_BYTES)),
  };
}

/**
 * What a device shows to be listed: its public keys and its agreement.
 *
 * @param subject  20 bytes: the identity; in a genesis `genesisSubject`
 * @see protocol/3-identity.md I-8
 */
export async function deviceEntry(
  subject: Uint8Array,
  { deviceSeed, inboxReadSeed }: DeviceSecrets,
  crypto: Pick<CryptoPort, "ed25519">,
): Promise<DeviceEntry> {
  const device = deviceId(await crypto.ed25519.publicKey(deviceSeed.expose()));
  const inboxReadKey = await crypto.ed25519.publicKey(inboxReadSeed.expose());
  const proof = await crypto.ed25519.sign(deviceSeed.expose(), deviceProofBytes(subject, device, inboxReadKey));
  return { device, inboxReadKey, proof };
}

/**
 * Makes an identity homed at a station. Nothing leaves the device.
 *
 * @param timeMs  the device's clock
 * @returns secrets the caller stores encrypted, and the checked chain
 * @throws RangeError on a home that does not fit an op
 * Cost: four Ed25519 keys, two signatures, two verifications. The recovery words are in `bundle.entropy`.
 * @see protocol/3-identity.md I-20, I-21
 */
export async function createIdentity(home: Home, timeMs: number, crypto: IdentityCrypto): Promise<NewIdentity> {
  const entropy = newRecoveryEntropy(crypto);
  const rankZero = rankZeroSeed(entropy, crypto);
  const rankOneSeed = new Secret("rotation seed", crypto.random(SEED_BYTES));
  const secrets = newDeviceSecrets(crypto);
  const rotationKeys = [
    await crypto.ed25519.publicKey(rankZero.expose()),
    await crypto.ed25519.publicKey(rankOneSeed.expose()),
  ];
  const device = await deviceEntry(genesisSubject(rotationKeys, crypto.sha256), secrets, crypto);
  const unsigned = {
    seq: 0,
    prev: new Uint8Array(NO_PREDECESSOR_BYTES),
    timeMs,
    rank: 0,
    body: { kind: "genesis" as const, rotationKeys, device, home },
  };
  const genesis = await signedOp(unsigned, rankZero, crypto);
  rankZero.wipe();
  const folded = await foldChain([genesis], chainPorts(crypto));
  if (!folded.ok) throw e2eError("e2e/refused-op", folded.code);
  return { bundle: { identity: folded.value.identity, ...secrets, rankOneSeed, entropy }, state: folded.value };
}
