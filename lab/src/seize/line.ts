/*
 * Somebody who listens at every person's line to the station, sees sizes, directions and times and nothing else, and guesses who talks with
 * whom: whoever receives whenever another has sent, and few others do, is their partner.
 */
import { type Score, scoreOf } from "./scores.ts";

/** One chunk on somebody's line. */
export interface LineEvent {
  readonly person: string;
  readonly atMs: number;
  /** from the person's side */
  readonly direction: "sent" | "received";
  readonly sizeBytes: number;
}

/** What is as large as a letter. A frame that asks something is smaller. */
const LETTER_BYTES = 512;
/** Within which time what one sent reaches the other. */
const WITHIN_MS = 1_000;

/** Guesses pairs from lines. @param isTrue  whether two people talk with each other */
export function listen(
  line: readonly LineEvent[],
  people: readonly string[],
  isTrue: (one: string, other: string) => boolean,
): Score {
  const letters = line.filter(({ sizeBytes }) => sizeBytes >= LETTER_BYTES).toSorted((a, b) => a.atMs - b.atMs);
  const scores = new Map<string, number>();
  const key = (one: string, other: string): string => [one, other].toSorted().join("\0");
  for (const [at, event] of letters.entries()) {
    if (event.direction !== "sent") continue;
    const receivers = new Set<string>();
    for (let next = at; next < letters.length; next++) {
      const later = letters[next];
      if (later === undefined || later.atMs > event.atMs + WITHIN_MS) break;
      if (later.direction === "received" && later.person !== event.person) receivers.add(later.person);
    }
    for (const receiver of receivers) {
      const pair = key(event.person, receiver);
      scores.set(pair, (scores.get(pair) ?? 0) + 1 / receivers.size);
    }
  }
  const guesses = people.flatMap((one, at) =>
    people.slice(at + 1).map((other) => ({ score: scores.get(key(one, other)) ?? 0, isTrue: isTrue(one, other) })),
  );
  return scoreOf(guesses);
}
