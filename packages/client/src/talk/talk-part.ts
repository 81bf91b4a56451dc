/*
 * What this device tells by itself (C-40): that messages are here and were seen. Seldom, and never before a letter: one mark
 * for everything since the last, after two seconds in which nothing came, when nothing waits to leave. And what the person
 * deleted for themselves on another device goes from this one.
 */
import { isCrowd } from "../conversation/crowd.ts";
import { parseIdText, ID_SIZE_BYTES } from "@chapar/wire";
import { seenPart as seenBody } from "@chapar/wire/talk";
import type { ConversationIdText } from "../api.ts";
import { composeContent } from "../conversation/letter.ts";
import { enqueue } from "../conversation/queue.ts";
import { followRead, readBy, sizeBelow } from "../conversation/reading.ts";
import { type ConversationRow, messageShelf, outboxShelf, whereShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { hiddenBy } from "./hidden.ts";
import { Marking } from "./marking.ts";
import { NO_TALK, talkShelf } from "./mark-rows.ts";
import { tellingOf } from "./telling.ts";

/** Quiet before something is told. */
const QUIET_MS = 2_000;

/** The session part of `client.talk`. */
export function talkPart(member: Member, tools: SessionTools): SessionPart {
  let life = new AbortController();
  let stop = (): void => undefined;
  return {
    name: "talk",
    begin: () => {
      life = new AbortController();
      const telling = new Telling(member, tools, life.signal);
      const stopEvents = member.events.subscribe((event) => {
        if (event.type !== "conversation") return;
        telling.moved(event.conversation);
        readHere(member, event.conversation).catch(member.failed);
      });
      const stopOwn = member.own.subscribe((entry, from) => {
        if (from !== "elsewhere") return;
        const [hidden, read] = [hiddenBy(entry), readBy(entry.key)];
        if (hidden !== undefined) hideHere(member, hidden).catch(member.failed);
        if (read !== undefined) readHere(member, read).catch(member.failed);
      });
      stop = () => {
        stopEvents();
        stopOwn();
      };
    },
    end: () => {
      life.abort();
      stop();
    },
  };
}

/** How far the person has read elsewhere: also when what they read comes later than the word of it. */
async function readHere(member: Member, conversation: ConversationIdText): Promise<void> {
  const id = parseIdText(conversation, ID_SIZE_BYTES.conversation);
  const row = id === undefined ? undefined : member.book.get(id);
  if (row !== undefined) await followRead(member, conversation, row);
}

/** Tells, one conversation after the other. */
class Telling {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #signal: AbortSignal;
  /** conversations that wait for quiet, and how often something happened in them */
  readonly #waiting = new Map<string, number>();

  constructor(member: Member, tools: SessionTools, signal: AbortSignal) {
    this.#member = member;
    this.#tools = tools;
    this.#signal = signal;
  }

  /** Something came or was seen in a conversation. */
  moved(conversation: string): void {
    const times = this.#waiting.get(conversation);
    this.#waiting.set(conversation, (times ?? 0) + 1);
    if (times === undefined) this.#watch(conversation).catch(this.#member.failed);
  }

  async #watch(conversation: string): Promise<void> {
    const { clock } = this.#member;
    for (let before: number | undefined; before !== this.#waiting.get(conversation);) {
      before = this.#waiting.get(conversation);
      // Only the end of the link aborts the wait; the next link begins anew.
      await clock.sleep(QUIET_MS, this.#signal).catch(() => undefined);
      if (this.#signal.aborted) return;
    }
    this.#waiting.delete(conversation);
    const id = parseIdText(conversation, ID_SIZE_BYTES.conversation);
    if (id !== undefined && (await this.#tell(id)) === "later") this.moved(conversation);
  }

  async #tell(id: Uint8Array): Promise<"told" | "nothing" | "later"> {
    const { book, store } = this.#member;
    const will = tellingOf(this.#member);
    if (!will.delivered && !will.read) return "nothing";
    const told = await book.lane(id).run(async () => {
      const row = book.get(id);
      if (row?.state !== "open" || row.stopped || row.kind === "channel" || isCrowd(book, row)) return "nothing";
      const talk = (await talkShelf.get(store, id)) ?? NO_TALK;
      const read = will.read
        ? Math.max(await sizeBelow(this.#member, row, row.readTo), talk.told.read)
        : talk.told.read;
      const newest = will.delivered ? await sizeBelow(this.#member, row, row.placed) : 0;
      const delivered = Math.max(newest, talk.told.delivered);
      if (read <= talk.told.read && delivered <= talk.told.delivered) return "nothing";
      if ((await outboxShelf.range(store, { prefix: id, limit: 1 })).length > 0) return "later";
      await this.#queue(row, { ...talk, told: { ...talk.told, delivered, read } });
      return "told";
    });
    const row = book.get(id);
    if (told === "told" && row !== undefined) this.#tools.kick(row);
    return told;
  }

  async #queue(row: ConversationRow, talk: typeof NO_TALK): Promise<void> {
    const { clock, random, book, store } = this.#member;
    const draft = new Draft();
    const writtenAtMs = clock.nowMs();
    const content = composeContent(seenBody(talk.told), { random, writtenAtMs });
    const queued = enqueue(this.#member, draft, row, { content, visible: false, writtenAtMs, blobs: [] });
    talkShelf.put(draft, row.id, talk);
    book.put(draft, queued.row);
    await draft.commit(store);
  }
}

/** Deletes a message from this device that the person deleted elsewhere. */
async function hideHere(member: Member, id: Uint8Array): Promise<void> {
  const { store, book } = member;
  const where = await whereShelf.get(store, id);
  if (where?.placed !== true) return;
  await book.lane(where.conversation).run(async () => {
    const row = book.get(where.conversation);
    const line = await messageShelf.get(store, concatKey(where.conversation, where.at));
    if (row === undefined || line?.kind !== "message" || line.marked === "hidden") return;
    const draft = new Draft();
    await new Marking(member, draft, row).hide(line, where.at);
    await draft.commit(store);
  });
}
