/* `search`: finds messages on this device, newest first. It asks no station and needs none. */
import type { Client, MediaKind, SearchHit, SearchQuery } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { dateTimeWords, messageLine, peopleWords } from "../views.ts";

/** Options as they are typed. */
export interface SearchOptions {
  readonly from?: string;
  readonly since?: string;
  readonly until?: string;
  readonly in?: string;
  readonly media?: MediaKind;
  readonly limit: number;
}

/** Around the first stretch so much of a text is printed. */
const BEFORE_CHARS = 30;
const SHOWN_CHARS = 120;

/** The first moment of a day as people write it. @throws TermError `term/usage` */
export function dayMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00`).getTime() : Number.NaN;
  if (Number.isNaN(atMs)) throw new TermError("term/usage", { problem: `${text} is no day: write it as 2026-11-28` });
  return atMs;
}

/** The text of a hit on one line, around what was found. */
export function foundWords({ message, stretches }: SearchHit): string {
  const text = message.text === "" ? (message.attachments[0]?.fileName ?? "") : message.text;
  const from = Math.max(0, (stretches[0]?.at ?? 0) - BEFORE_CHARS);
  const part = text.slice(from, from + SHOWN_CHARS).replaceAll(/\s+/g, " ");
  return `${from > 0 ? "…" : ""}${part}${from + SHOWN_CHARS < text.length ? "…" : ""}`;
}

/** Who is meant: an identity, or the beginning of a name in one's conversations. @throws TermError `term/usage` */
async function personNamed(client: Client, text: string | undefined): Promise<string | undefined> {
  if (text === undefined) return undefined;
  const me = client.me();
  if (text === "me") return me?.identity;
  const people = (await client.conversations()).flatMap((chat) => chat.people);
  const found = people.find(
    ({ identity, name }) => identity === text || name.toLowerCase().startsWith(text.toLowerCase()),
  );
  if (found === undefined) throw new TermError("term/usage", { problem: `nobody here is called ${text}` });
  return found.identity;
}

/** Prints what was found. */
export async function search(run: Run, words: readonly string[], options: SearchOptions): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const { media, limit } = options;
  const from = await personNamed(client, options.from);
  const chat = options.in === undefined ? undefined : await conversationNamed(profile, options.in, 0);
  const [sinceMs, untilMs] = [dayMs(options.since), dayMs(options.until)];
  const query: SearchQuery = {
    words: words.join(" "),
    limit,
    ...(from !== undefined && { from }),
    ...(chat !== undefined && { conversation: chat.id }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
    ...(media !== undefined && { media }),
  };
  await client.search.catchUp();
  const { hits, more } = await client.search.find(query);
  const chats = new Map((await client.conversations()).map((one) => [one.id, peopleWords(one)]));
  for (const hit of hits) {
    const { message, stretches } = hit;
    const who = message.mine ? "You" : message.senderName;
    const line = { ...messageLine(message, []), event: "found", stretches };
    const place = chats.get(message.conversation) ?? message.conversation;
    run.out.result(line, `${dateTimeWords(message.writtenAtMs)} · ${place} · ${who}: ${foundWords(hit)}`);
  }
  if (hits.length === 0) run.out.result({ event: "found-nothing" }, "Nothing was found on this device.");
  else if (more) run.out.result({ event: "found-more" }, `There is more: --limit prints up to 100.`);
  return ExitCode.ok;
}
