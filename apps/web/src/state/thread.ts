/*
 * One open conversation as the message list sees it: rows by position, read in pages from this device's store, so that a
 * hundred thousand messages cost what is on the screen. Positions have no gaps; own queued messages stand last and move
 * up when others arrive first, so a change reads the pages again that are held near it.
 */
import { batch, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { Client, MessageView, OutgoingFile, OutgoingMessage } from "./client-types.ts";
import { me } from "./engine.ts";
import { type ThreadMessage, Unkept } from "./unkept.ts";

export const PAGE = 50;
/** The newest rows read at once: always the last page and the whole one before it. */
const TAIL = 2 * PAGE;
/** Pages kept in memory around what is shown. */
const KEPT_PAGES = 12;

export interface Thread {
  readonly id: string;
  /** number of rows: last position + 1; undefined until the first page is here */
  readonly count: Signal<number | undefined>;
  /** rises with every change of a held row */
  readonly version: Signal<number>;
  /** position of the first message that was unread when the thread was opened */
  readonly unreadFrom: Signal<number | undefined>;
  at(position: number): ThreadMessage | undefined;
  /** a name for the row of a message that stays when it is kept */
  rowOf(message: MessageView): string;
  /** Brings the pages of a range; answers when they are here. */
  load(from: number, to: number): Promise<void>;
  send(message: OutgoingMessage, files?: readonly OutgoingFile[]): Promise<MessageView>;
  close(): void;
}

/** Opens a conversation: reads its newest page and follows its events. */
export function openThread(client: Client, id: string, unread: number): Thread {
  const pages = new Map<number, readonly MessageView[]>();
  const reading = new Map<number, Promise<void>>();
  const count = signal<number | undefined>(undefined);
  const version = signal(0);
  const unreadFrom = signal<number | undefined>(undefined);
  /** what was written and is not on the disk yet stands behind all rows that are */
  const unkept = new Unkept();
  let kept: number | undefined;
  const counts = (): void => {
    count.value = kept === undefined ? undefined : kept + unkept.size;
    version.value += 1;
  };
  /** Whether lines of a page are not here: they come as history from another own device. */
  const lacks = (page: number, rows: readonly MessageView[], size: number): boolean =>
    rows.length < Math.min(PAGE, size - page * PAGE);
  const mayLack = (): boolean => {
    const size = kept ?? 0;
    return size === 0 || reading.size > 0 || Array.from(pages).some(([page, rows]) => lacks(page, rows, size));
  };
  /** messages that changed and were not read again yet */
  const changed = new Set<string>();
  let isClosed = false;
  let isStale = false;

  const keep = (page: number, rows: readonly MessageView[]): void => {
    pages.delete(page);
    pages.set(page, rows);
    for (const oldest of pages.keys()) {
      if (pages.size <= KEPT_PAGES) break;
      pages.delete(oldest);
    }
  };

  const readPage = (page: number): Promise<void> => {
    const before = (page + 1) * PAGE;
    const run = (async (): Promise<void> => {
      const rows = await client.messages(id, { before, limit: PAGE });
      if (isClosed) return;
      keep(
        page,
        rows.filter((row) => row.position >= page * PAGE),
      );
      version.value += 1;
    })();
    const tracked = run.finally(() => reading.delete(page));
    reading.set(page, tracked);
    return tracked;
  };

  const readTail = async (): Promise<void> => {
    const again = new Set(changed);
    changed.clear();
    const rows = await client.messages(id, { limit: TAIL });
    if (isClosed) return;
    const last = rows.at(-1);
    const size = last === undefined ? 0 : last.position + 1;
    const held = new Map<number, MessageView[]>();
    for (const row of rows) {
      const page = Math.floor(row.position / PAGE);
      held.set(page, [...(held.get(page) ?? []), row]);
    }
    for (const [page, part] of held) {
      const whole = part.length === PAGE || part[0]?.position === page * PAGE || rows.length < TAIL;
      if (whole) keep(page, part);
    }
    // What began to be read before the change may not have it.
    await Promise.allSettled(reading.values());
    // Older pages change only where own messages had not arrived yet, where somebody did something with a message, and by history.
    for (const [page, part] of Array.from(pages)) {
      if (held.has(page) && part === held.get(page)) continue;
      const isMoving = part.some((row) => row.state === "queued" || row.state === "leaving" || again.has(row.id));
      if (isMoving || lacks(page, part, size)) await readPage(page);
    }
    if (count.peek() === undefined && unread > 0) unreadFrom.value = firstUnread(rows, unread);
    unkept.found(rows);
    kept = size;
    counts();
  };

  // Events come in bursts; one read answers all that happened before it began.
  const refresh = async (): Promise<void> => {
    do {
      isStale = false;
      if (!isClosed) await readTail();
    } while (isStale);
  };
  let running: Promise<void> | undefined;
  const change = (): Promise<void> => {
    isStale = true;
    running ??= refresh().finally(() => (running = undefined));
    return running;
  };

  const stop = client.subscribe((event) => {
    if (event.type === "message" && event.change !== "added") changed.add(event.message);
    if ((event.type === "message" || event.type === "talk") && event.conversation === id) void change();
    // A chat may be opened before its history comes, which tells of no message (D-65).
    if (event.type === "conversation" && event.conversation === id && mayLack()) void change();
  });
  void change();

  return {
    id,
    count,
    version,
    unreadFrom,
    at: (position) => {
      if (kept !== undefined && position >= kept) return unkept.at(position - kept, position);
      const page = Math.floor(position / PAGE);
      const rows = pages.get(page);
      const near = rows?.[position - (rows[0]?.position ?? position)];
      // Parts of history come in any order.
      return near?.position === position ? near : rows?.find((row) => row.position === position);
    },
    rowOf: ({ id: message }) => unkept.rowOf(message),
    load: async (from, to) => {
      const wanted: Promise<void>[] = [];
      for (let page = Math.floor(Math.max(0, from) / PAGE); page <= Math.floor(to / PAGE); page += 1) {
        if (!pages.has(page)) wanted.push(reading.get(page) ?? readPage(page));
      }
      await Promise.all(wanted);
    },
    send: async (message, files = []) => {
      const isShown = files.length === 0 && message.replyTo === undefined;
      const shown = isShown ? unkept.add(id, message.text, me.peek()) : undefined;
      if (isShown) batch(() => ((unreadFrom.value = undefined), counts()));
      try {
        const sent = await sendWith(client, id, message, files);
        shown?.kept(sent.id);
        unreadFrom.value = undefined;
        await change();
        return sent;
      } finally {
        shown?.over();
        if (isShown) counts();
      }
    },
    close: () => {
      isClosed = true;
      stop();
    },
  };
}

const NEVER = { signal: new AbortController().signal };

/** A message, with files or without. */
export function sendWith(
  client: Client,
  id: string,
  message: OutgoingMessage,
  files: readonly OutgoingFile[],
): Promise<MessageView> {
  return files.length === 0 ? client.send(id, message) : client.media.send(id, { ...message, files }, NEVER);
}

function firstUnread(rows: readonly MessageView[], unread: number): number | undefined {
  let left = unread;
  let at: number | undefined;
  for (const row of rows.toReversed()) {
    if (left === 0) break;
    if (row.mine) continue;
    at = row.position;
    left -= 1;
  }
  return at;
}
