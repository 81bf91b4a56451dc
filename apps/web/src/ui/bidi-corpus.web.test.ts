/*
 * The corpus of vectors/bidi as Chromium lays it out in a bubble: the place of every letter is measured, and the order from
 * the left edge to the right is the one that the corpus names.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { Bubble } from "./bubble.tsx";

interface Line {
  readonly id: string;
  readonly note: string;
  readonly text: string;
  readonly direction: string;
  readonly visual: readonly string[];
}

const file = await fetch(new URL("../../../../vectors/bidi/lines.json", import.meta.url));
const { cases } = (await file.json()) as { readonly cases: readonly Line[] };

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** Spaces, and what takes no place: their boxes say nothing. */
const UNSEEN = /^[\s\u2066-\u2069]*$/u;

const lettersOf = (text: string): string[] =>
  Array.from(graphemes.segment(text), ({ segment }) => segment).filter((letter) => !UNSEEN.test(letter));

/** The letters as they stand from left to right. */
function expectedOrder(visual: readonly string[]): string[] {
  return visual.flatMap((run) => {
    const letters = lettersOf(run.slice(1));
    return run.startsWith(">") ? letters : letters.toReversed();
  });
}

interface Placed {
  readonly letter: string;
  readonly left: number;
}

/** Every letter of the message's text with its left edge, as laid out. */
function measured(text: HTMLElement): Placed[] {
  const placed: Placed[] = [];
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest("time, svg, .visually-hidden") === null
      ? NodeFilter.FILTER_ACCEPT
      : NodeFilter.FILTER_REJECT,
  );
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    for (const { segment, index } of graphemes.segment(node.textContent ?? "")) {
      if (UNSEEN.test(segment)) continue;
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + segment.length);
      const lefts = [...range.getClientRects()].map(({ left }) => left);
      placed.push({ letter: segment, left: Math.min(...lefts) });
    }
  }
  return placed;
}

describe.each(["en", "fa"] as const)("the bidi corpus in a bubble, app in %s", (language) => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld(language);
    world.root.style.inlineSize = "1200px";
  });
  afterEach(() => world.close());

  it.each(cases)("$id: $note", async ({ text, direction, visual }) => {
    const room = world.client.addRoom({ identity: "sara", name: "Sara", home: undefined });
    world.show(Bubble, { message: world.client.addMessage(room, { text }), isLast: true });
    let body: HTMLElement | null = null;
    await until(() => {
      body = world.root.querySelector<HTMLElement>("[data-emoji]");
      expect(body?.textContent).toContain(text.trim().slice(0, 3));
    });
    const shown = body as unknown as HTMLElement;
    const order = measured(shown)
      .toSorted((a, b) => a.left - b.left)
      .map(({ letter }) => letter);
    expect(order).toEqual(expectedOrder(visual));
    // HTML's `auto` looks into isolates where UAX #9 does not; the order is UAX #9's either way.
    if (!/[\u2066-\u2069]/u.test(text)) expect(getComputedStyle(shown).direction).toBe(direction);
  });
});
