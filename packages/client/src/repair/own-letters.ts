/* Own letters, kept for whoever a station withholds them from. */
import { decodeLetter } from "@chapar/wire/content";
import type { OutboxRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Draft } from "../store/shelf.ts";
import { letterKey, letterShelf } from "./kept-rows.ts";

/** Keeps the letter of an own entry that has its receipt or stands in the log. */
export function keepOwnLetter(
  { device, clock }: Member,
  draft: Draft,
  conversation: Uint8Array,
  { letter }: OutboxRow,
  index: number,
): void {
  const decoded = letter && decodeLetter(letter);
  if (letter === undefined || decoded?.ok !== true) return;
  const key = letterKey(conversation, device.credential.device, decoded.value.seq);
  letterShelf.put(draft, key, { letter, index, atMs: clock.nowMs() });
}
