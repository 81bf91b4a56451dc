/* The backup at the home: made now, and by itself once a day while there is a link (D-47). */
import { isWireError } from "@chapar/wire";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { backupKey } from "./backup-key.ts";
import { BackupLog } from "./backup-log.ts";
import { backupIsMade, backupIsRefused, backupMadeAt, backupRefusal, makeBackup } from "./backing.ts";
import { putFile } from "./files.ts";

const ONE_DAY_MS = 86_400_000;

/** Makes a backup at the home now. @throws ClientError `client/no-backup-key` · WireError what the home refuses with */
export async function backUp(member: Member, link: StationLink): Promise<void> {
  const key = await backupKey(member);
  if (key === undefined) throw new ClientError("client/no-backup-key");
  const mark = await makeBackup(member, (bytes) => putFile(member, link, bytes), true);
  await new BackupLog(member, key, member.profile.row.home.station).add(link, mark);
  await backupIsMade(member, member.clock.nowMs());
  member.events.emit({ type: "devices" });
}

/** Makes one when the last is a day old. A new person has nothing yet that a backup would bring back. */
export async function keepBackedUp(member: Member, link: StationLink): Promise<void> {
  if (member.book.all().every(({ joinedEpoch }) => joinedEpoch === 0)) return;
  if ((await backupKey(member)) === undefined) return;
  const madeAtMs = await backupMadeAt(member);
  if (madeAtMs !== undefined && member.clock.nowMs() - madeAtMs < ONE_DAY_MS) return;
  if (member.clock.nowMs() < ((await backupRefusal(member))?.againAtMs ?? 0)) return;
  try {
    await backUp(member, link);
  } catch (error) {
    // A home that is full stays full for a while: it is not asked again at once, and the person is told where backups are (D-48).
    if (!isWireError(error)) throw error;
    await backupIsRefused(member, error.code);
    member.events.emit({ type: "devices" });
  }
}
