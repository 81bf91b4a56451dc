/* What a poll shows, counted from the newest vote of each person that stands before its closing (C-71, C-72). */
import { equalBytes, toBase64Url } from "@chapar/wire/bytes";
import type { MimiContent } from "@chapar/wire/content";
import { fitsPoll, pollIn } from "@chapar/wire/talk";
import type { NamedPerson, PollView } from "../talk-views.ts";
import type { MarkEntry } from "./mark-rows.ts";

/** People of an option that are named. */
const NAMED = 50;

/** The poll of a letter; undefined when it is none. `votes`: the newest first; `closings`: the oldest first. */
export function pollView(
  content: MimiContent,
  marks: { readonly votes: readonly MarkEntry[]; readonly closings: readonly MarkEntry[] },
  own: Uint8Array,
  personOf: (identity: Uint8Array) => NamedPerson,
): PollView | undefined {
  const poll = pollIn(content);
  if (poll === undefined) return undefined;
  const [closing] = marks.closings;
  const decided = new Set<string>();
  const chosen = poll.options.map((): Uint8Array[] => []);
  let voters = 0;
  for (const { by, body, at } of marks.votes) {
    const name = toBase64Url(by);
    if (decided.has(name) || (closing !== undefined && at > closing.at)) continue;
    decided.add(name);
    const vote = [...body];
    if (vote.length === 0 || !fitsPoll(vote, poll)) continue;
    voters += 1;
    for (const choice of vote) chosen[choice]?.push(by);
  }
  return {
    multiple: poll.multiple,
    voters,
    options: poll.options.map((text, at) => {
      const people = chosen[at] ?? [];
      const mine = people.some((one) => equalBytes(one, own));
      return { text, count: people.length, mine, people: people.slice(0, NAMED).map(personOf) };
    }),
    ...(closing && { closed: { by: personOf(closing.by), atMs: closing.atMs } }),
  };
}
