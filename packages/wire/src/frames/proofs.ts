/*
 * The byte strings that proofs sign: `text<64> label, fields…` (protocol/1-wire.md §3). The label keeps a signature made
 * for one purpose from meaning another; the station key keeps it from being shown elsewhere; the link nonce keeps it from
 * being shown again.
 */
import { ByteWriter } from "../bytes/index.ts";
import { writeRouteUrl } from "../identity/station-ref.ts";
import type { DeviceId, IdentityId, LogId, StationKey } from "../ids.ts";

/** Labels of all proofs. */
export const PROOF_LABELS = {
  prove: "chapar prove v1",
  account: "chapar account v1",
  peer: "chapar peer v1",
  read: "chapar read v1",
  write: "chapar write v1",
  mirror: "chapar mirror v1",
  grant: "chapar grant v1",
  reader: "chapar reader-key v1",
  routes: "chapar routes v1",
} as const;

type Label = (typeof PROOF_LABELS)[keyof typeof PROOF_LABELS];

function signed(label: Label, sizesBytes: readonly number[], fields: readonly Uint8Array[]): ByteWriter {
  const writer = new ByteWriter(192).text(label);
  for (const [i, field] of fields.entries()) {
    // Fields have no lengths of their own: one of another size would shift what follows it.
    if (field.byteLength !== sizesBytes[i]) throw new RangeError(`not ${sizesBytes[i]} bytes: ${field.byteLength}`);
    writer.bytes(field);
  }
  return writer;
}

/** What `prove` signs, with the station's key: `nonce` is the dialer's. */
export function proveMessage(station: StationKey, nonce: Uint8Array): Uint8Array {
  return signed(PROOF_LABELS.prove, [32, 32], [station, nonce]).finish();
}

/** What `account.auth` signs, with the device's key: `nonce` is the link's. */
export function accountMessage(
  station: StationKey,
  nonce: Uint8Array,
  identity: IdentityId,
  device: DeviceId,
): Uint8Array {
  return signed(PROOF_LABELS.account, [32, 32, 20, 32], [station, nonce, identity, device]).finish();
}

/** What `peer.auth` signs, with the dialing station's key: `station` is the acceptor, `nonce` the link's. */
export function peerMessage(station: StationKey, nonce: Uint8Array, dialer: StationKey): Uint8Array {
  return signed(PROOF_LABELS.peer, [32, 32, 32], [station, nonce, dialer]).finish();
}

/** What `log.open` signs for reading, with the log's read key. */
export function readMessage(station: StationKey, nonce: Uint8Array, log: LogId): Uint8Array {
  return signed(PROOF_LABELS.read, [32, 32, 32], [station, nonce, log]).finish();
}

/** What `log.open` signs for writing, with the epoch's write key. */
export function writeMessage(station: StationKey, nonce: Uint8Array, log: LogId, epoch: number): Uint8Array {
  return signed(PROOF_LABELS.write, [32, 32, 32], [station, nonce, log]).index(epoch).finish();
}

/** What `room.mirror` and `peer.mirror` sign, with the log's read key: `home` is the station that mirrors. */
export function mirrorMessage(home: StationKey, log: LogId): Uint8Array {
  return signed(PROOF_LABELS.mirror, [32, 32], [home, log]).finish();
}

/** What `room.grant` and `peer.grant` sign, with the epoch's write key: `home` may pass on writes of this epoch. */
export function grantMessage(home: StationKey, log: LogId, epoch: number): Uint8Array {
  return signed(PROOF_LABELS.grant, [32, 32], [home, log]).index(epoch).finish();
}

/** What `log.reader` signs, with the reader key that it registers. */
export function readerMessage(station: StationKey, nonce: Uint8Array, log: LogId, from: number): Uint8Array {
  return signed(PROOF_LABELS.reader, [32, 32, 32], [station, nonce, log]).index(from).finish();
}

/** What `routes` signs, with the station's key. @throws RangeError on a malformed route */
export function routesMessage(
  station: StationKey,
  issuedMs: number,
  expiresMs: number,
  routes: readonly string[],
): Uint8Array {
  const writer = signed(PROOF_LABELS.routes, [32], [station]).index(issuedMs).index(expiresMs);
  return writer.list(routes, writeRouteUrl).finish();
}
