/*
 * Where a station takes sealed links: by TLS from those who have one, by Noise from those who have not (protocol/8-road.md P-60, P-112). What comes
 * first tells which: TLS begins with the type of a handshake record, 22.
 */
import { CarrierError } from "../errors.ts";
import type { Link } from "../port.ts";
import { NOISE_FIRST_BYTE, openNoiseLink } from "../noise/noise-link.ts";
import { takeHead } from "../relay/headed-link.ts";
import { agreementKey, noiseCrypto } from "./noise-crypto.ts";
import { openSealedLink, type SealOptions } from "./sealed-link.ts";
import { sealingIdentity, type SealingIdentity } from "./sealing-identity.ts";
import { systemClock } from "./system.ts";

/** A station's key as its sealed door uses it. */
export interface DoorIdentity extends SealingIdentity {
  readonly agreement: ReturnType<typeof agreementKey>;
}

/** Both halves of an Ed25519 seed. @param seed 32 bytes, secret */
export function doorIdentity(seed: Uint8Array): DoorIdentity {
  return { ...sealingIdentity(seed), agreement: agreementKey(seed) };
}

/**
 * Takes a link that is sealed to a key of ours, in either way. The link must have no receiver yet.
 *
 * @throws CarrierError as openSealedLink; the outer link is closed then
 */
export async function openDoorLink(outer: Link, identity: DoorIdentity, options: SealOptions = {}): Promise<Link> {
  const { head, rest } = takeHead(outer, 1, true);
  const first = await within(head, outer, options.sealLimitMs ?? SEAL_LIMIT_MS);
  if (first === undefined) throw new CarrierError("carrier/unusable", "seal");
  if (first[0] !== NOISE_FIRST_BYTE) return await openSealedLink(rest, identity, options);
  return await openNoiseLink(rest, identity.agreement, { clock: systemClock(), crypto: noiseCrypto(), ...options });
}

const SEAL_LIMIT_MS = 10_000;

async function within(
  head: Promise<Uint8Array | undefined>,
  outer: Link,
  limitMs: number,
): Promise<Uint8Array | undefined> {
  const timer = setTimeout(() => outer.close(), limitMs);
  try {
    return await head;
  } finally {
    clearTimeout(timer);
  }
}
