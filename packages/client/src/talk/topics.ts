/* What `client.talk` tells of topics: which there are in a conversation, and the lines of one (protocol/5-content.md §10). */
import { toBase64Url } from "@chapar/wire/bytes";
import type { MessageView } from "../api.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import { whereOf } from "../conversation/where.ts";
import type { Member } from "../core.ts";
import { lastU64, u64Key } from "../store/keys.ts";
import type { TopicPage } from "../talk-api.ts";
import type { TopicIdText, TopicView } from "../talk-views.ts";
import type { Views } from "../views.ts";
import { spokenId, topicIdOf } from "./topic-ids.ts";
import { topicKey, topicLineShelf, topicShelf } from "./topic-rows.ts";

/** Topics that are listed, and unread lines that are counted of each. */
const LISTED = 100;
const COUNTED = 100;
/** Own letters that wait, among which those of a topic are looked for. */
const QUEUED = 50;

/** What is read. */
interface Of {
  readonly member: Member;
  readonly views: Views;
}

/** The letter that a topic begins with, when it is here. */
export async function rootOf(
  { member, views }: Of,
  row: ConversationRow,
  id: Uint8Array,
): Promise<MessageView | undefined> {
  const where = await whereOf(member.store, id);
  if (where === undefined || toBase64Url(where.conversation) !== toBase64Url(row.id)) return undefined;
  return views.message(row, where);
}

/** The topics of a conversation, the one that was written in last first. Cost: O(topics), and a few reads for each that is listed. */
export async function topicsIn(of: Of, row: ConversationRow): Promise<readonly TopicView[]> {
  const { store } = of.member;
  const all = await topicShelf.range(store, { prefix: row.id });
  const newest = all
    .map(({ value }) => value)
    .toSorted((a, b) => b.last - a.last)
    .slice(0, LISTED);
  return Promise.all(
    newest.map(async ({ id, lines, atMs }) => {
      const prefix = topicKey(of.member, row.id, id);
      const since = await topicLineShelf.range(store, { prefix, from: u64Key(row.readTo), limit: COUNTED });
      const root = await rootOf(of, row, id);
      const title = root === undefined ? spokenId(id) : root.text;
      const unread = since.filter(({ value }) => !value.mine).length;
      return { id: toBase64Url(id), title, lines, unread, atMs };
    }),
  );
}

/** Lines of a topic, oldest first, with the letter it begins with. Cost: O(limit). */
export async function topicLines(
  of: Of,
  row: ConversationRow,
  topic: TopicIdText,
  { limit, before }: { readonly limit: number; readonly before?: number },
): Promise<TopicPage> {
  const id = topicIdOf(topic);
  const prefix = topicKey(of.member, row.id, id);
  const to = before === undefined ? {} : { to: u64Key(before) };
  const rows = await topicLineShelf.range(of.member.store, { prefix, ...to, reverse: true, limit });
  const placed = await Promise.all(
    rows.toReversed().map(({ key }) => of.views.message(row, { placed: true, at: lastU64(key) })),
  );
  const wait = before === undefined ? Math.min(row.tail, QUEUED) : 0;
  const last = wait === 0 ? [] : await of.views.messages(row, undefined, wait);
  const queued = last.filter((line) => line.topic?.id === topic);
  const lines = [...placed.filter((line) => line !== undefined && line.gap === undefined), ...queued];
  return { root: await rootOf(of, row, id), lines: lines.filter((line) => line !== undefined) };
}
