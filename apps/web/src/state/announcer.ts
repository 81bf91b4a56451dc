/*
 * What a screen reader hears: politely, at most once in two seconds. Several messages in that time become one sentence
 * with their number, so that a busy chat does not talk over the person.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { t } from "../i18n/translate.ts";

const QUIET_MS = 2000;

/** The text of the polite live region. */
export const announcement: Signal<string> = signal("");

let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let lastMs = -QUIET_MS;

function speak(): void {
  timer = undefined;
  if (waiting.length === 0) return;
  announcement.value = waiting.length === 1 ? (waiting[0] ?? "") : t("announceMany", { count: waiting.length });
  waiting = [];
  lastMs = performance.now();
}

/** Queues a sentence for the live region. */
export function announce(text: string): void {
  waiting.push(text);
  timer ??= setTimeout(speak, Math.max(50, lastMs + QUIET_MS - performance.now()));
}
