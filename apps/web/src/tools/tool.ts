/* Which tool lies over the screen. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

export type Tool = "palette" | "keys" | "find";

/** The open tool, if any. */
export const tool: Signal<Tool | undefined> = signal(undefined);
