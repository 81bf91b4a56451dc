/* `channel`: a few write, many read; who reads, who writes, and links that lead in. */
import type { ChannelView } from "@chapar/client";
import { allReaders, askNamed, readerNamed } from "../channel-people.ts";
import { channelWords, readerWords, standingWords } from "../channel-words.ts";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { printableLine } from "../printable.ts";
import { conversationNamed, openJoined, type Profile } from "../profile.ts";
import type { Run } from "../run.ts";
import { settled, type Waits } from "./group.ts";
import { wholeNumber } from "./group-links.ts";

const DAY_MS = 86_400_000;

export interface NewChannelOptions extends Waits {
  readonly about?: string;
  readonly open?: boolean;
}

export interface ChannelLinkOptions extends Waits {
  readonly days?: string;
  readonly uses?: string;
  readonly ask?: boolean;
}

export async function createChannel(run: Run, name: string, options: NewChannelOptions): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { about = "", open = false } = options;
  const conversation = await profile.client.channels.create({ name, about, open });
  await settled(profile, options);
  run.out.result({ event: "channel", conversation, name, open }, conversation);
  return ExitCode.ok;
}

async function channelNamed(profile: Profile, text: string, options: Waits): Promise<ChannelView> {
  const { id } = await conversationNamed(profile, text, options.timeout);
  return profile.client.channels.view(id);
}

export async function showChannel(run: Run, text: string, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  await settled(profile, options);
  const channel = await channelNamed(profile, text, options);
  const { readers: _readers, asks: _asks, links: _links, ...shown } = channel;
  run.out.result({ event: "channel", ...shown }, channelWords(channel).join("\n"));
  return ExitCode.ok;
}

export async function listReaders(run: Run, text: string, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  await settled(profile, options);
  const { conversation, leads, asks } = await channelNamed(profile, text, options);
  const readers = leads ? allReaders(profile.client.channels, conversation) : [];
  for await (const reader of readers) run.out.result({ event: "reader", conversation, ...reader }, readerWords(reader));
  for (const ask of asks) {
    const words = `${printableLine(ask.name)}  waits to be let in: ./chapar channel admit or refuse`;
    run.out.result({ event: "request", conversation, ...ask }, words);
  }
  return ExitCode.ok;
}

export async function makeChannelLink(run: Run, text: string, options: ChannelLinkOptions): Promise<ExitCode> {
  const days = wholeNumber(options.days, "--days is a whole number of days.");
  const limit = wholeNumber(options.uses, "--uses is a whole number of people.");
  await using profile = await openJoined(run);
  const { conversation } = await channelNamed(profile, text, options);
  const expiresMs = days === 0 ? 0 : Date.now() + days * DAY_MS;
  const approval = options.ask === true;
  const link = await profile.client.channels.makeLink(conversation, { expiresMs, limit, approval });
  await settled(profile, options);
  run.out.result({ event: "channel-link", conversation, link, expiresMs, limit, approval }, link);
  return ExitCode.ok;
}

export async function listChannelLinks(run: Run, text: string, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { conversation, links } = await channelNamed(profile, text, options);
  for (const link of links.filter(({ ended }) => !ended)) {
    const of = link.limit === 0 ? `${link.used} came` : `${link.used} of ${link.limit} came`;
    run.out.result({ event: "link", conversation, ...link }, `${link.url}  ${of}`);
  }
  return ExitCode.ok;
}

/** A change of a channel, by what is typed. */
export type ChannelChange =
  | { readonly what: "admit" | "refuse" | "remove"; readonly person: string }
  | { readonly what: "writer" | "reader"; readonly person: string }
  | { readonly what: "describe"; readonly name: string; readonly about: string }
  | { readonly what: "revoke-link"; readonly link: string }
  | { readonly what: "leave" };

export async function changeChannel(run: Run, text: string, change: ChannelChange, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { channels } = profile.client;
  const channel = await channelNamed(profile, text, options);
  const { conversation: id, asks, links, name } = channel;
  if (change.what === "describe") await channels.describe(id, { name: change.name, about: change.about });
  else if (change.what === "leave") await channels.leave(id);
  else if (change.what === "remove") await channels.remove(id, [await readerNamed(channels, id, change.person)]);
  else if (change.what === "revoke-link") {
    const found = links.find(({ id: key, url }) => url === change.link || key.startsWith(change.link));
    if (found === undefined) throw new TermError("term/usage", { problem: "That is no link of this channel." });
    await channels.revokeLink(id, found.id);
  } else if (change.what === "writer" || change.what === "reader")
    await channels.setWriter(id, await readerNamed(channels, id, change.person), change.what === "writer");
  else await channels[change.what](id, askNamed(asks, change.person));
  await settled(profile, options);
  const words = change.what === "leave" ? `You left ${printableLine(name)}.` : "Done.";
  run.out.result({ event: "channel-changed", conversation: id, what: change.what }, words);
  return ExitCode.ok;
}

export async function joinChannel(run: Run, link: string, options: Waits): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { channels } = profile.client;
  const { name } = await channels.readLink(link);
  const conversation = await channels.join(link);
  await settled(profile, options);
  const { standing } = await channels.view(conversation);
  const words = `${printableLine(name)}  ${standingWords(standing)}`;
  run.out.result({ event: "channel", conversation, name, standing }, words);
  return standing === "in" || standing === "asking" ? ExitCode.ok : ExitCode.refused;
}
