/*
 * The two signing keys that members of an epoch share (protocol/4-groups.md §7).
 *
 * A station admits whoever proves the room's current write or read key; both come out of the MLS exporter, so that every
 * member of the epoch has them, nobody else does, and the station learns that *a* member writes or reads, never which.
 */
import type { Signer } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import type { Mls, MlsGroup } from "./port.ts";

/** Exporter labels; the context is empty. RFC 9420 §8.5. */
export const ROOM_KEY_LABELS: { readonly write: string; readonly read: string } = {
  write: "chapar write",
  read: "chapar read",
};

const SEED_BYTES = 32;
const EMPTY = new Uint8Array(0);

/** A room's keys at one epoch; the public halves are posted with the commit that begins it. */
export interface RoomKeys {
  readonly write: Signer;
  readonly read: Signer;
}

async function signer(mls: Mls, crypto: CryptoPort, group: MlsGroup, label: string): Promise<Signer> {
  const seed = await mls.exportSecret(group, label, EMPTY, SEED_BYTES);
  return { publicKey: await crypto.ed25519.publicKey(seed), sign: (message) => crypto.ed25519.sign(seed, message) };
}

/**
 * Derives the room keys of the group's epoch; hand in `Pending.next` for those of the epoch a commit will begin.
 *
 * Cost: four KDF steps and two key generations. Secrets: the seeds live as long as the signers.
 */
export async function roomKeys(mls: Mls, crypto: CryptoPort, group: MlsGroup): Promise<RoomKeys> {
  return {
    write: await signer(mls, crypto, group, ROOM_KEY_LABELS.write),
    read: await signer(mls, crypto, group, ROOM_KEY_LABELS.read),
  };
}
