/* Channels in words, for the command line and the chat. */
import type { ChannelReaderView, ChannelStandingView, ChannelView } from "@chapar/client";
import { printableLine } from "./printable.ts";

const STANDINGS: Readonly<Record<ChannelStandingView, string>> = {
  in: "you read it",
  asking: "asked; waiting to be let in",
  revoked: "this link was ended",
  expired: "this link has expired",
  "used-up": "this link is used up",
  refused: "you were not let in",
  removed: "you were taken out; what was read stays",
  left: "you left it; what was read stays",
};

/** How somebody stands to a channel. */
export function standingWords(standing: ChannelStandingView): string {
  return STANDINGS[standing];
}

/** How many read, as far as anybody knows. */
export function readersWords({ open, readerCount }: Pick<ChannelView, "open" | "readerCount">): string {
  if (open || readerCount === undefined) return "anyone with the link reads";
  return readerCount === 1 ? "1 reader" : `${readerCount} readers`;
}

/** A channel in a few lines. */
export function channelWords(channel: ChannelView): readonly string[] {
  const { name, about, standing, leads, writes, writers } = channel;
  const own = leads ? "you lead it" : writes ? "you write in it" : standingWords(standing);
  const who = writers.map((one) => printableLine(one.name)).join(", ");
  const lines = [`${printableLine(name)}  ${readersWords(channel)}  ${own}`];
  if (about !== "") lines.push(...about.split("\n").map((line) => printableLine(line)));
  if (who !== "") lines.push(`written by ${who}`);
  return lines;
}

/** A reader in a line. */
export function readerWords({ name, writes, going }: ChannelReaderView): string {
  const marks = [...(writes ? ["writes"] : []), ...(going ? ["is being taken out"] : [])];
  return [printableLine(name), ...marks].join("  ");
}
