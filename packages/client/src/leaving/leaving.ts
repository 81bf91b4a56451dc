/*
 * Deleting everything (protocol/15-moving.md §4): the tombstone, by the recovery words; the people of every conversation are told; the home deletes and gives its
 * receipt; then this device forgets. The op is on disk before it leaves, and what was broken off goes on with it.
 */
import { checkReceiptFile, LEFT_CLASSES, type LeavingWord } from "@chapar/evidence";
import { decodeBundle, endIdentity, entropyOf, isE2eError, rankZeroSeed, wipeBundle } from "@chapar/e2e";
import { encodeEntry, idText, isWireError } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { LeftView } from "../data-api.ts";
import { ownState } from "../devices/own-ops.ts";
import { ClientError, codeOf } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { sealRepair } from "../repair/codec.ts";
import { inboxesOf } from "../repair/inboxes.ts";
import { blob, fields, list, row } from "../store/record.ts";
import { TABLES, type Table } from "../store/tables.ts";
import { ask } from "../trust/asking.ts";
import { elsewhere } from "../trust/judging.ts";
import { orderLeaving } from "./ordering.ts";

/** How long the others may take to be told. */
const TELL_LIMIT_MS = 8_000;
const FORGOTTEN_AT_ONCE = 1000;
const ASKED = utf8("leaving");
const askedRow = row<{ readonly ops: readonly Uint8Array[] }>(1, fields({ ops: list(blob) }));

/** The receipt as apps show it. @throws ClientError `client/unexpected-answer` */
export async function leftView(member: Pick<Member, "evidence">, file: Uint8Array): Promise<LeftView> {
  const checked = await checkReceiptFile(file, member.evidence);
  if (!checked.ok) throw new ClientError("client/unexpected-answer", checked.code);
  const { word, isInLog } = checked.value;
  return { station: idText(word.station), atMs: word.timeMs, isInLog, rows: rowsOf(word), file };
}

function rowsOf({ amounts }: LeavingWord): LeftView["rows"] {
  return LEFT_CLASSES.map((of) => ({ of, ...amounts[of] }));
}

/** The chain with the tombstone, made once and on disk. @throws ClientError `client/bad-words` */
async function ended(member: Member, words: string | undefined): Promise<readonly Uint8Array[]> {
  const { store, profile, crypto, clock } = member;
  const held = await store.get("meta", ASKED);
  const state = await ownState(member);
  const before = held === undefined ? undefined : askedRow.decode(held).ops;
  if (before !== undefined && before.length === state.ops.length + 1) return before;
  const bundle = decodeBundle(profile.row.bundle);
  try {
    const entropy = words === undefined ? bundle.entropy : await entropyOf(words);
    if (entropy === undefined) throw new ClientError("client/bad-words");
    const seed = rankZeroSeed(entropy, crypto);
    const made = await endIdentity(state, { seed, timeMs: clock.nowMs() }, crypto).finally(() => seed.wipe());
    const ops = made.state.ops.map(({ bytes }) => bytes);
    await store.write([{ table: "meta", key: ASKED, value: askedRow.encode({ ops }) }]);
    return ops;
  } catch (error) {
    if (isE2eError(error, "e2e/bad-words") || isE2eError(error, "e2e/not-a-rotation-key"))
      throw new ClientError("client/bad-words", error.code);
    throw error;
  } finally {
    wipeBundle(bundle);
  }
}

/**
 * Everyone in a conversation hears it in their inbox, as they hear of a move (M-11), all at once and for as long as a person waits: whom it does not reach
 * finds it in the chain.
 */
async function tellAll(member: Member, link: StationLink, ops: readonly Uint8Array[]): Promise<void> {
  const { book, secrets, crypto, clock } = member;
  const told = new Map<string, Promise<unknown>>();
  for (const chat of book.all()) {
    const [newest] = secrets.latest(chat.id);
    if (newest === undefined) continue;
    const frame = await sealRepair({ kind: "moved", conversation: chat.id, ops }, newest.secret, crypto);
    const entry = encodeEntry({ kind: "knock", frame });
    for (const { inbox, station } of await inboxesOf(member, chat)) {
      const name = idText(inbox);
      const at = elsewhere(link, station);
      const tell = (): Promise<unknown> =>
        ask(link, { type: "inbox.append", inbox, at, entry }, "receipt").catch(() => undefined);
      if (!told.has(name)) told.set(name, tell());
    }
  }
  const late = new AbortController();
  const limit = clock.sleep(TELL_LIMIT_MS, late.signal).catch(() => undefined);
  await Promise.race([Promise.all(told.values()), limit]);
  late.abort();
}

/**
 * Ends the identity and has the home delete everything; resolves with the receipt, and everything here can be forgotten.
 *
 * @param words  the recovery words; undefined: this device still has them
 * @throws ClientError `client/bad-words` · `client/not-left` (`detail`: why): nothing on this device is gone, and the next call goes on
 */
export async function leaveEverything(member: Member, words: string | undefined): Promise<LeftView> {
  const { directs, profile } = member;
  const ops = await ended(member, words);
  const { station, routes } = profile.row.home;
  const home = member.link();
  if (home !== undefined) await tellAll(member, home, ops);
  let failure: unknown;
  const at = { key: station.key, urls: [...station.urls, ...routes] };
  const file = await directs.over(at, async (link) => {
    try {
      return await orderLeaving(member, link, station, { ops, withChunks: true });
    } catch (error) {
      failure = error;
      return undefined;
    }
  });
  if (file === undefined) {
    const code = isWireError(failure) ? failure.code : codeOf(failure);
    throw new ClientError("client/not-left", code ?? "client/no-route");
  }
  return leftView(member, file);
}

/** Forgets every row of every table, and the pieces of files; the engine must have let go of them. */
export async function forgetAll({ store, mediaPlatform }: Pick<Member, "store" | "mediaPlatform">): Promise<void> {
  // Where a platform has no place for files there are none.
  const media = await mediaPlatform().catch(() => undefined);
  for (const { name } of (await media?.shelf.list()) ?? []) await media?.shelf.remove(name);
  for (const table of Object.keys(TABLES) as Table[]) {
    for (;;) {
      const rows = await store.range(table, { limit: FORGOTTEN_AT_ONCE });
      if (rows.length === 0) break;
      await store.write(rows.map(({ key }) => ({ table, key, value: undefined })));
    }
  }
}
