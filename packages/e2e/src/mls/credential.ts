/*
 * A device credential inside MLS: a `basic` credential (RFC 9420 §5.3) whose identity field is
 *   identity[20] ‖ device[32]
 * The device key is the leaf's signature key, so a leaf cannot be signed by anyone but the device it names; whether the
 * device belongs to the identity is the op chain's word, asked for through `Authenticate`.
 */
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { DeviceCredential } from "./port.ts";

const IDENTITY_BYTES = 20;
const DEVICE_BYTES = 32;

/**
 * The credential as it stands in a leaf: 52 bytes.
 *
 * @throws RangeError when identity or device key have a wrong length, which only our own code can cause
 */
export function encodeCredential(credential: DeviceCredential): Uint8Array {
  if (credential.identity.byteLength !== IDENTITY_BYTES || credential.device.byteLength !== DEVICE_BYTES) {
    throw new RangeError("device credential of a wrong length");
  }
  return concatBytes(credential.identity, credential.device);
}

/** @returns the credential when it is well formed and names the leaf's own signature key */
export function parseCredential(bytes: Uint8Array, signatureKey: Uint8Array): DeviceCredential | undefined {
  if (bytes.byteLength !== IDENTITY_BYTES + DEVICE_BYTES) return undefined;
  const device = bytes.slice(IDENTITY_BYTES);
  return equalBytes(device, signatureKey) ? { identity: bytes.slice(0, IDENTITY_BYTES), device } : undefined;
}
