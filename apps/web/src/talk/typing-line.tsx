/*
 * That somebody is typing, in the header of a conversation and in its row of the list. It stands behind what it takes the place of, which
 * the style hides for as long. A screen reader hears of it once in a minute at most (C-125).
 */
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import { announce } from "../state/announcer.ts";
import type { TypistView } from "../state/client-types.ts";

const SAID_EVERY_MS = 60_000;
const saidAtMs = new Map<string, number>();

/** Names come clean, and `t` sets each apart from the direction of the sentence. */
function wordsOf(people: readonly TypistView[], isGroup: boolean): string {
  const [name, other] = people.map((one) => plainName(one.name));
  if (!isGroup || name === undefined) return t("talkTypingNow");
  if (other === undefined) return t("talkTypingOne", { name });
  if (people.length === 2) return t("talkTypingTwo", { name, other });
  return t("talkTypingMore", { name, count: people.length - 1 });
}

export interface TypingLineProps {
  readonly id: string;
  /** one at least */
  readonly people: readonly TypistView[];
  readonly isGroup: boolean;
  /** a screen reader is told as well: of the conversation that is open */
  readonly isSaid?: boolean;
  readonly class: string | undefined;
}

export function TypingLine({ id, people, isGroup, isSaid, class: style }: TypingLineProps): JSX.Element {
  const words = wordsOf(people, isGroup);
  useEffect(() => {
    const nowMs = performance.now();
    if (isSaid !== true || nowMs - (saidAtMs.get(id) ?? -SAID_EVERY_MS) < SAID_EVERY_MS) return;
    saidAtMs.set(id, nowMs);
    announce(words);
  }, [id]);
  return (
    <span class={style} data-typing>
      {words}
    </span>
  );
}
