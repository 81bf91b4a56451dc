/* The entry of a commit of ours: the same bytes every time it is asked for, so that a retry is the same entry (W-32). */
import { type MlsGroup, type Pending, roomKeys } from "@chapar/e2e";
import { encodeEntry } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";

/** @param group  in the epoch that the commit ends: whoever is not in the next one reads no further (W-13) */
export async function commitEntry(core: Core, group: MlsGroup, pending: Pending): Promise<Uint8Array> {
  const { epoch } = group;
  const keys = await roomKeys(core.mls, core.crypto, pending.next);
  return encodeEntry({
    kind: "commit",
    epoch,
    nextWriteKey: keys.write.publicKey,
    nextReadKey: keys.read.publicKey,
    revokesReaders: takesOut(group, pending.next),
    frame: pending.frame,
  });
}

function takesOut(group: MlsGroup, next: MlsGroup): boolean {
  const after = next.members();
  return group
    .members()
    .some(({ credential }) => !after.some((one) => equalBytes(one.credential.device, credential.device)));
}
