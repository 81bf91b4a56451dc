/*
 * Ops of our own: each is made from the chain as it stands, signed, and folded as a stranger would fold it, so that what
 * leaves the device is never refused for its content. The caller publishes `ops` and keeps `state`.
 */
import {
  type ChainPorts,
  type DeviceEntry,
  type DeviceId,
  encodeOp,
  extendChain,
  type Home,
  type IdentityState,
  type OpBody,
  opSigningBytes,
  type UnsignedOp,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { e2eError } from "../errors.ts";
import type { RotationSeed } from "./recovery-words.ts";
import { Secret } from "./secret.ts";

const SEED_BYTES = 32;

/** The primitives an op is made with. */
export type OpCrypto = Pick<CryptoPort, "sha256" | "ed25519">;

/** New ops and the chain with them. */
export interface Extension {
  /** encoded, in order, ready for `identity.put` */
  readonly ops: readonly Uint8Array[];
  readonly state: IdentityState;
}

/** Who signs, and when, by the device's clock. */
export interface Signing {
  /** seed of a rotation key that is in force; its rank is found in the chain */
  readonly seed: RotationSeed;
  readonly timeMs: number;
}

/** What `foldChain` and `extendChain` of wire check chains with. */
export function chainPorts(crypto: OpCrypto): ChainPorts {
  return {
    sha256: (bytes) => crypto.sha256(bytes),
    verify: (publicKey, message, signature) => crypto.ed25519.verify(publicKey, message, signature),
  };
}

/** Signs and encodes an op as it is; says nothing about whether it may stand. */
export async function signedOp(
  op: UnsignedOp,
  seed: RotationSeed,
  crypto: Pick<CryptoPort, "ed25519">,
): Promise<Uint8Array> {
  return encodeOp({ ...op, signature: await crypto.ed25519.sign(seed.expose(), opSigningBytes(op)) });
}

/**
 * Adds one op to a chain.
 *
 * @throws E2eError `e2e/not-a-rotation-key` · `e2e/refused-op` (its cause is the identity code) · RangeError on a body that
 * does not fit an op
 */
export async function extend(
  state: IdentityState,
  body: OpBody,
  { seed, timeMs }: Signing,
  crypto: OpCrypto,
): Promise<Extension> {
  const publicKey = await crypto.ed25519.publicKey(seed.expose());
  const rank = state.rotationKeys.findIndex((key) => equalBytes(key, publicKey));
  if (rank < 0) throw e2eError("e2e/not-a-rotation-key");
  const op = await signedOp({ seq: state.seq + 1, prev: state.headHash, timeMs, rank, body }, seed, crypto);
  const extended = await extendChain(state, [op], chainPorts(crypto));
  if (!extended.ok) throw e2eError("e2e/refused-op", extended.code);
  return { ops: [op], state: extended.value };
}

/** Lists a device that agreed to it. Throws as `extend`. */
export function addDevice(
  state: IdentityState,
  device: DeviceEntry,
  signing: Signing,
  crypto: OpCrypto,
): Promise<Extension> {
  return extend(state, { kind: "device-add", device }, signing, crypto);
}

/** Moves the identity to another station. Throws as `extend`. */
export function setHome(state: IdentityState, home: Home, signing: Signing, crypto: OpCrypto): Promise<Extension> {
  return extend(state, { kind: "set-home", home }, signing, crypto);
}

/** Names the stations where others look when the home is gone. Throws as `extend`. */
export function setAnchors(
  state: IdentityState,
  anchors: readonly Home[],
  signing: Signing,
  crypto: OpCrypto,
): Promise<Extension> {
  return extend(state, { kind: "set-anchors", anchors }, signing, crypto);
}

/** Ends the chain; the signer must be rank 0. Throws as `extend`. */
export function endIdentity(state: IdentityState, signing: Signing, crypto: OpCrypto): Promise<Extension> {
  return extend(state, { kind: "tombstone" }, signing, crypto);
}

/** An extension that also replaced rank 1, whose new seed the caller stores and gives to the devices that remain. */
export interface Revocation extends Extension {
  readonly rankOneSeed: RotationSeed;
}

/**
 * Revokes a device and, because it may have held the everyday key, replaces rank 1 and drops what stands below it.
 *
 * @param signing  rank 1, or rank 0 after the everyday key was lost with the device
 * @throws as `extend`
 */
export async function revokeDevice(
  state: IdentityState,
  device: DeviceId,
  signing: Signing,
  crypto: OpCrypto & Pick<CryptoPort, "random">,
): Promise<Revocation> {
  const revoked = await extend(state, { kind: "device-revoke", device }, signing, crypto);
  const rankOneSeed: RotationSeed = new Secret("rotation seed", crypto.random(SEED_BYTES));
  const rotationKeys = [...state.rotationKeys.slice(0, 1), await crypto.ed25519.publicKey(rankOneSeed.expose())];
  const rotated = await extend(revoked.state, { kind: "rotate", rotationKeys }, signing, crypto);
  return { ops: [...revoked.ops, ...rotated.ops], state: rotated.state, rankOneSeed };
}

/**
 * Takes back what a lower rank did from a sequence on (I-14), with a new rank 1: for whoever finds that the everyday key was stolen.
 *
 * @param from  first op that is to count no more; every op from there on is of a rank below the signer's
 * @param signing  rank 0, the recovery words
 * @throws as `extend`
 */
export async function takeBack(
  state: IdentityState,
  from: number,
  signing: Signing,
  crypto: OpCrypto & Pick<CryptoPort, "random">,
): Promise<Revocation> {
  const rankOneSeed: RotationSeed = new Secret("rotation seed", crypto.random(SEED_BYTES));
  const rotationKeys = [...state.rotationKeys.slice(0, 1), await crypto.ed25519.publicKey(rankOneSeed.expose())];
  const extended = await extend(state, { kind: "override", from, rotationKeys }, signing, crypto);
  return { ...extended, rankOneSeed };
}
