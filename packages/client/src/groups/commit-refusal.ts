/* Why a commit may not stand, of what all members see alike (F-28, F-63, F-70), judged before anything of it is taken. */
import { type DeviceCredential, type GroupChange, type Incoming, type MlsGroup, roomKeys } from "@chapar/e2e";
import type { CommitEntry } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { isBetween } from "../conversation/membership.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { ClientCode } from "../errors.ts";
import { inPlaceOf, isContinuation, mayContinue } from "../moving/continuation.ts";
import { deedOfChange } from "./group-step.ts";
import { judge } from "./judging.ts";

/** A commit as it was opened, and the group on both sides of it. */
interface OpenedCommit {
  readonly incoming: Extract<Incoming, { readonly kind: "commit" }>;
  readonly before: MlsGroup;
  readonly after: MlsGroup;
}

/** Why a commit is refused: by its code, and as the judges say it. */
interface CommitRefusal {
  readonly code: ClientCode;
  readonly why: string;
}

/** Why a change of a group is not its maker's to make, as everybody says who sees it. */
export async function changeRefusal(
  member: Member,
  change: GroupChange,
  before: MlsGroup,
): Promise<CommitRefusal | undefined> {
  const judged = (await mayMove(member, change, before)) ? inPlaceOf(change.before, change.after) : change.after;
  const revoked = await revokedOf(member, [...change.added, ...change.removed.map(({ credential }) => credential)]);
  const isRevoked = ({ device }: DeviceCredential): boolean => revoked.some((one) => equalBytes(one, device));
  const why = judge({ ...deedOfChange(change), after: judged, isRevoked });
  return why && { code: "client/unlawful-change", why };
}

/** Whether it says that the room goes on in another log, and its maker may say so (M-6). */
async function mayMove(member: Member, change: GroupChange, before: MlsGroup): Promise<boolean> {
  const of = { by: change.by.credential, leaves: change.added.length + change.removed.length };
  return isContinuation(change.before, change.after) && mayContinue(member, before, change.after, of);
}

/**
 * What it makes of the group is not its maker's to make, gives the room a place that its maker may not give it (M-6), or the keys that it
 * names are not those of its epoch, so that nobody could write.
 *
 * @returns undefined for one that may stand
 */
export async function commitRefusal(
  member: Member,
  row: ConversationRow,
  commit: CommitEntry,
  { incoming, before, after }: OpenedCommit,
): Promise<CommitRefusal | undefined> {
  const { change, left } = incoming;
  if (row.kind === "group") {
    const refusal = await changeRefusal(member, change, before);
    if (refusal !== undefined) return refusal;
  } else if (!left) {
    const isStill = isBetween(after, member.device.credential.identity, row.peer);
    const isElsewhere = isContinuation(change.before, change.after);
    const isLawful = isStill && change.psk === undefined && isElsewhere === (await mayMove(member, change, before));
    if (!isLawful) return { code: "client/bad-room", why: "bad-room" };
  }
  // Whoever is out derives no keys.
  if (left || (await namesKeysOf(member, commit, after))) return undefined;
  return { code: "client/wrong-room-keys", why: "wrong-room-keys" };
}

/** Devices that the chains of their people revoked, as they are after what was read so far. */
async function revokedOf({ contacts }: Member, list: readonly DeviceCredential[]): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const { identity, device } of list) {
    const revoked = (await contacts.newest(identity))?.revoked ?? [];
    if (revoked.some((one) => equalBytes(one.device, device))) found.push(device);
  }
  return found;
}

/** The hub admits writers and readers by the keys that a commit names; members derive them. */
export async function namesKeysOf(member: Member, commit: CommitEntry, group: MlsGroup): Promise<boolean> {
  const keys = await roomKeys(member.mls, member.crypto, group);
  return equalBytes(keys.write.publicKey, commit.nextWriteKey) && equalBytes(keys.read.publicKey, commit.nextReadKey);
}
