/* What a device keeps of a channel (protocol/20-channels.md): the keys of the period that it is in, and knocks about channels that were heard. */
import type { IdentityId } from "@chapar/wire";
import type { LetterChain } from "@chapar/e2e/channels";
import { blob, count, type FieldCodec, fields, flag, id, list, oneOf, row, text } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

/** A device that may write in the period, and how far its letters were read. */
export interface ChainOfWriter extends LetterChain {
  readonly identity: IdentityId;
}

/** How this device stands to a channel. */
export type ChannelStanding = "asking" | "in" | "revoked" | "expired" | "used-up" | "refused" | "removed" | "left";
const STANDINGS = ["asking", "in", "revoked", "expired", "used-up", "refused", "removed", "left"] as const;

/** A channel as this device knows it. */
export interface ChannelRow {
  readonly standing: ChannelStanding;
  /** this person leads it */
  readonly leads: boolean;
  /** anyone with the link reads */
  readonly open: boolean;
  readonly leader: IdentityId;
  /** what was joined by; empty of one's own */
  readonly link: string;
  /** opens what answers the ask */
  readonly askSeed: Uint8Array;
  /** it lies in the inboxes of whoever leads */
  readonly delivered: boolean;
  /** whether the board stands at the station */
  readonly made: boolean;
  readonly genesis: Uint8Array;
  readonly name: string;
  readonly about: string;
  readonly readers: number;
  readonly writers: readonly IdentityId[];
  readonly period: number;
  /** when the period began */
  readonly sinceMs: number;
  readonly leaf: number;
  readonly keys: readonly Uint8Array[];
  readonly headKey: Uint8Array;
  readonly commitKey: Uint8Array;
  readonly readSeed: Uint8Array;
  readonly openSeed: Uint8Array;
  /** empty: this person does not write here */
  readonly writeSeed: Uint8Array;
  readonly chains: readonly ChainOfWriter[];
  /** of one's own: leaves whose keys went, and in which period */
  readonly removals: readonly Removal[];
  /** a commit that was not the leader's has used up the hub's number: leaf hash of its entry */
  readonly refused: Uint8Array;
  /** roots of the board at its last sizes (board-roots.ts) */
  readonly roots: Uint8Array;
}

/** A leaf whose keys went. */
export interface Removal {
  readonly leaf: number;
  readonly period: number;
}

const chainField = fields<ChainOfWriter>({ identity: id(), device: blob, index: count, key: blob });

type FirstRow = Omit<ChannelRow, "roots">;

const FIRST: FieldCodec<FirstRow> = fields<FirstRow>({
  standing: oneOf(STANDINGS),
  leads: flag,
  open: flag,
  leader: id(),
  link: text,
  askSeed: blob,
  delivered: flag,
  made: flag,
  genesis: blob,
  name: text,
  about: text,
  readers: count,
  writers: list(id<IdentityId>()),
  period: count,
  sinceMs: count,
  leaf: count,
  keys: list(blob),
  headKey: blob,
  commitKey: blob,
  readSeed: blob,
  openSeed: blob,
  writeSeed: blob,
  chains: list(chainField),
  removals: list(fields<Removal>({ leaf: count, period: count })),
  refused: blob,
});

const CODEC: FieldCodec<ChannelRow> = {
  write: (to, value) => {
    FIRST.write(to, value);
    blob.write(to, value.roots);
  },
  read: (from) => ({ ...FIRST.read(from), roots: blob.read(from) }),
};

const NOTHING = new Uint8Array(0);

/** `channel`: by conversation id. */
export const channelShelf: Shelf<ChannelRow> = shelf(
  "channel",
  row<ChannelRow>(2, CODEC, { version: 1, read: (from) => ({ ...FIRST.read(from), roots: NOTHING }) }),
);

/** A channel of which nothing is known yet. */
export function newChannelRow(first: Pick<ChannelRow, "leader" | "name" | "about"> & Partial<ChannelRow>): ChannelRow {
  return {
    standing: "in",
    leads: false,
    open: false,
    link: "",
    askSeed: NOTHING,
    delivered: false,
    made: true,
    genesis: NOTHING,
    readers: 0,
    writers: [],
    period: 0,
    sinceMs: 0,
    leaf: 0,
    keys: [],
    headKey: NOTHING,
    commitKey: NOTHING,
    readSeed: NOTHING,
    openSeed: NOTHING,
    writeSeed: NOTHING,
    chains: [],
    removals: [],
    refused: NOTHING,
    roots: NOTHING,
    ...first,
  };
}

/** A channel of which this device holds no key any more. */
export function withoutKeys(row: ChannelRow, standing: ChannelStanding): ChannelRow {
  const { leader, name, about, link, readers, open } = row;
  return newChannelRow({ standing, leader, name, about, link, readers, open });
}

/** A knock about a channel, or somebody's ask that waits for the person's word. */
export interface ChannelKnockRow {
  readonly frame: Uint8Array;
  readonly atMs: number;
  /** of an ask that was read: who asks, as they call themselves, and by which link */
  readonly identity: Uint8Array;
  readonly name: string;
  readonly link: string;
  /** `heard`: not read yet */
  readonly state: "heard" | "open" | "wanted" | "away";
}

/** `channel`: heard ones behind twenty zeros by their order, asks behind what `asksOf` says and a hash of who asks. */
export const channelKnockShelf: Shelf<ChannelKnockRow> = shelf(
  "channel",
  row<ChannelKnockRow>(
    1,
    fields<ChannelKnockRow>({
      frame: blob,
      atMs: count,
      identity: blob,
      name: text,
      link: text,
      state: oneOf(["heard", "open", "wanted", "away"]),
    }),
  ),
);

/** Before the keys of asks of a channel, which no channel's own row has: the complement of its id. */
export function asksOf(channel: Uint8Array): Uint8Array {
  return channel.map((byte) => 255 - byte);
}

/** Before the keys of knocks that were heard and not read. */
export const HEARD: Uint8Array = new Uint8Array(20);

/** Before the hashes of asks that were heard (H-19): none is heard twice. */
export const KNOWN: Uint8Array = new Uint8Array(20).fill(1);

/** Whether the hub's number of a board was used up by somebody who does not lead it. */
export function isHeldUp({ refused }: Pick<ChannelRow, "refused">): boolean {
  return refused.byteLength > 0;
}
