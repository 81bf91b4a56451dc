/*
 * A commit whose weekly key is not here (F-118): what stands before it is read, it is not, and the room goes on when the key has come. A device
 * that it does not come to is let in anew; a key that comes to nobody is none.
 */
import type { MlsGroup } from "@chapar/e2e";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { waitingShelf } from "../devices/joining.ts";
import type { ClientCode } from "../errors.ts";
import { Draft } from "../store/shelf.ts";
import { changeRefusal } from "./commit-refusal.ts";
import type { Refused } from "./group-step.ts";
import { awaitedCommitShelf, heldKeyShelf, weekAt, weekShelf } from "./week-rows.ts";

/** How long a key may be on its way. */
const ON_ITS_WAY_MS = 600_000;
/** After how long a key that nobody was brought, as far as those say who were asked, is none. */
const GIVEN_UP_MS = 86_400_000;

/** Whether a commit without its key waits for it; otherwise why it does not count. */
export async function awaitsKey(
  member: Member,
  row: ConversationRow,
  commit: Uint8Array,
  group: MlsGroup,
): Promise<{ readonly waits: true } | { readonly waits: false; readonly whose: Refused | undefined }> {
  const { weekKeys, store, clock } = member;
  const change = weekKeys.missing(row.id, group.epoch);
  const refusal = change && (await changeRefusal(member, change, group));
  if (change === undefined || refusal !== undefined)
    return { waits: false, whose: change && refusal && { by: change.by.credential, why: refusal.why } };
  const awaited = await awaitedCommitShelf.get(store, weekAt(row.id, "awaited"));
  const isOver =
    awaited !== undefined && equalBytes(awaited.commit, commit) && clock.nowMs() - awaited.sinceMs >= GIVEN_UP_MS;
  return isOver ? { waits: false, whose: undefined } : { waits: true };
}

/** Keeps that a room stands before a commit; after a while the person is told, and the device asks to be let in (F-104). */
export async function noteAwaited(member: Member, id: ConversationRow["id"], commit: Uint8Array): Promise<void> {
  const { store, clock, book } = member;
  const at = weekAt(id, "awaited");
  const nowMs = clock.nowMs();
  const before = await awaitedCommitShelf.get(store, at);
  const isSame = before !== undefined && equalBytes(before.commit, commit);
  const row = book.get(id);
  const draft = new Draft();
  if (!isSame) awaitedCommitShelf.put(draft, at, { commit, sinceMs: nowMs });
  else if (row !== undefined && nowMs - before.sinceMs >= ON_ITS_WAY_MS) {
    const fault: ClientCode = "client/awaits-key";
    book.put(draft, { ...row, state: "fault", fault });
    if ((await waitingShelf.get(store, id)) === undefined) waitingShelf.put(draft, id, { atMs: 0 });
  }
  await draft.commit(store);
}

/** A key's commit stands: its secret goes, and whatever waited for it waits no more. */
export async function keyIsUsed(
  { store, sha256 }: Member,
  draft: Draft,
  id: ConversationRow["id"],
  psk: Uint8Array,
): Promise<void> {
  heldKeyShelf.remove(draft, weekAt(id, "held", { bytes: psk, sha256 }));
  // Of one that another's overtook what was brought is of no use.
  weekShelf.remove(draft, weekAt(id, "own"));
  if ((await awaitedCommitShelf.get(store, weekAt(id, "awaited"))) === undefined) return;
  awaitedCommitShelf.remove(draft, weekAt(id, "awaited"));
  waitingShelf.remove(draft, id);
}
