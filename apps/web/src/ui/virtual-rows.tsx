/*
 * The rows of a long conversation: only what is near the view is in the document. Rows are measured when drawn; what is
 * above the view changing its height moves nothing that is read.
 */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { rowAt } from "./plain-rows.tsx";
import type { RowsProps } from "./plain-rows.tsx";
import css from "./message-list.module.css";

const ESTIMATE_PX = 60;
const OVERSCAN = 8;

export function VirtualRows({ thread, count, scroller }: RowsProps): JSX.Element {
  const drawn = useSignal(0);
  void drawn.value;
  void thread.version.value;
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATE_PX,
    overscan: OVERSCAN,
    indexAttribute: "data-index",
    getItemKey: (position: number) => {
      const message = thread.at(position);
      return message === undefined ? position : thread.rowOf(message);
    },
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => (drawn.value += 1),
    initialOffset: () => Number.MAX_SAFE_INTEGER,
  };
  const held = useRef<Virtualizer<HTMLElement, HTMLElement>>(undefined);
  held.current ??= new Virtualizer<HTMLElement, HTMLElement>(options);
  const virtualizer = held.current;
  virtualizer.setOptions(options);

  useLayoutEffect(() => {
    const stop = virtualizer._didMount();
    virtualizer._willUpdate();
    const line = thread.unreadFrom.peek();
    // The end is held by the list around this.
    if (line !== undefined) virtualizer.scrollToIndex(line, { align: "start" });
    return stop;
  }, []);
  useLayoutEffect(() => virtualizer._willUpdate());

  const items = virtualizer.getVirtualItems();
  const from = items[0]?.index ?? 0;
  const to = items.at(-1)?.index ?? 0;
  useLayoutEffect(() => void thread.load(from - 1, to + 1), [thread, from, to]);

  return (
    <div class={css.virtual} style={{ blockSize: `${virtualizer.getTotalSize()}px` }}>
      {items.map((item) => (
        <div
          key={item.key}
          class={css.item}
          data-index={item.index}
          ref={(node: HTMLDivElement | null) => virtualizer.measureElement(node)}
          style={{ transform: `translateY(${item.start}px)` }}
        >
          {rowAt(thread, item.index, count) ?? <div class={css.blank} />}
        </div>
      ))}
    </div>
  );
}
