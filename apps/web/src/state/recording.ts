/* Whether a voice message is being recorded, and how it began. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

/** `pressed`: a pointer holds the button; `locked`: it goes on by itself */
export const isRecording: Signal<"pressed" | "locked" | undefined> = signal(undefined);
