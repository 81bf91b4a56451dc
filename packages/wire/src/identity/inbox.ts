/*
 * The first entry of a device's inbox. It follows from the op chain alone, so anyone who has the chain and the home's
 * station key computes the inbox's log id without asking anyone.
 */
import type { Sha256 } from "../bytes/index.ts";
import type { GenesisEntry } from "../frames/entry.ts";
import type { LiveDevice } from "./state.ts";

const NONCE_BYTES = 20;
const NO_WRITE_KEY_BYTES = 32;

/**
 * The genesis entry of a device's inbox: nonce = first 160 bits of SHA-256 of the device id, no write key, the device's
 * inbox read key.
 *
 * @see protocol/3-identity.md I-12 · protocol/1-wire.md W-30
 */
export function inboxGenesis(device: Pick<LiveDevice, "device" | "inboxReadKey">, sha256: Sha256): GenesisEntry {
  return {
    kind: "genesis",
    log: "inbox",
    nonce: sha256(device.device).slice(0, NONCE_BYTES),
    writeKey: new Uint8Array(NO_WRITE_KEY_BYTES),
    readKey: device.inboxReadKey,
  };
}
