/* Whom a weekly key was brought, and whether it may be committed (F-116). */
import type { MlsGroup, Psk } from "@chapar/e2e";
import { liveDevice } from "@chapar/wire";
import type { Member } from "../core.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Draft } from "../store/shelf.ts";
import { broughtShelf, weekAt, type WeekRow, weekShelf } from "./week-rows.ts";
import type { WishRow } from "./wish-row.ts";

/** How long people who cannot be reached are waited for. */
const WAITED_FOR_MS = 2 * 86_400_000;

/** Devices of a group that were not brought the own key, of those that their people's chains have; by person, in the tree's order. */
export async function unbrought(
  member: Member,
  row: ConversationRow,
  group: MlsGroup,
): Promise<ReadonlyMap<Uint8Array, readonly Uint8Array[]>> {
  const { store, sha256, contacts } = member;
  const found = new Map<Uint8Array, Uint8Array[]>();
  for (const { credential } of group.members()) {
    const { identity, device } = credential;
    if ((await broughtShelf.get(store, weekAt(row.id, "brought", { bytes: device, sha256 }))) !== undefined) continue;
    const state = await contacts.newest(identity);
    if (state === undefined || liveDevice(state, device) === undefined) continue;
    found.set(state.identity, [...(found.get(state.identity) ?? []), device]);
  }
  return found;
}

/** The own key, once everybody has it who can be reached. */
export async function keyToCommit(
  member: Member,
  row: ConversationRow,
  group: MlsGroup,
  { wanted }: WishRow,
): Promise<Psk | undefined> {
  if (wanted !== "week") return undefined;
  const week = await weekShelf.get(member.store, weekAt(row.id, "own"));
  return week !== undefined && (await isReady(member, row, group, week)) ? week : undefined;
}

/** Whether a key may be committed. */
export async function isReady(
  member: Member,
  row: ConversationRow,
  group: MlsGroup,
  { drawnAtMs }: WeekRow,
): Promise<boolean> {
  const isOver = member.clock.nowMs() - drawnAtMs >= WAITED_FOR_MS;
  return isOver || (await unbrought(member, row, group)).size === 0;
}

/** A commit with the own key was made. */
export async function keyIsCommitted(
  member: Member,
  draft: Draft,
  row: ConversationRow,
  group: MlsGroup,
): Promise<void> {
  const at = weekAt(row.id, "own");
  const week = await weekShelf.get(member.store, at);
  if (week === undefined) return;
  weekShelf.put(draft, at, { ...week, begins: group.epoch + 1 });
}
