/* To whom sending waits until the person has decided: their keys signed two histories. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

export const pausedPeople: Signal<ReadonlySet<string>> = signal(new Set());
