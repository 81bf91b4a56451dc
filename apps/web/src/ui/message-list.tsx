/*
 * The messages of a conversation, anchored at their end. Up to a few hundred are drawn plainly; a longer conversation is
 * drawn by the virtual list, which is loaded only then (it would cost every first visit 8 kB). Both use this frame: it
 * keeps the end in view while new messages come, tells what was read, and offers the way back down.
 */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ComponentType, JSX } from "preact";
import { formatNumber, t } from "../i18n/translate.ts";
import { engineNow } from "../state/engine.ts";
import type { Thread } from "../state/thread.ts";
import { Icon } from "./icon.tsx";
import { PlainRows } from "./plain-rows.tsx";
import type { RowsProps } from "./plain-rows.tsx";
import css from "./message-list.module.css";

/** Conversations up to this length are drawn whole. */
const PLAIN_LIMIT = 200;
/** Nearer than this to the end counts as being there. */
const END_PX = 48;
/** Nearer than this the end is held while the content changes its height. */
const HOLD_PX = 4;

export interface MessageListProps {
  readonly thread: Thread;
  /** the person's name, for the label */
  readonly name: string;
}

function focusNeighbour(list: HTMLElement, by: number): void {
  const rows = [...list.querySelectorAll<HTMLElement>("article[data-position]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = at === -1 ? rows.at(by < 0 ? -1 : 0) : rows[at + by];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

/** Position of the last row whose end is in view. */
function lastSeen(list: HTMLElement): number | undefined {
  const edge = list.getBoundingClientRect().bottom + 8;
  const rows = [...list.querySelectorAll<HTMLElement>("article[data-position]")];
  const seen = rows.findLast((row) => row.getBoundingClientRect().bottom <= edge);
  return seen === undefined ? undefined : Number(seen.dataset["position"]);
}

export function MessageList({ thread, name }: MessageListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const inside = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  /** what stays in place while the content changes its height: the end, the unread line, or nothing of ours */
  const holds = useRef<"end" | "line" | undefined>("end");
  const placedTop = useRef(-1);
  const hasPlaced = useRef(false);
  const markedTo = useRef(-1);
  const drawnCount = useRef(0);
  const showJump = useSignal(false);
  const fresh = useSignal(0);
  const longRows = useSignal<ComponentType<RowsProps> | undefined>(undefined);
  const count = thread.count.value;
  void thread.version.value;
  const isLong = count !== undefined && count > PLAIN_LIMIT;

  const markSeen = (): void => {
    const list = scroller.current;
    if (list === null || document.visibilityState !== "visible") return;
    const seen = lastSeen(list);
    if (seen === undefined || seen <= markedTo.current) return;
    markedTo.current = seen;
    void engineNow()?.markRead(thread.id, seen);
  };
  const hold = (): void => {
    const list = scroller.current;
    if (list === null || holds.current === undefined) return;
    const isMoved = placedTop.current >= 0 && Math.abs(list.scrollTop - placedTop.current) > 2;
    if (isMoved && list.scrollHeight - list.scrollTop - list.clientHeight > HOLD_PX) {
      // The person has scrolled; the event that says so is still on its way.
      holds.current = undefined;
      return;
    }
    const line = thread.unreadFrom.peek();
    const row =
      holds.current === "end" ? null : (list.querySelector(`[data-position="${line}"]`)?.parentElement ?? null);
    if (row === null) list.scrollTop = list.scrollHeight;
    else list.scrollTop += row.getBoundingClientRect().top - list.getBoundingClientRect().top;
    placedTop.current = list.scrollTop;
  };
  const toEnd = (): void => {
    holds.current = "end";
    placedTop.current = -1;
    hold();
  };
  const onScroll = (): void => {
    const list = scroller.current;
    if (list === null) return;
    const left = list.scrollHeight - list.scrollTop - list.clientHeight;
    isAtEnd.current = left < END_PX;
    // A scroll of the person's own lets go at the first pixel, so that nothing pulls back a wheel that has just begun.
    if (Math.abs(list.scrollTop - placedTop.current) > 2) holds.current = left < HOLD_PX ? "end" : undefined;
    showJump.value = left > list.clientHeight / 2;
    if (isAtEnd.current) fresh.value = 0;
    markSeen();
  };

  useEffect(() => {
    if (isLong && longRows.peek() === undefined)
      void import("./virtual-rows.tsx").then(({ VirtualRows }) => (longRows.value = VirtualRows));
  }, [isLong]);

  // The end stays where it is while the composer grows, the keyboard opens or a photo arrives.
  useLayoutEffect(() => {
    const list = scroller.current;
    const content = inside.current;
    if (list === null || content === null) return undefined;
    const observer = new ResizeObserver(() => {
      hold();
    });
    observer.observe(list);
    observer.observe(content);
    const seen = (): void => markSeen();
    document.addEventListener("visibilitychange", seen);
    addEventListener("focus", seen);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("focus", seen);
    };
  }, [thread]);

  useLayoutEffect(() => {
    const list = scroller.current;
    if (list === null || count === undefined || count === 0) return;
    if (!hasPlaced.current) {
      if (thread.at(count - 1) === undefined) return;
      hasPlaced.current = true;
      holds.current = thread.unreadFrom.peek() === undefined ? "end" : "line";
      hold();
      onScroll();
    } else if (count > drawnCount.current && (isAtEnd.current || thread.at(count - 1)?.mine === true)) toEnd();
    else hold();
    drawnCount.current = count;
    markSeen();
  }, [count, thread.version.value, longRows.value]);

  const known = useRef(count);
  useSignalEffect(() => {
    const now = thread.count.value;
    const before = known.current;
    known.current = now;
    if (now !== undefined && before !== undefined && now > before && !isAtEnd.current) fresh.value += now - before;
  });

  const Rows = isLong ? longRows.value : PlainRows;
  return (
    <div class={css.frame}>
      <div
        ref={scroller}
        class={css.scroller}
        role="log"
        aria-live="off"
        aria-label={t("messagesLabel", { name })}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={(event) => {
          if (event.target instanceof Element && event.target.closest("[popover]") !== null) return;
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          focusNeighbour(event.currentTarget, event.key === "ArrowUp" ? -1 : 1);
        }}
      >
        <div ref={inside} class={css.inside}>
          {count === undefined && <p class={css.loading}>{t("messagesLoading")}</p>}
          {count === 0 && <p class={css.start}>{t("chatStart", { name })}</p>}
          {count !== undefined && count > 0 && Rows !== undefined && (
            <Rows thread={thread} count={count} scroller={scroller} />
          )}
        </div>
      </div>
      {showJump.value && (
        <button
          type="button"
          class={css.jump}
          aria-label={fresh.value > 0 ? t("messagesLatestCount", { count: fresh.value }) : t("messagesLatest")}
          onClick={() => {
            isAtEnd.current = true;
            toEnd();
          }}
        >
          <Icon name="down" />
          {fresh.value > 0 && <span class={css.fresh}>{formatNumber(fresh.value)}</span>}
        </button>
      )}
    </div>
  );
}
