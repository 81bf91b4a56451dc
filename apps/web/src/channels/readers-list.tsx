/* Readers of a channel, ten thousand of them if there are: only those near the view are asked for and drawn. */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import groupCss from "../groups/groups.module.css";
import { t } from "../i18n/translate.ts";
import type { ChannelReaderView, ChannelView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import css from "./channels.module.css";

const ESTIMATE_PX = 48;
const OVERSCAN = 6;
/** Readers that are asked for at once. */
const PAGE = 100;

interface Props {
  readonly channel: ChannelView;
  /** a part of their names */
  readonly name: string;
  readonly row: (reader: ChannelReaderView) => JSX.Element;
}

/** What is known of the list. */
interface Known {
  readonly count: number;
  readonly readers: ReadonlyMap<number, ChannelReaderView>;
}

const NOBODY: Known = { count: 0, readers: new Map() };

export function ReadersList({ channel, name, row }: Props): JSX.Element {
  const known = useSignal<Known | undefined>(undefined);
  const drawn = useSignal(0);
  void drawn.value;
  const scroller = useRef<HTMLDivElement>(null);
  const { count, readers } = known.value ?? NOBODY;
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATE_PX,
    overscan: OVERSCAN,
    indexAttribute: "data-index",
    getItemKey: (index: number) => readers.get(index)?.identity ?? index,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => (drawn.value += 1),
  };
  const held = useRef<Virtualizer<HTMLElement, HTMLElement>>(undefined);
  held.current ??= new Virtualizer<HTMLElement, HTMLElement>(options);
  const virtualizer = held.current;
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());

  const items = virtualizer.getVirtualItems();
  const first = Math.floor((items[0]?.index ?? 0) / PAGE);
  const last = Math.floor((items.at(-1)?.index ?? 0) / PAGE);
  useEffect(() => {
    let isOver = false;
    const load = async (): Promise<void> => {
      const { channels } = await engine();
      const from = first * PAGE;
      const page = await channels.readers(channel.conversation, { from, limit: (last - first + 1) * PAGE, name });
      if (isOver) return;
      const found = new Map(page.readers.map((reader, at) => [from + at, reader]));
      known.value = { count: page.count, readers: found };
    };
    load().catch(notifyProblem);
    return () => (isOver = true);
  }, [channel, name, first, last]);

  if (known.value?.count === 0)
    return <p class={groupCss.muted}>{t(name.trim() === "" ? "channelNoReaders" : "channelNobodyFound")}</p>;
  return (
    <div ref={scroller} class={css.readers}>
      <ul
        class={css.inner}
        style={{ blockSize: `${virtualizer.getTotalSize()}px` }}
        aria-label={t("channelReadersTitle")}
      >
        {items.map((item) => {
          const reader = readers.get(item.index);
          return (
            <li
              key={item.key}
              class={css.reader}
              data-index={item.index}
              aria-setsize={count}
              aria-posinset={item.index + 1}
              ref={(node: HTMLLIElement | null) => virtualizer.measureElement(node)}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {reader === undefined ? <div class={css.blank} /> : row(reader)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
