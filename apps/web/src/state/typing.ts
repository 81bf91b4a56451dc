/*
 * Who is typing, as the engine tells it; and that the person here does, told to the engine seldom, once the line is likely quiet. What tells others,
 * and where, is the engine's own (C-120).
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { TypistView } from "./client-types.ts";
import { isQuiet } from "./companion.ts";
import { engine, onEngineEvent } from "./engine.ts";

const EVERY_MS = 1_000;
let toldAtMs = -EVERY_MS;

/** By conversation; those in which nobody is typing are not there. */
export const typists: Signal<ReadonlyMap<string, readonly TypistView[]>> = signal(new Map());

onEngineEvent((event) => {
  if (event.type !== "typing") return;
  const now = new Map(typists.peek());
  now.delete(event.conversation);
  if (event.people.length > 0) now.set(event.conversation, event.people);
  typists.value = now;
});

/** A key was pressed, or something was taken away or put in by hand. */
export function typed(conversation: string, text: string): void {
  const nowMs = performance.now();
  if (text === "" || !isQuiet.peek() || nowMs - toldAtMs < EVERY_MS) return;
  toldAtMs = nowMs;
  engine()
    .then((client) => client.talk.typing(conversation))
    // Nobody waits for it.
    .catch(() => undefined);
}
