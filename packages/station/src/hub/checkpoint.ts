/*
 * A log's head as a C2SP checkpoint, so that foreign tools can read it. The origin is `<station key>/<log id>` in base32
 * and is the key's name as well, as tlog-checkpoint asks; the key is the station's.
 */
import { encodeCheckpoint, encodeCheckpointText, makeVerifierKey, NoteAlgorithm, signNote } from "@chapar/log";
import { idText, type LogId, type StationKey } from "@chapar/wire";
import type { StationPorts } from "../ports.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The origin line of a log's checkpoints. */
function checkpointOrigin(station: StationKey, log: LogId): string {
  return `${idText(station)}/${idText(log)}`;
}

/** A signed checkpoint note. Cost: one signature. */
export async function signCheckpoint(
  head: { readonly log: LogId; readonly size: number; readonly root: Uint8Array },
  ports: StationPorts,
  station: StationKey,
): Promise<string> {
  const checkpoint = { origin: checkpointOrigin(station, head.log), size: head.size, root: head.root };
  const key = makeVerifierKey(checkpoint.origin, NoteAlgorithm.ed25519, station, ports.sha256);
  const signature = await signNote(encodeCheckpointText(checkpoint), key, ports.signer);
  return UTF8.decode(encodeCheckpoint(checkpoint, [signature]));
}
