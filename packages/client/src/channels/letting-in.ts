/*
 * Who comes by a link into a channel that this person leads (H-10, H-11): at once, or when they say so, and told why not. Every device of the
 * leader hears the ask and comes to the same answer, so any of them can give it.
 */
import {
  conversationId,
  type ConversationId,
  encodeEntry,
  ID_SIZE_BYTES,
  idText,
  isWireError,
  parseIdText,
} from "@chapar/wire";
import { concatBytes, equalBytes, toHex } from "@chapar/wire/bytes";
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
import { asksOf, type ChannelKnockRow, channelKnockShelf, KNOWN } from "./rows.ts";

/** Asks of a channel that wait at a time, for the person's word and for an answer each. */
const MOST_KEPT = 256;
/** After a refusal that names no time. */
const RATE_WAIT_MS = 5_000;
const NOTHING = new Uint8Array(0);
/** A link that ends is noticed by whatever is asked over it next. */
const NEVER = new AbortController().signal;

interface Found {
  readonly id: ConversationId;
  readonly link: ChannelLinkEntry & { readonly id: string };
  readonly ask: ChannelAsk;
}

/** What an ask comes to. `later`: the period is ending, or the person has to say. */
type Verdict = "in" | "later" | TurnedAway;

/** A key of an ask that waits: behind the channel a hash, for who asks is nobody's to read from a key. */
export function askKey({ sha256 }: Pick<Member, "sha256">, channel: Uint8Array, identity: Uint8Array): Uint8Array {
  return concatBytes(asksOf(channel), sha256(concatBytes(channel, identity)));
}

async function find(member: Member, frame: Uint8Array): Promise<Found | undefined> {
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
function judge(member: Member, leading: Leading, { link, ask }: Found, said: ChannelKnockRow["state"]): Verdict {
  const held = leading.readers.get(ask.identity);
  if (held?.barred === true || said === "away") return "refused";
  if (leading.readers.reader(ask.identity)?.going === false) return "in";
  if (link.ended) return "revoked";
  if (link.expiresMs > 0 && member.clock.nowMs() >= link.expiresMs) return "expired";
  const used = leading.readers.used(link.id);
  if (link.limit > 0 && used >= link.limit) return "used-up";
  return link.approval && said !== "wanted" ? "later" : "in";
}

/** Lets people in. */
export class LettingIn {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #isEnding: (leading: Leading) => boolean;
  readonly #waiting = new Map<string, Map<string, boolean>>();

  /** @param isEnding  whether a period is ending, in which nobody comes in */
  constructor(member: Member, tools: SessionTools, isEnding: (leading: Leading) => boolean) {
    this.#member = member;
    this.#tools = tools;
    this.#isEnding = isEnding;
  }

  /** Hears an ask: kept until it is answered. @returns the channel; `full` when others are to be answered before */
  async hear(frame: Uint8Array): Promise<ConversationId | "full" | undefined> {
    const { store, clock, events, sha256 } = this.#member;
    const found = await find(this.#member, frame);
    const known = concatBytes(KNOWN, sha256(frame));
    if (found === undefined || (await channelKnockShelf.get(store, known)) !== undefined) return undefined;
    const { id, ask, link } = found;
    const key = askKey(this.#member, id, ask.identity);
    const waiting = await this.#waitingOf(id);
    const isForPerson = link.approval && !ask.leaves;
    const before = [...waiting].filter(([name, waits]) => name !== toHex(key) && waits === isForPerson);
    if (before.length >= MOST_KEPT) return isForPerson ? undefined : "full";
    const draft = new Draft();
    const { identity, name } = ask;
    const row = { frame, atMs: clock.nowMs(), identity, name, link: link.id, state: "open" } as const;
    channelKnockShelf.put(draft, key, row);
    channelKnockShelf.put(draft, known, { ...row, frame: NOTHING, name: "", state: "away" });
    draft.after(() => {
      waiting.set(toHex(key), isForPerson);
      events.emit({ type: "conversation", conversation: idText(id) });
    });
    await draft.commit(store);
    return id;
  }

  /** Asks of a channel that wait, and whether for the person's word. */
  async #waitingOf(id: ConversationId): Promise<Map<string, boolean>> {
    const held = this.#waiting.get(idText(id));
    if (held !== undefined) return held;
    const links = new Map(channelLinks(this.#member, id).map((link) => [link.id, link.approval]));
    const rows = await channelKnockShelf.range(this.#member.store, { prefix: asksOf(id) });
    const made = new Map(rows.map(({ key, value }) => [toHex(key), links.get(value.link) ?? false]));
    this.#waiting.set(idText(id), made);
    return made;
  }

  /** Whether every ask is answered that can be without the person. */
  async isDone(id: ConversationId): Promise<boolean> {
    const rows = await channelKnockShelf.range(this.#member.store, { prefix: asksOf(id) });
    const leading = rows.length === 0 ? undefined : await leadingOf(this.#member, id);
    if (leading === undefined) return true;
    for (const { value } of rows) {
      const found = await find(this.#member, value.frame);
      if (found !== undefined && judge(this.#member, leading, found, value.state) !== "later") return false;
    }
    return true;
  }

  /** Answers every ask of a channel that can be answered. @returns whether any was. @throws what could not be had now */
  async run(on: StationLink, id: ConversationId): Promise<boolean> {
    const { store } = this.#member;
    const waiting = await this.#waitingOf(id);
    let isAnswered = false;
    for (const { key, value } of await channelKnockShelf.range(store, { prefix: asksOf(id) })) {
      const leading = await leadingOf(this.#member, id);
      if (leading === undefined || !leading.channel.made || this.#isEnding(leading)) return false;
      const found = await find(this.#member, value.frame);
      if (found !== undefined && !(await this.#settle(on, id, found, value.state))) continue;
      const draft = new Draft();
      channelKnockShelf.remove(draft, key);
      draft.after(() => {
        waiting.delete(toHex(key));
        this.#member.events.emit({ type: "conversation", conversation: idText(id) });
      });
      await draft.commit(store);
      isAnswered = true;
    }
    return isAnswered;
  }

  /** Answers one ask, however long the home lets it wait. @returns false when it waits for the person */
  async #settle(on: StationLink, id: ConversationId, found: Found, said: ChannelKnockRow["state"]): Promise<boolean> {
    for (;;) {
      const leading = await leadingOf(this.#member, id);
      if (leading === undefined) return false;
      try {
        return await this.#answer(on, leading, found, said);
      } catch (error) {
        if (on.isEnded) throw error;
        // A stranger may name a station that nobody reaches: they ask again.
        this.#member.failed(error);
        if (!isWireError(error, "station/rate-limited")) return true;
        await this.#member.clock.sleep(error.detail ?? RATE_WAIT_MS, NEVER);
      }
    }
  }

  /** @returns false when it waits */
  async #answer(on: StationLink, leading: Leading, found: Found, said: ChannelKnockRow["state"]): Promise<boolean> {
    const { ask, link } = found;
    const { contacts, store } = this.#member;
    const { identity, station } = ask;
    if (ask.leaves) return this.#goes(leading, found);
    const verdict = judge(this.#member, leading, found, said);
    if (verdict === "later") return false;
    const served = await on.ask({ type: "identity.get", identity, at: elsewhere(on, station) }, "identity.ops");
    const state = await contacts.check(await this.#tools.whole(on, identity, station, served.ops), identity);
    const device = state.devices.find((one) => equalBytes(one.device, ask.device));
    // Whoever holds the link may name anybody; only a device of theirs is answered.
    if (device === undefined) return true;
    const name = contacts.nameOf(identity);
    const draft = new Draft();
    contacts.put(draft, state, name === "" ? ask.name : name);
    const channel = leading.row.id;
    let frame: Uint8Array | undefined;
    if (verdict === "in") {
      const held = leading.readers.reader(identity);
      const who = { identity, name: ask.name, station: state.home.station, link: link.id };
      const reader = held ?? newReader(this.#member, leading, who);
      if (held === undefined) putReader(this.#member, draft, channel, reader);
      frame = await this.#grant(leading, reader, ask);
    } else frame = await sealAnswer(this.#member, link.seed, CHANNEL_ANSWER, { into: channel, why: verdict });
    await draft.commit(store);
    if (frame === undefined) return true;
    const entry = encodeEntry({ kind: "knock", frame });
    const at = deviceInboxes({ ...state, devices: [device] }, this.#member.sha256);
    for (const { inbox, station: home } of at) {
      const answer = await on.ask({ type: "inbox.append", inbox, at: elsewhere(on, home), entry }, "receipt");
      await checkReceipt(this.#member, answer.receipt, { station: home.key, log: inbox, entry });
    }
    return true;
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
