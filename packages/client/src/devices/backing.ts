/*
 * Making backups (D-40 to D-42): lines in parts that are made once and kept until one of their lines changes, a head with everything else, and a
 * mark that names the head. What is at the home is remembered, so the next backup sends what is new.
 */
import { encodeHeldHead } from "@chapar/log";
import { chainBytes } from "@chapar/wire";
import { ByteReader, ByteWriter, equalBytes, toHex, utf8 } from "@chapar/wire/bytes";
import { startChain } from "../conversation/chain.ts";
import { type ChainRow, chainsOf } from "../conversation/chain-rows.ts";
import { type ConversationRow, messageShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { lastU64, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { LogShelf } from "../sync/log-shelf.ts";
import {
  type BackedConversation,
  type BackupHead,
  backupHeadRow,
  backupMarkRow,
  type BackupPart,
  backupPartShelf,
  type LineRange,
} from "./backup-rows.ts";
import type { FileRow, KnownPerson } from "./grant.ts";
import { isOwnRoom } from "./own-room.ts";
import { encodeSegments, marksOf, type Segment, segmentBytes } from "./segments.ts";
import { knownPeople } from "./taking.ts";

/** Bytes of a part: about one chunk. */
const PART_BYTES = 60_000;
/** A last part smaller than this is made anew with what is new. */
const FULL_BYTES = 40_000;
/** People of a group whose chains are kept. */
const ASKED_OF_A_GROUP = 64;
/** of a group, once it has its first members */
const FIRST_EPOCH = 1;
const NOTHING = new Uint8Array(0);
const MADE = utf8("backup-made");
const REFUSED = utf8("backup-refused");
const ONE_HOUR_MS = 3_600_000;
const ONE_DAY_MS = 86_400_000;
const MOST_DOUBLINGS = 5;
const MOST_CODE_BYTES = 64;

/** A home that took no backup. */
interface BackupRefusal {
  /** tries in a row */
  readonly times: number;
  readonly againAtMs: number;
  /** of `wire/` or `station/` */
  readonly code: string;
}

/** Keeps a sealed file. */
export type KeepFile = (bytes: Uint8Array) => Promise<FileRow>;

/** When the last backup was whole at the home. */
export async function backupMadeAt({ store }: Pick<Member, "store">): Promise<number | undefined> {
  const bytes = await store.get("meta", MADE);
  return bytes === undefined ? undefined : new ByteReader(bytes).index();
}

/** What the home refused the last backup with, and when it is tried again. */
export async function backupRefusal({ store }: Pick<Member, "store">): Promise<BackupRefusal | undefined> {
  const bytes = await store.get("meta", REFUSED);
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  return { times: reader.index(), againAtMs: reader.index(), code: reader.text(MOST_CODE_BYTES) };
}

/** The home refused: the next try waits an hour, then twice as long, at most a day. */
export async function backupIsRefused({ store, clock }: Pick<Member, "store" | "clock">, code: string): Promise<void> {
  const times = ((await backupRefusal({ store }))?.times ?? 0) + 1;
  const waitMs = Math.min(ONE_DAY_MS, ONE_HOUR_MS * 2 ** Math.min(times - 1, MOST_DOUBLINGS));
  const draft = new Draft();
  draft.put(
    "meta",
    REFUSED,
    new ByteWriter()
      .index(times)
      .index(clock.nowMs() + waitMs)
      .text(code)
      .finish(),
  );
  await draft.commit(store);
}

/** The mark was taken: what is at the home is remembered. */
export async function backupIsMade({ store }: Pick<Member, "store">, madeAtMs: number): Promise<void> {
  const draft = new Draft();
  draft.put("meta", MADE, new ByteWriter().index(madeAtMs).finish());
  draft.remove("meta", REFUSED);
  await draft.commit(store);
}

/** Seals what is new and answers the bytes of the mark. @param isHome  whether what is kept is remembered as being at the home */
export async function makeBackup(member: Member, keep: KeepFile, isHome: boolean): Promise<Uint8Array> {
  const { clock, profile, contacts, own } = member;
  const known = isHome ? await knownParts(member) : [];
  const parts = await allParts(member, known, keep, isHome);
  const { identity, name, home, token } = profile.row;
  const chain = await contacts.get(identity);
  const head: BackupHead = {
    identity,
    madeAtMs: clock.nowMs(),
    name,
    home,
    token,
    ops: chain === undefined ? profile.row.ops : chainBytes(chain.state),
    people: await peopleOf(member),
    own: own.entries(),
    conversations: await conversationsOf(member),
    parts,
  };
  const file = await keep(backupHeadRow.encode(head));
  return backupMarkRow.encode({ madeAtMs: head.madeAtMs, head: file });
}

/** Everyone this device talks with, and of each group those who are asked first to let a new device in; the others come with that. */
async function peopleOf(member: Member): Promise<readonly KnownPerson[]> {
  const people = new Map((await knownPeople(member)).map((one) => [toHex(one.ops[0] ?? NOTHING), one]));
  for (const chat of member.book.all()) {
    if (chat.kind !== "group") continue;
    for (const identity of member.book.others(chat).slice(0, ASKED_OF_A_GROUP)) {
      const contact = await member.contacts.get(identity);
      if (contact === undefined) continue;
      const ops = chainBytes(contact.state);
      people.set(toHex(ops[0] ?? NOTHING), { ops, name: contact.name });
    }
  }
  return [...people.values()];
}

/**
 * Chains that have not begun, of a group's devices: what they write between the backup and the restoring is missing then (F-105). Only of a
 * group that this device was in from its beginning: of another it does not know what was written before.
 */
async function unwritten(
  { groups, device }: Member,
  chat: ConversationRow,
  written: readonly ChainRow[],
): Promise<readonly ChainRow[]> {
  const group = chat.kind === "group" && chat.joinedEpoch <= FIRST_EPOCH ? await groups.load(chat.id) : undefined;
  const known = [device.credential, ...written];
  return (group?.members() ?? [])
    .filter(({ credential }) => !known.some((one) => equalBytes(one.device, credential.device)))
    .map(({ credential }) => startChain(credential.device));
}

async function conversationsOf(member: Member): Promise<readonly BackedConversation[]> {
  const { book, store, hasher, secrets } = member;
  const logs = new LogShelf(store, hasher);
  const all: BackedConversation[] = [];
  for (const chat of book.all()) {
    if (chat.room === undefined || isOwnRoom(member, chat)) continue;
    const { id, peer, peerName, peerHome, room, placed, readTo, unread, atMs } = chat;
    const written = await chainsOf(store, chat);
    const chains = [...written, ...(await unwritten(member, chat, written))];
    const held = encodeHeldHead(await logs.load(room.log, room.hub.key));
    const of = { id, peer, peerName, peerHome, room, placed, readTo, unread, atMs, chains };
    const people = book.roster(id)?.people ?? [];
    const group =
      chat.kind === "group"
        ? { title: chat.title, people, isOver: chat.leaving || chat.state === "closed" }
        : undefined;
    all.push({ ...of, held, secrets: secrets.latest(id), group });
  }
  return all;
}

async function knownParts({ store }: Member): Promise<readonly BackupPart[]> {
  const rows = await backupPartShelf.range(store, {});
  const parts = rows.map(({ value }) => value);
  const last = parts.at(-1);
  return last !== undefined && last.sizeBytes < FULL_BYTES ? parts.slice(0, -1) : parts;
}

/** Every part: those known whose lines are as they were, and new ones for the rest. */
async function allParts(
  member: Member,
  known: readonly BackupPart[],
  keep: KeepFile,
  isHome: boolean,
): Promise<readonly BackupPart[]> {
  const { store } = member;
  const parts: BackupPart[] = [];
  const next = new Map<ConversationRow, number>();
  for (const chat of member.book.all()) if (!isOwnRoom(member, chat)) next.set(chat, 0);
  const take = async (ranges: readonly LineRange[], was: BackupPart | undefined): Promise<void> => {
    const part = await partOf(member, ranges, was, keep);
    parts.push(part);
    if (!isHome || part === was) return;
    const draft = new Draft();
    backupPartShelf.put(draft, u64Key(parts.length), part);
    await draft.commit(store);
  };
  for (const part of known) {
    await take(part.ranges, part);
    for (const { conversation, to } of part.ranges) {
      const chat = member.book.get(conversation);
      if (chat !== undefined) next.set(chat, Math.max(next.get(chat) ?? 0, to));
    }
  }
  for (;;) {
    const ranges = await newRanges(member, next);
    if (ranges.length === 0) break;
    await take(ranges, undefined);
  }
  if (isHome) await forgetFrom(member, parts.length + 1);
  return parts;
}

async function forgetFrom({ store }: Member, number: number): Promise<void> {
  const rows = await backupPartShelf.range(store, { from: u64Key(number) });
  const draft = new Draft();
  for (const { key } of rows) backupPartShelf.remove(draft, key);
  await draft.commit(store);
}

/** Ranges that no part has yet, as many as fill one. */
async function newRanges(member: Member, next: Map<ConversationRow, number>): Promise<readonly LineRange[]> {
  const ranges: LineRange[] = [];
  let roomBytes = PART_BYTES;
  for (const [chat, from] of next) {
    const rows = await messageShelf.range(member.store, { prefix: chat.id, from: u64Key(from) });
    let to = from;
    for (const { key, value } of rows) {
      const sizeBytes = segmentBytes(value, await marksOf(member.store, value));
      if (sizeBytes > roomBytes && (ranges.length > 0 || to > from)) {
        roomBytes = 0;
        break;
      }
      roomBytes -= sizeBytes;
      to = lastU64(key) + 1;
    }
    if (to > from) ranges.push({ conversation: chat.id, from, to });
    next.set(chat, to);
    if (roomBytes <= 0) break;
  }
  return ranges;
}

async function partOf(
  member: Member,
  ranges: readonly LineRange[],
  was: BackupPart | undefined,
  keep: KeepFile,
): Promise<BackupPart> {
  const segments: Segment[] = [];
  for (const { conversation, from, to } of ranges) {
    const query = { prefix: conversation, from: u64Key(from), to: u64Key(to) };
    const rows = await messageShelf.range(member.store, query);
    const lines = rows.map(({ key, value }) => ({ position: lastU64(key), line: value }));
    const marks = [];
    for (const { value } of rows) marks.push(...(await marksOf(member.store, value)));
    segments.push({ conversation, from, lines, marks });
  }
  const bytes = encodeSegments(segments);
  const hash = member.sha256(bytes);
  if (was !== undefined && equalBytes(was.hash, hash)) return was;
  const lines = segments.reduce((sum, one) => sum + one.lines.length, 0);
  return { ranges, lines, hash, sizeBytes: bytes.byteLength, file: await keep(bytes) };
}
