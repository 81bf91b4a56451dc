/*
 * A message pulled towards the end of its line is answered. The finger's own travel is followed by the bubble; a drag that is
 * rather up or down than along the line scrolls, and one from the very edge stays the system's gesture for going back.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX, RefObject } from "preact";
import type { MessageView } from "../state/client-types.ts";
import { messageOf } from "../state/viewer.ts";
import { isLive, reply } from "./actions.ts";
import { TalkIcon } from "./talk-icon.tsx";
import css from "./talk.module.css";

const EDGE_PX = 24;
const BEGINS_PX = 12;
const READY_PX = 56;
const FARTHEST_PX = 80;

interface Pull {
  readonly x: number;
  readonly y: number;
  readonly row: HTMLElement;
  readonly message: MessageView;
  isOn: boolean;
  by: number;
}

/** Where the mark of the pull stands, and whether letting go answers. */
interface Mark {
  readonly top: number;
  readonly side: number;
  readonly isReady: boolean;
}

function beginOf(event: TouchEvent): Pull | undefined {
  const [touch] = event.touches;
  if (event.touches.length !== 1 || touch === undefined) return undefined;
  if (touch.clientX < EDGE_PX || touch.clientX > innerWidth - EDGE_PX) return undefined;
  const row = (event.target as Element).closest<HTMLElement>("article[data-position]");
  const message = row === null ? undefined : messageOf(row);
  if (row === null || message === undefined || !isLive(message)) return undefined;
  return { x: touch.clientX, y: touch.clientY, row, message, isOn: false, by: 0 };
}

/** Follows swipes in a pane. @returns the mark beside the message that is pulled */
export function useSwipes(pane: RefObject<HTMLElement | null>): JSX.Element | null {
  const mark = useSignal<Mark | undefined>(undefined);
  useEffect(() => {
    const area = pane.current;
    if (area === null) return undefined;
    let pull: Pull | undefined;
    const end = (isDone: boolean): void => {
      const ended = pull;
      pull = undefined;
      mark.value = undefined;
      if (ended === undefined) return;
      ended.row.style.translate = "";
      if (isDone && ended.isOn && ended.by >= READY_PX) reply(ended.message);
    };
    const start = (event: TouchEvent): void => {
      end(false);
      pull = beginOf(event);
    };
    const move = (event: TouchEvent): void => {
      const [touch] = event.touches;
      if (pull === undefined || touch === undefined) return;
      const sign = getComputedStyle(pull.row).direction === "rtl" ? -1 : 1;
      const along = (touch.clientX - pull.x) * sign;
      const across = Math.abs(touch.clientY - pull.y);
      if (!pull.isOn && (across > BEGINS_PX || along < -BEGINS_PX)) return end(false);
      if (!pull.isOn && along < BEGINS_PX) return;
      if (event.cancelable) event.preventDefault();
      pull.isOn = true;
      pull.by = Math.max(0, Math.min(FARTHEST_PX, along));
      pull.row.style.translate = `${pull.by * sign}px 0`;
      const box = pull.row.getBoundingClientRect();
      const side = sign === 1 ? Math.max(4, box.left - 44) : Math.min(innerWidth - 44, box.right + 4);
      mark.value = { top: box.top + box.height / 2 - 20, side, isReady: pull.by >= READY_PX };
    };
    const done = (): void => end(true);
    const stopped = (): void => end(false);
    area.addEventListener("touchstart", start, { passive: true });
    area.addEventListener("touchmove", move, { passive: false });
    area.addEventListener("touchend", done);
    area.addEventListener("touchcancel", stopped);
    return () => {
      area.removeEventListener("touchstart", start);
      area.removeEventListener("touchmove", move);
      area.removeEventListener("touchend", done);
      area.removeEventListener("touchcancel", stopped);
    };
  }, []);
  const now = mark.value;
  if (now === undefined) return null;
  return (
    <span class={css.swipe} data-ready={now.isReady} style={{ top: now.top, left: now.side }} aria-hidden="true">
      <TalkIcon name="reply" />
    </span>
  );
}
