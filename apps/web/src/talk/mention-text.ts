/* Whom a text that was typed mentions: names of the conversation's people after an @. */
import { plainName } from "../format/bidi.ts";
import type { OutgoingMention, PersonView } from "../state/client-types.ts";

/** A letter or digit right after a name means that another, longer name was meant. */
const GOES_ON = /^[\p{L}\p{N}\p{M}]/u;

/** The mentions in a text, in its order; of two names that fit the longer one. */
export function mentionsIn(text: string, people: readonly PersonView[]): readonly OutgoingMention[] {
  const named = people
    .map(({ identity, name }) => ({ identity, name: plainName(name) }))
    .filter(({ name }) => name !== "")
    .sort((a, b) => b.name.length - a.name.length);
  const found: OutgoingMention[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const rest = text.slice(at + 1);
    const person = named.find(({ name }) => rest.startsWith(name) && !GOES_ON.test(rest.slice(name.length)));
    if (person === undefined) continue;
    const length = person.name.length + 1;
    found.push({ identity: person.identity, start: at, length });
    at += length - 1;
  }
  return found.slice(0, 64);
}

/** The beginning of a name that is being typed before the caret; undefined when none is. */
export function nameBefore(text: string, caret: number): string | undefined {
  return /(?:^|\s)@([\p{L}\p{N}\p{M}\u200c]{0,32})$/u.exec(text.slice(0, caret))?.[1];
}
