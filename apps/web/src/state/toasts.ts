/*
 * Short notes at the edge of the screen: one at a time, newest wins, with at most one action. A note without an action
 * leaves by itself; one with an action stays until it is answered (WCAG 2.2.1).
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { loadLateWords } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { openChats, openSheet } from "./navigation.ts";
import { problemFrom } from "./problem.ts";
import type { Remedy } from "./problem.ts";

export interface Toast {
  readonly id: number;
  readonly text: PlainKey;
  readonly tone: "plain" | "attention";
  readonly action: { readonly label: PlainKey; readonly run: () => void } | undefined;
}

const PLAIN_MS = 3500;
export const toast: Signal<Toast | undefined> = signal(undefined);
let count = 0;
let timer = 0;

/** Shows a note. */
export function notify(text: PlainKey, options: Partial<Pick<Toast, "tone" | "action">> = {}): void {
  // Its words may be among those that come later; the note follows them.
  void loadLateWords().catch(() => {});
  count += 1;
  toast.value = { id: count, text, tone: options.tone ?? "plain", action: options.action };
  clearTimeout(timer);
  if (options.action === undefined) timer = setTimeout(dismiss, PLAIN_MS);
}

/** Takes the note away. */
export function dismiss(): void {
  toast.value = undefined;
}

const REMEDIES: Record<Exclude<Remedy, "retry">, () => void> = {
  ok: () => {},
  reload: () => location.reload(),
  connection: () => openSheet("connection"),
  chats: openChats,
  invite: () => openSheet("new"),
};

/** Says what went wrong with one action; `retry` runs the given function again. */
export function notifyProblem(error: unknown, retry?: () => void): void {
  const problem = problemFrom(error);
  const remedy = problem.remedy === "retry" ? (retry ?? REMEDIES.ok) : REMEDIES[problem.remedy];
  notify(problem.text, { tone: "attention", action: { label: problem.action, run: remedy } });
}
