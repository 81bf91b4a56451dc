/* Long press, right click, the menu key and Shift+F10: every way to the menu of a row. */
import { useRef } from "preact/hooks";
import type { TargetedKeyboardEvent, TargetedMouseEvent, TargetedPointerEvent } from "preact";

const LONG_MS = 500;
/** A finger that moves further is scrolling. */
const STILL_PX = 10;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Handlers of a row. */
export interface MenuPress {
  readonly onContextMenu: (event: TargetedMouseEvent<HTMLElement>) => void;
  readonly onKeyDown: (event: TargetedKeyboardEvent<HTMLElement>) => void;
  readonly onPointerDown: (event: TargetedPointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: TargetedPointerEvent<HTMLElement>) => void;
  readonly onPointerUp: () => void;
  readonly onPointerCancel: () => void;
  /** whether the press that ends now was a long one: then it opens nothing */
  readonly wasLong: () => boolean;
}

/** Makes the handlers; `open` is told where, or nothing for the keyboard. */
export function useMenuPress(open: (anchor: HTMLElement, at?: Point) => void): MenuPress {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const from = useRef<Point>({ x: 0, y: 0 });
  const long = useRef(false);
  const stop = (): void => clearTimeout(timer.current);
  return {
    wasLong: () => long.current,
    onContextMenu: (event) => {
      event.preventDefault();
      stop();
      if (!long.current) open(event.currentTarget, { x: event.clientX, y: event.clientY });
    },
    onKeyDown: (event) => {
      if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
      event.preventDefault();
      open(event.currentTarget);
    },
    onPointerDown: (event) => {
      long.current = false;
      stop();
      if (event.pointerType === "mouse") return;
      const anchor = event.currentTarget;
      from.current = { x: event.clientX, y: event.clientY };
      timer.current = setTimeout(() => {
        long.current = true;
        open(anchor, from.current);
      }, LONG_MS);
    },
    onPointerMove: (event) => {
      const { x, y } = from.current;
      if (Math.hypot(event.clientX - x, event.clientY - y) > STILL_PX) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
  };
}
