/* The entry of a commit of ours: the same bytes every time it is asked for, so that a retry is the same entry (W-32). */
import { type Pending, roomKeys } from "@chapar/e2e";
import { encodeEntry } from "@chapar/wire";
import type { Core } from "../core.ts";

/** @param epoch the epoch the commit ends */
export async function commitEntry(core: Core, epoch: number, pending: Pending): Promise<Uint8Array> {
  const keys = await roomKeys(core.mls, core.crypto, pending.next);
  return encodeEntry({
    kind: "commit",
    epoch,
    nextWriteKey: keys.write.publicKey,
    nextReadKey: keys.read.publicKey,
    revokesReaders: false,
    frame: pending.frame,
  });
}
