/*
 * All rows of a conversation of ordinary length, in the document's own flow.
 */
import { useEffect } from "preact/hooks";
import type { JSX, RefObject } from "preact";
import type { Thread } from "../state/thread.ts";
import { MessageRow } from "./message-row.tsx";

export interface RowsProps {
  readonly thread: Thread;
  readonly count: number;
  readonly scroller: RefObject<HTMLElement | null>;
}

/** A row by position, or nothing while its page is on the way. */
export function rowAt(thread: Thread, position: number, count: number): JSX.Element | null {
  const message = thread.at(position);
  if (message === undefined) return null;
  return (
    <MessageRow
      key={thread.rowOf(message)}
      message={message}
      before={thread.at(position - 1)}
      after={thread.at(position + 1)}
      isFirstUnread={thread.unreadFrom.value === position}
      count={count}
    />
  );
}

export function PlainRows({ thread, count }: RowsProps): JSX.Element {
  // Rows change without the count: what is drawn follows the thread itself.
  void thread.version.value;
  useEffect(() => void thread.load(0, count - 1), [thread, count]);
  return <>{Array.from({ length: count }, (_, position) => rowAt(thread, position, count))}</>;
}
