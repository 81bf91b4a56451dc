/* Files on their way, as the engine tells of them: what a bubble shows while its files are not all here or there. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { TransferView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";

const keyOf = (message: string, file: number | undefined): string => `${message} ${file ?? "up"}`;
const views: Signal<ReadonlyMap<string, TransferView>> = signal(new Map());
let isFollowing = false;

function take(view: TransferView): void {
  const next = new Map(views.peek());
  const key = keyOf(view.message, view.file);
  if (view.state === "done" || view.code === "client/cancelled") next.delete(key);
  else next.set(key, view);
  views.value = next;
}

/** Begins to follow; what waited before is asked for once. */
export function followTransfers(): void {
  if (isFollowing) return;
  isFollowing = true;
  onEngineEvent((event) => {
    if (event.type === "transfer") take(event.transfer);
  });
  void engine()
    .then((client) => client.media.transfers())
    .then((all) => all.forEach(take))
    .catch(() => undefined);
}

/** How the sending of a message's files stands. */
export const sendingOf = (message: string): TransferView | undefined => views.value.get(keyOf(message, undefined));
/** How the fetching of one file stands. */
export const fetchingOf = (message: string, file: number): TransferView | undefined =>
  views.value.get(keyOf(message, file));
