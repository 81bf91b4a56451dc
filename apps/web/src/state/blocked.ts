/* Conversations of two whose other person is blocked; known once the chat list has been read. */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

export const blockedChats: Signal<ReadonlySet<string>> = signal(new Set());
