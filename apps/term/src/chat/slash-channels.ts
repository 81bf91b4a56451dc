/* Lines that begin with a slash, about the channel that is open (slash.ts). What is typed without one is published. */
import type { ChannelView, Client } from "@chapar/client";
import { askNamed, readerNamed } from "../channel-people.ts";
import { channelWords, readerWords, standingWords } from "../channel-words.ts";
import { printableLine } from "../printable.ts";
import { clip } from "./cells.ts";
import type { OpenConversation } from "./model.ts";

/** What came of it. `link`: to be copied from the screen. */
export type ChannelDone =
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "panel"; readonly lines: readonly string[] }
  | { readonly kind: "link"; readonly above: string; readonly link: string }
  | { readonly kind: "open"; readonly conversation: string };

/** Lines of the help. */
export const CHANNELS_HELP: readonly string[] = [
  "A line without a slash is published.",
  "/channel        what it is, who writes",
  "/newchannel NAME  one that you lead",
  "/joinchannel LINK  reads one",
  "/link [DAYS]    one that leads in",
  "/readers [NAME] who reads, who waits",
  "/admit NAME     lets in who waits",
  "/remove NAME    takes a reader out",
  "/writer NAME · /reader NAME  may write",
  "/leave reads no more · /mute quietly",
];

const DAY_MS = 86_400_000;
/** As many lines as a small screen has. */
const SHOWN = 9;

interface Here {
  readonly client: Client;
  readonly channel: ChannelView;
  readonly argument: string;
  readonly columns: number;
}

type Change = (here: Here) => Promise<ChannelDone>;

const notice = (text: string): ChannelDone => ({ kind: "notice", text });

/** Something that is said of one person. */
function ofPerson(word: string, done: (name: string) => string, change: (here: Here) => Promise<void>): Change {
  return async (here) => {
    if (here.argument === "") return notice(`Say who: /${word} NAME`);
    await change(here);
    return notice(done(printableLine(here.argument)));
  };
}

const leading = async ({ client, channel, argument }: Here): Promise<string> =>
  readerNamed(client.channels, channel.conversation, argument);

const CHANGES: Readonly<Record<string, Change>> = {
  channel: async ({ channel, columns }) => ({
    kind: "panel",
    lines: channelWords(channel).map((line) => clip(line, columns)),
  }),
  link: async ({ client, channel, argument }) => {
    const days = argument === "" ? 0 : Number(argument);
    if (!Number.isSafeInteger(days) || days < 0) return notice("Say for how many days: /link 7");
    const expiresMs = days === 0 ? 0 : Date.now() + days * DAY_MS;
    const link = await client.channels.makeLink(channel.conversation, { expiresMs, limit: 0, approval: false });
    const until = days === 0 ? "until you end it" : days === 1 ? "for a day" : `for ${days} days`;
    return { kind: "link", above: `Whoever has this reads the channel, ${until}:`, link };
  },
  readers: async ({ client, channel, argument, columns }) => {
    const asked = { from: 0, limit: SHOWN, name: argument };
    const { readers, count } = await client.channels.readers(channel.conversation, asked);
    const asks = channel.asks.map(({ name }) => `${printableLine(name)}  waits: /admit`);
    const lines = [...asks, ...readers.map(readerWords)].slice(0, SHOWN);
    const more = count + asks.length - lines.length;
    if (lines.length === 0) return notice(argument === "" ? "Nobody reads it yet." : "Nobody of that name reads it.");
    if (more > 0) lines.push(`and ${more} more: /readers NAME`);
    return { kind: "panel", lines: lines.map((line) => clip(line, columns)) };
  },
  admit: ofPerson(
    "admit",
    (name) => `${name} is let in.`,
    async ({ client, channel, argument }) =>
      client.channels.admit(channel.conversation, askNamed(channel.asks, argument)),
  ),
  remove: ofPerson(
    "remove",
    (name) => `${name} reads nothing that comes after.`,
    async (here) => here.client.channels.remove(here.channel.conversation, [await leading(here)]),
  ),
  writer: ofPerson(
    "writer",
    (name) => `${name} may write.`,
    async (here) => here.client.channels.setWriter(here.channel.conversation, await leading(here), true),
  ),
  reader: ofPerson(
    "reader",
    (name) => `${name} reads only.`,
    async (here) => here.client.channels.setWriter(here.channel.conversation, await leading(here), false),
  ),
  leave: async ({ client, channel }) => {
    await client.channels.leave(channel.conversation);
    return notice(`You left ${printableLine(channel.name)}. What was read stays.`);
  },
};

/** Runs one line; undefined when it is none of these. @throws what the engine refuses */
export async function runChannelSlash(
  word: string,
  argument: string,
  client: Client,
  open: OpenConversation | undefined,
  columns: number,
): Promise<ChannelDone | undefined> {
  if (word === "newchannel") {
    if (argument === "") return notice("Say its name: /newchannel NAME");
    return { kind: "open", conversation: await client.channels.create({ name: argument }) };
  }
  if (word === "joinchannel") {
    if (argument === "") return notice("Say its link: /joinchannel LINK");
    const conversation = await client.channels.join(argument);
    const { standing } = await client.channels.view(conversation);
    return standing === "in" || standing === "asking"
      ? { kind: "open", conversation }
      : notice(standingWords(standing));
  }
  const change = Object.hasOwn(CHANGES, word) ? CHANGES[word] : undefined;
  if (change === undefined) return undefined;
  if (open?.view.kind !== "channel") return notice("Open a channel first.");
  const channel = await client.channels.view(open.view.id);
  return change({ client, channel, argument, columns });
}
