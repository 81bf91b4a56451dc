/* What a device keeps while it takes others into a conversation: from the commit until each of them was left its welcome (D-10, D-12). */
import type { LogId, StationRef } from "@chapar/wire";
import { chainField, type ChainRow } from "../conversation/chain-rows.ts";
import { type ConversationRow, outboxShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { stationRefField } from "../profile/profile-row.ts";
import { lastU64 } from "../store/keys.ts";
import { blob, count, fields, flag, id, list, oneOf, row } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";

/** A device that is taken in. */
export interface GuestRow {
  readonly device: Uint8Array;
  /** of the key package it was taken in with */
  readonly ref: Uint8Array;
  readonly inbox: LogId;
  readonly station: StationRef;
  /** one of one's own, which is handed how the conversation stands */
  readonly isOwn: boolean;
  readonly delivered: boolean;
}

/** A commit that takes devices in or out. */
export interface HandingRow {
  /** `commit`: the log has not been seen to have it; `welcome`: it has, and the guests are to be told */
  readonly stage: "commit" | "welcome";
  readonly guests: readonly GuestRow[];
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
  /** seals what the guests are handed */
  readonly secret: Uint8Array;
  /** verified range and heads of the room's log before the commit */
  readonly held: Uint8Array;
  /** how the conversation stood where the commit stands; 0 and none before that */
  readonly placed: number;
  readonly readTo: number;
  readonly unread: number;
  readonly chains: readonly ChainRow[];
}

/** `handing`: by conversation id. */
export const handingShelf: Shelf<HandingRow> = shelf(
  "handing",
  row<HandingRow>(
    1,
    fields<HandingRow>({
      stage: oneOf(["commit", "welcome"]),
      guests: list(
        fields<GuestRow>({
          device: blob,
          ref: blob,
          inbox: id(),
          station: stationRefField,
          isOwn: flag,
          delivered: flag,
        }),
      ),
      welcome: blob,
      tree: blob,
      secret: blob,
      held: blob,
      placed: count,
      readTo: count,
      unread: count,
      chains: list(chainField),
    }),
  ),
);

interface ToldRow {
  readonly opCount: number;
}

/** `told-chain`: by conversation id; how many ops of the own chain a letter of an own device told there. */
export const toldShelf: Shelf<ToldRow> = shelf("told-chain", row<ToldRow>(1, fields<ToldRow>({ opCount: count })));

/** Own letters that were sealed and have no place yet: they come after the commit, when they come. */
async function unplaced(member: Member, row: ConversationRow): Promise<readonly number[]> {
  const rows = await outboxShelf.range(member.store, { prefix: row.id });
  const sealed = rows.filter(({ value }) => value.letter !== undefined).map(({ key }) => lastU64(key));
  return sealed.map((_, at) => row.ownSequence - sealed.length + at);
}

/**
 * The own commit stands in the log here: within the step that reads it, how the conversation stands is kept for the guests.
 *
 * @param others  chains of everyone who has written, as they are after the entries taken so far
 */
export async function markHanding(
  member: Member,
  draft: Draft,
  row: ConversationRow,
  others: readonly ChainRow[],
): Promise<void> {
  const handing = await handingShelf.get(member.store, row.id);
  if (handing?.stage !== "commit") return;
  const own = {
    device: member.device.credential.device,
    nextSequence: row.ownSequence,
    previous: row.ownPrevious,
    missing: await unplaced(member, row),
  };
  const { placed, readTo, unread } = row;
  const chains = row.ownSequence === 0 ? others : [...others, own];
  handingShelf.put(draft, row.id, { ...handing, stage: "welcome", placed, readTo, unread, chains });
}
