/*
 * The rows of the chat list. A long list has only those in the document that are near the view: rows are of one height, so where each stands
 * follows from its number. One tab stop, arrow keys inside.
 */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { t } from "../i18n/translate.ts";
import type { ConversationView } from "../state/client-types.ts";
import { settings } from "../state/settings.ts";
import css from "./chats.module.css";

/** Lists up to this length are drawn whole. */
const WHOLE = 60;
/** Rows beyond the view on each side. */
const BESIDE = 10;
const HEIGHT_PX = 64;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The rows that are near the view of whatever scrolls the list. */
function spanOf(list: HTMLElement, count: number, heightPx: number): Span {
  const scroller = list.parentElement ?? list;
  const above = scroller.getBoundingClientRect().top - list.getBoundingClientRect().top;
  const first = Math.floor(above / heightPx) - BESIDE;
  const shown = Math.ceil(scroller.clientHeight / heightPx);
  const from = Math.max(0, Math.min(first, count - shown));
  return { from, to: Math.min(count, Math.max(0, first) + shown + 2 * BESIDE) };
}

export interface ChatRowsProps {
  readonly rows: readonly ConversationView[];
  /** the row of the open chat */
  readonly open: string | undefined;
  readonly row: (chat: ConversationView, isTabStop: boolean) => JSX.Element;
}

export function ChatRows({ rows, open, row }: ChatRowsProps): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const heightPx = useSignal(HEIGHT_PX);
  const span = useSignal<Span>({ from: 0, to: WHOLE });
  const count = rows.length;
  const isWhole = count <= WHOLE;
  const look = (): void => {
    const element = list.current;
    if (element === null || isWhole) return;
    const measured = element.querySelector("li")?.getBoundingClientRect().height ?? 0;
    if (measured > 0) heightPx.value = measured;
    const next = spanOf(element, count, heightPx.peek());
    const { from, to } = span.peek();
    if (next.from !== from || next.to !== to) span.value = next;
  };
  useLayoutEffect(() => {
    const scroller = list.current?.parentElement;
    if (isWhole || scroller === null || scroller === undefined) return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    scroller.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", look);
    };
  }, [isWhole, count, settings.value.density, settings.value.textPercent]);

  const { from, to } = isWhole ? { from: 0, to: count } : span.value;
  const drawn = rows.slice(from, to);
  const tabStop = drawn.some((chat) => chat.id === open) ? open : drawn[0]?.id;
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLUListElement>): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const scroller = event.currentTarget.parentElement;
    const links = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    const focus = (): void => {
      const all = links();
      const at = all.indexOf(document.activeElement as HTMLElement);
      all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
    };
    if (isWhole || Number.isFinite(by) || scroller === null) return focus();
    // The first or the last row may not be drawn yet.
    scroller.scrollTop = by < 0 ? 0 : scroller.scrollHeight;
    look();
    requestAnimationFrame(() =>
      links()
        .at(by < 0 ? 0 : -1)
        ?.focus(),
    );
  };
  return (
    <ul
      ref={list}
      class={css.list}
      aria-label={t("chatsList")}
      onKeyDown={onKeyDown}
      style={
        isWhole
          ? undefined
          : {
              paddingBlockStart: `${4 + from * heightPx.value}px`,
              paddingBlockEnd: `${24 + (count - to) * heightPx.value}px`,
            }
      }
    >
      {drawn.map((chat) => row(chat, chat.id === tabStop))}
    </ul>
  );
}
