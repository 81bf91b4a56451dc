/*
 * What one ask into a channel comes to (H-10, H-11), in two steps: what the home knows of who asks, and then, for all of several that were asked about beside
 * each other, who comes in. Every device of the leader comes to the same answer, so any of them can give it.
 */
import {
  conversationId,
  type ConversationId,
  encodeEntry,
  ID_SIZE_BYTES,
  type IdentityState,
  parseIdText,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { sealAnswer, type TurnedAway } from "../conversation/link-sealing.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import type { StationLink } from "../link/station-link.ts";
import { deviceInboxes } from "../repair/inboxes.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { elsewhere } from "../trust/judging.ts";
import { keptLeaderKeys } from "./keys.ts";
import { CHANNEL_ANSWER, type ChannelAsk, openChannelAsk, sealChannelGrant } from "./knocks.ts";
import { leadingOf, type Leading, newReader, tellWriters, writersOf } from "./leading.ts";
import { type ChannelLinkEntry, channelLinks, ledChannels, putReader, type ReaderEntry } from "./led.ts";
import { forgetReaders } from "./readers.ts";
import type { ChannelKnockRow } from "./rows.ts";

const NOTHING = new Uint8Array(0);

/** An ask that was opened, and the link by which it came. */
export interface Found {
  readonly id: ConversationId;
  readonly link: ChannelLinkEntry & { readonly id: string };
  readonly ask: ChannelAsk;
}

/** What an ask comes to. `later`: the period is ending, or the person has to say. */
export type Verdict = "in" | "later" | TurnedAway;

/** Somebody who asks, as the home knows them. `undefined`: there is nobody to answer */
export interface Asker {
  readonly found: Found;
  readonly said: ChannelKnockRow["state"];
  /** of whom it was asked what their chain is */
  readonly state?: IdentityState;
}

/** Opens an ask by whichever link of whichever channel it was sealed under. */
export async function find(member: Member, frame: Uint8Array): Promise<Found | undefined> {
  for (const text of ledChannels(member)) {
    const bytes = parseIdText(text, ID_SIZE_BYTES.conversation);
    if (bytes === undefined) continue;
    const id = conversationId(bytes);
    for (const link of channelLinks(member, id)) {
      const opened = await openChannelAsk(member, link.seed, frame);
      if (opened?.isSigned === true && equalBytes(opened.ask.channel, id)) return { id, link, ask: opened.ask };
    }
  }
  return undefined;
}

/** What becomes of somebody's ask. */
export function judge(member: Member, leading: Leading, { link, ask }: Found, said: ChannelKnockRow["state"]): Verdict {
  const held = leading.readers.get(ask.identity);
  if (held?.barred === true || said === "away") return "refused";
  if (leading.readers.reader(ask.identity)?.going === false) return "in";
  if (link.ended) return "revoked";
  if (link.expiresMs > 0 && member.clock.nowMs() >= link.expiresMs) return "expired";
  const used = leading.readers.used(link.id);
  if (link.limit > 0 && used >= link.limit) return "used-up";
  return link.approval && said !== "wanted" ? "later" : "in";
}

/** Answers asks. */
export class Answering {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #isEnding: (leading: Leading) => boolean;

  /** @param isEnding  whether a period is ending, in which nobody comes in */
  constructor(member: Member, tools: SessionTools, isEnding: (leading: Leading) => boolean) {
    this.#member = member;
    this.#tools = tools;
    this.#isEnding = isEnding;
  }

  /** Whether an ask can be answered now. */
  async canAnswer(id: ConversationId): Promise<boolean> {
    const leading = await leadingOf(this.#member, id);
    return leading?.channel.made === true && !this.#isEnding(leading);
  }

  /** What the home knows of who asks. @throws what it refused with */
  async ask(on: StationLink, id: ConversationId, { frame, state: said }: ChannelKnockRow): Promise<Asker | undefined> {
    const { contacts } = this.#member;
    const found = await find(this.#member, frame);
    const leading = await leadingOf(this.#member, id);
    if (found === undefined || leading === undefined) return undefined;
    const { identity, station, leaves, device } = found.ask;
    if (leaves || judge(this.#member, leading, found, said) === "later") return { found, said };
    const served = await on.ask({ type: "identity.get", identity, at: elsewhere(on, station) }, "identity.ops");
    const state = await contacts.check(await this.#tools.whole(on, identity, station, served.ops), identity);
    // Whoever holds the link may name anybody; only a device of theirs is answered.
    return state.devices.some((one) => equalBytes(one.device, device)) ? { found, said, state } : undefined;
  }

  /** Answers one. @returns false when it waits */
  async answer(on: StationLink, id: ConversationId, { found, said, state }: Asker): Promise<boolean> {
    const { contacts, sha256 } = this.#member;
    const { ask } = found;
    const leading = await leadingOf(this.#member, id);
    if (leading === undefined) return false;
    if (ask.leaves) return this.#goes(leading, found);
    if (state === undefined || this.#isEnding(leading)) return false;
    const draft = new Draft();
    contacts.put(draft, state, contacts.nameOf(ask.identity) === "" ? ask.name : contacts.nameOf(ask.identity));
    const decided = this.#decide(draft, leading, { found, said, state });
    // Sealed and written beside each other: a grant leaves when who it is for is on disk.
    const [frame] = await Promise.all([this.#frame(leading, found, decided), this.#commit(draft, id)]);
    if (decided === "later") return false;
    if (frame === undefined) return true;
    const entry = encodeEntry({ kind: "knock", frame });
    const devices = state.devices.filter(({ device }) => equalBytes(device, ask.device));
    for (const { inbox, station: home } of deviceInboxes({ ...state, devices }, sha256)) {
      const taken = await on.ask({ type: "inbox.append", inbox, at: elsewhere(on, home), entry }, "receipt");
      await checkReceipt(this.#member, taken.receipt, { station: home.key, log: inbox, entry });
    }
    return true;
  }

  async #commit(draft: Draft, id: ConversationId): Promise<void> {
    try {
      await draft.commit(this.#member.store);
    } catch (error) {
      // Those who were counted in are not on disk.
      forgetReaders(this.#member, id);
      throw error;
    }
  }

  /** Judges, and counts whoever comes in at once, without waiting for the disk: the next of those who came together is judged after them. */
  #decide(
    draft: Draft,
    leading: Leading,
    {
      found,
      said,
      state,
    }: { readonly found: Found; readonly said: ChannelKnockRow["state"]; readonly state: IdentityState },
  ): ReaderEntry | TurnedAway | "later" {
    const { ask, link } = found;
    const verdict = judge(this.#member, leading, found, said);
    if (verdict !== "in") return verdict;
    const held = leading.readers.reader(ask.identity);
    if (held !== undefined) return held;
    const who = { identity: ask.identity, name: ask.name, station: state.home.station, link: link.id };
    const reader = newReader(this.#member, leading, who);
    putReader(this.#member, draft, leading.row.id, reader);
    leading.readers.take(reader);
    return reader;
  }

  async #frame(
    leading: Leading,
    { ask, link }: Found,
    decided: ReaderEntry | TurnedAway | "later",
  ): Promise<Uint8Array | undefined> {
    if (decided === "later") return undefined;
    if (typeof decided !== "string") return this.#grant(leading, decided, ask);
    return sealAnswer(this.#member, link.seed, CHANNEL_ANSWER, { into: leading.row.id, why: decided });
  }

  /** They read no more: their keys go with the next period. */
  async #goes({ row, readers }: Leading, { ask }: Found): Promise<boolean> {
    const held = readers.get(ask.identity);
    const state = await this.#member.contacts.get(ask.identity);
    const isTheirs = state?.state.devices.some(({ device }) => equalBytes(device, ask.device)) ?? false;
    if (held === undefined || held.going || !isTheirs) return true;
    const draft = new Draft();
    putReader(this.#member, draft, row.id, { ...held, going: true, writes: false });
    await draft.commit(this.#member.store);
    return true;
  }

  async #grant(leading: Leading, reader: ReaderEntry, { kemKey }: ChannelAsk): Promise<Uint8Array | undefined> {
    const { row, room, channel, led } = leading;
    const { period } = channel;
    const keys = keptLeaderKeys(this.#member, row.id, led, channel);
    const writers = writersOf(this.#member, leading);
    const isNow = channel.writers.some((one) => equalBytes(one, reader.identity));
    return sealChannelGrant(
      this.#member,
      {
        channel: row.id,
        log: room.log,
        name: channel.name,
        about: channel.about,
        readers: leading.readers.present.length,
        period,
        periodKey: keys.periodKey(period),
        leaf: reader.leaf,
        keys: keys.tree.path(reader.leaf, period),
        writeSeed: isNow && reader.writes ? keys.writeSeed(period) : NOTHING,
        writers: channel.writers,
        people: await tellWriters(this.#member, writers),
      },
      kemKey,
    );
  }
}
