/*
 * The files that go with the next message. Only what the composer shows stands here; making them ready (details of place and camera taken
 * out, smaller copies, a blur) is brought with the first file that is chosen.
 */
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { OutgoingItem } from "../media/outgoing-item.ts";
import { notifyProblem } from "./toasts.ts";

/** What is attached to the next message of the open conversation. */
export const outgoing: Signal<readonly OutgoingItem[]> = signal([]);
const preparing = signal(0);
export const isPreparing: ReadonlySignal<boolean> = computed(() => preparing.value > 0);

/** Attaches files; they are ready when they stand above the field. */
export async function attach(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  preparing.value += 1;
  try {
    const { addFiles } = await import("../media/attach.ts");
    await addFiles(files);
  } catch (error) {
    notifyProblem(error);
  } finally {
    preparing.value -= 1;
  }
}

/** Takes all files away; they leave with a message. */
export function takeOutgoing(): readonly OutgoingItem[] {
  const items = outgoing.peek();
  outgoing.value = [];
  return items;
}
