/* The beginning of a branch, as everyone in the room's epoch makes it (J-1). */
import { type RoomKeys } from "@chapar/e2e";
import { encodeEntry, logIdOf, type LogId, type StationKey } from "@chapar/wire";
import type { Sha256 } from "@chapar/wire/bytes";

const NONCE_BYTES = 20;

/** The genesis entry of the branch of a room's epoch; the same at every station. */
export function branchGenesis(keys: RoomKeys, room: LogId, epoch: number): Uint8Array {
  return encodeEntry({
    kind: "genesis",
    log: "branch",
    nonce: new Uint8Array(NONCE_BYTES),
    writeKey: keys.write.publicKey,
    readKey: keys.read.publicKey,
    of: { room, epoch },
  });
}

/** The id of the branch at a station. */
export const branchIdOf = (sha256: Sha256, station: StationKey, genesis: Uint8Array): LogId =>
  logIdOf(sha256, station, genesis);
