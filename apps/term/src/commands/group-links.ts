/* `group link`, `group join` and what belongs to them: links that lead into groups, and who comes by one. */
import type { GroupAskView, GroupView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { askWords, linkWords } from "../group-words.ts";
import { printableLine } from "../printable.ts";
import { conversationNamed, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { settled, type Waits } from "./group.ts";

const DAY_MS = 86_400_000;

interface LinkTerms extends Waits {
  readonly days?: string;
  readonly uses?: string;
  readonly ask?: boolean;
}

/** @throws TermError `term/usage` for anything but a whole number above 0 */
export function wholeNumber(text: string | undefined, problem: string): number {
  if (text === undefined) return 0;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > 10_000) throw new TermError("term/usage", { problem });
  return value;
}

export async function makeLink(run: Run, text: string, options: LinkTerms): Promise<ExitCode> {
  const days = wholeNumber(options.days, "--days is a whole number of days.");
  const limit = wholeNumber(options.uses, "--uses is a whole number of people.");
  await using profile = await openJoined(run);
  const { id } = await conversationNamed(profile, text, options.timeout);
  const expiresMs = days === 0 ? 0 : Date.now() + days * DAY_MS;
  const approval = options.ask === true;
  const link = await profile.client.groups.makeLink(id, { expiresMs, limit, approval });
  await settled(profile, options);
  run.out.result({ event: "group-link", conversation: id, link, expiresMs, limit, approval }, link);
  return ExitCode.ok;
}

export async function listLinks(run: Run, text: string, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const { id } = await conversationNamed(profile, text, options.timeout);
  await settled(profile, options);
  const group = await client.groups.view(id);
  for (const link of group.links) run.out.result({ event: "link", conversation: id, ...link }, linkWords(link));
  for (const { identity, name, link } of group.requests) {
    run.out.result(
      { event: "request", conversation: id, identity, name, link },
      `${printableLine(name)}  waits to be let in: ./chapar group admit or refuse`,
    );
  }
  return ExitCode.ok;
}

/** What is done about links and who came by them. */
export type LinkChange =
  | { readonly what: "revoke-link"; readonly link: string }
  | { readonly what: "admit" | "refuse"; readonly person: string };

function asking({ requests }: GroupView, text: string): string {
  const wanted = text.toLowerCase();
  const fits = requests.filter(
    ({ identity, name }) => identity.toLowerCase() === wanted || name.toLowerCase() === wanted,
  );
  const [only, ...others] = fits;
  if (only === undefined || others.length > 0) throw new TermError("term/unknown-person", { person: text });
  return only.identity;
}

export async function changeLinks(run: Run, text: string, change: LinkChange, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { groups } = profile.client;
  const { id } = await conversationNamed(profile, text, options.timeout);
  if (change.what === "revoke-link") {
    const { links } = await groups.view(id);
    const found = links.filter(({ id: key, url }) => url === change.link || key.startsWith(change.link));
    const [only, ...others] = found;
    if (only === undefined || others.length > 0)
      throw new TermError("term/usage", { problem: "That is no open link of this group." });
    await groups.revokeLink(id, only.id);
  } else await groups[change.what](id, asking(await groups.view(id), change.person));
  await settled(profile, options);
  run.out.result({ event: "group-changed", conversation: id, what: change.what }, "Done.");
  return ExitCode.ok;
}

function tellAsk(run: Run, ask: GroupAskView): void {
  const { conversation, title, state, approval } = ask;
  run.out.result({ event: "asked", conversation, title, state, approval }, askWords(ask));
}

export async function joinGroup(run: Run, link: string, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { groups } = profile.client;
  const { title } = await groups.readLink(link);
  const conversation = await groups.ask(link);
  await settled(profile, options);
  const ask = (await groups.asks()).find((one) => one.conversation === conversation);
  if (ask === undefined) {
    run.out.result({ event: "group", conversation, title }, `You are in ${printableLine(title)}.`);
    return ExitCode.ok;
  }
  tellAsk(run, ask);
  return ask.state === "waiting" ? ExitCode.ok : ExitCode.refused;
}

export async function listAsks(run: Run, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  await settled(profile, options);
  for (const ask of await profile.client.groups.asks()) tellAsk(run, ask);
  return ExitCode.ok;
}
