/* Which rows of a long list stand in the page: those that are seen, and some around them, so that a thousand people are some forty rows. */
import type { RefObject } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Rows from `first` up to `end` are in the page; the others are the space before and after them. */
export interface Window {
  readonly first: number;
  readonly end: number;
  readonly rowPx: number;
}

/** Up to so many rows all are in the page. */
const ALL = 60;
/** Rows kept around those that are seen: as far as one presses Tab before the page has scrolled after it. */
const AROUND = 12;
const GUESSED_ROW_PX = 57;
/** A list that is not laid out yet has rows of nothing. */
const MIN_ROW_PX = 24;

/**
 * The rows to show.
 *
 * @param topPx  of the list, from the top of what is seen; negative when it has been scrolled past
 */
export function windowOf(count: number, topPx: number, seenPx: number, rowPx: number): Window {
  if (count <= ALL) return { first: 0, end: count, rowPx };
  const seen = Math.ceil(seenPx / rowPx);
  const first = Math.min(Math.max(0, Math.floor(-topPx / rowPx) - AROUND), Math.max(0, count - seen - AROUND));
  return { first, end: Math.min(count, first + seen + 2 * AROUND), rowPx };
}

/** Follows where the list stands, whatever scrolls it. */
export function useWindow(list: RefObject<HTMLElement | null>, count: number): Window {
  const shown = useSignal(windowOf(count, 0, globalThis.innerHeight, GUESSED_ROW_PX));
  useEffect(() => {
    const look = (): void => {
      const place = list.current;
      if (place === null) return;
      const rowPx = Math.max(MIN_ROW_PX, place.querySelector("li")?.offsetHeight ?? GUESSED_ROW_PX);
      const next = windowOf(count, place.getBoundingClientRect().top, globalThis.innerHeight, rowPx);
      const { first, end } = shown.peek();
      if (next.first !== first || next.end !== end) shown.value = next;
    };
    look();
    // Scrolling does not bubble; it is seen on its way down.
    document.addEventListener("scroll", look, { capture: true, passive: true });
    globalThis.addEventListener("resize", look);
    return () => {
      document.removeEventListener("scroll", look, { capture: true });
      globalThis.removeEventListener("resize", look);
    };
  }, [count]);
  const { first, end, rowPx } = shown.value;
  // A search leaves fewer than there were.
  return end > count || (first === 0 && end < Math.min(count, ALL))
    ? windowOf(count, 0, globalThis.innerHeight, rowPx)
    : { first, end, rowPx };
}
