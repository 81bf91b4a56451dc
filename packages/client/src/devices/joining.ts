/* A conversation as this device begins in it, when another own device handed it over (D-12), or when it is taken in anew. */
import type { MlsGroup } from "@chapar/e2e";
import { decodeHeldHead } from "@chapar/log";
import { type ConversationId, deviceId, liveDevice } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { shelf, type Draft, type Shelf } from "../store/shelf.ts";
import { fields, count, row } from "../store/record.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import { type Handing, handSecret, openHanding } from "./hand.ts";
import { handedShelf } from "./history.ts";

interface WaitingRow {
  readonly atMs: number;
}

/** `waiting`: by conversation id; this device asked to be let in (D-44). */
export const waitingShelf: Shelf<WaitingRow> = shelf(
  "waiting",
  row<WaitingRow>(1, fields<WaitingRow>({ atMs: count })),
);

/** Whether a conversation waits for a new leaf of this device. */
export async function isWaiting({ store }: Pick<Member, "store">, chat: ConversationRow): Promise<boolean> {
  return (await waitingShelf.get(store, chat.id)) !== undefined;
}

/** Every record of a group that was here before goes: no key of it is ever used again (D-43). */
export async function dropGroup({ store, groups }: Member, draft: Draft, id: ConversationId): Promise<void> {
  for (const { key } of await store.range("group", { prefix: id })) draft.remove("group", key);
  groups.forget(id);
}

/** The conversation with what was handed over, when an own device did (D-14). */
export async function takeHanding(
  member: Member,
  draft: Draft,
  of: {
    readonly row: ConversationRow;
    readonly group: MlsGroup;
    readonly sealed: Uint8Array | undefined;
    readonly logs: LogShelf;
  },
): Promise<ConversationRow> {
  const { row: begun, group, sealed, logs } = of;
  waitingShelf.remove(draft, begun.id);
  const handing = sealed && (await opened(member, begun, group, sealed));
  const held = handing && decodeHeldHead(handing.held, member.hasher);
  const isOfRoom = held?.ok === true && begun.room !== undefined && equalBytes(held.value.logId, begun.room.log);
  if (
    handing === undefined ||
    held?.ok !== true ||
    begun.room === undefined ||
    !isOfRoom ||
    (begun.kind === "direct" && !equalBytes(handing.peer, begun.peer))
  )
    return begun;
  logs.put(draft, begun.room.log, held.value);
  handedShelf.put(draft, begun.id, { placed: handing.placed, lowest: handing.placed });
  const { peer, peerName, peerHome, placed, readTo, unread, atMs, chains } = handing;
  const nameTold = member.profile.row.nameVersion;
  return { ...begun, peer, peerName, peerHome, placed, readTo, unread, atMs, chains, nameTold };
}

async function opened(
  member: Member,
  row: ConversationRow,
  group: MlsGroup,
  sealed: Uint8Array,
): Promise<Handing | undefined> {
  const { mls, crypto, contacts, profile } = member;
  const own = await contacts.get(profile.row.identity);
  const isOwn = (device: Uint8Array): boolean =>
    own !== undefined && liveDevice(own.state, deviceId(device.slice())) !== undefined;
  const bound = { conversation: row.id, secret: await handSecret(mls, group) };
  return openHanding(sealed, bound, isOwn, crypto);
}
