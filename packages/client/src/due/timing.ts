/* The calls of `client.chats` about time: the timer of a conversation, and messages that leave later. */
import { parseIdText, idText } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import { Disposition, MAX_TEXT_BYTES } from "@chapar/wire/content";
import { timerExtension, TIMERS_S } from "@chapar/wire/talk";
import type { MessageIdText } from "../api.ts";
import type { ScheduledIdText, ScheduledView } from "../chats-api.ts";
import { composeContent } from "../conversation/letter.ts";
import { enqueue } from "../conversation/queue.ts";
import { type ConversationRow, isForked } from "../conversation/rows.ts";
import type { Joined } from "../engine-parts.ts";
import { ClientError } from "../errors.ts";
import { Draft } from "../store/shelf.ts";
import { messageIdOf } from "../talk/composing.ts";
import { rightsIn } from "../talk/rights.ts";
import { UNPLACED } from "./placing.ts";
import { scheduledShelf, type ScheduledRow, timerShelf } from "./rows.ts";

const ID_BYTES = 16;
/** A year: whoever plans further ahead means something else. */
const FURTHEST_MS = 366 * 86_400_000;

/** What is written for later. */
interface Later {
  readonly text: string;
  readonly silent?: true;
  readonly replyTo?: MessageIdText;
}

/** Sets timers and schedules messages. */
export class Timing {
  readonly #joined: Joined;

  constructor(joined: Joined) {
    this.#joined = joined;
  }

  async timerOf(row: ConversationRow): Promise<number> {
    return (await timerShelf.get(this.#joined.member.store, row.id))?.seconds ?? 0;
  }

  /** A letter says so to the others; here it holds at once. */
  async setTimer(was: ConversationRow, seconds: number): Promise<void> {
    if (!TIMERS_S.includes(seconds)) throw new ClientError("client/bad-timer");
    const { member, session } = this.#joined;
    const { book, clock, random, store, device } = member;
    await book.lane(was.id).run(async () => {
      const row = book.get(was.id) ?? was;
      if (row.state === "closed" || (row.stopped && !isForked(row)))
        throw new ClientError("client/closed-conversation");
      if (!rightsIn(book.roster(row.id), row, device.credential.identity).pins)
        throw new ClientError("client/not-allowed");
      if ((await this.timerOf(row)) === seconds) return;
      const writtenAtMs = clock.nowMs();
      const body = { kind: "null", disposition: Disposition.render, language: "" } as const;
      const content = composeContent(body, { others: [timerExtension(seconds)], random, writtenAtMs });
      const draft = new Draft();
      const queued = enqueue(member, draft, row, { content, visible: true, writtenAtMs, blobs: [] });
      timerShelf.put(draft, row.id, { seconds, at: UNPLACED });
      book.put(draft, queued.row);
      await draft.commit(store);
    });
    session.kick(book.get(was.id) ?? was);
  }

  async schedule(row: ConversationRow, message: Later, atMs: number): Promise<ScheduledIdText> {
    const { member } = this.#joined;
    const { text, silent, replyTo } = message;
    if (replyTo !== undefined) messageIdOf(replyTo);
    const id = member.random(ID_BYTES);
    await this.#put({
      id,
      conversation: row.id,
      dueMs: this.#timeOf(atMs),
      text: checked(text),
      silent: silent === true,
      replyTo,
    });
    return idText(id);
  }

  async scheduled(): Promise<readonly ScheduledView[]> {
    const rows = await scheduledShelf.range(this.#joined.member.store, {});
    const views = rows.map(({ value: { id, conversation, dueMs, text, silent } }) => ({
      id: idText(id),
      conversation: idText(conversation),
      atMs: dueMs,
      text,
      silent,
    }));
    return views.sort((a, b) => a.atMs - b.atMs);
  }

  async reschedule(id: ScheduledIdText, change: { readonly text?: string; readonly atMs?: number }): Promise<void> {
    const row = await this.#named(id);
    const { text, atMs } = change;
    await this.#put({
      ...row,
      ...(text !== undefined && { text: checked(text) }),
      ...(atMs !== undefined && { dueMs: this.#timeOf(atMs) }),
    });
  }

  async unschedule(id: ScheduledIdText): Promise<void> {
    const { store, events } = this.#joined.member;
    const row = await this.#named(id);
    const draft = new Draft();
    scheduledShelf.remove(draft, row.id);
    draft.after(() => events.emit({ type: "own", key: "scheduled", from: "here" }));
    await draft.commit(store);
  }

  async #named(text: ScheduledIdText): Promise<ScheduledRow> {
    const id = parseIdText(text, ID_BYTES);
    const row = id && (await scheduledShelf.get(this.#joined.member.store, id));
    if (row === undefined) throw new ClientError("client/unknown-scheduled");
    return row;
  }

  #timeOf(atMs: number): number {
    const nowMs = this.#joined.member.clock.nowMs();
    if (!Number.isSafeInteger(atMs) || atMs < 0 || atMs > nowMs + FURTHEST_MS) throw new ClientError("client/bad-time");
    return atMs;
  }

  async #put(row: ScheduledRow): Promise<void> {
    const { store, due, events } = this.#joined.member;
    const draft = new Draft();
    scheduledShelf.put(draft, row.id, row);
    draft.after(() => {
      due.wake();
      events.emit({ type: "own", key: "scheduled", from: "here" });
    });
    await draft.commit(store);
  }
}

function checked(text: string): string {
  if (text.trim() === "") throw new ClientError("client/empty");
  if (utf8(text.toWellFormed()).byteLength > MAX_TEXT_BYTES) throw new ClientError("client/too-large");
  return text.toWellFormed();
}
