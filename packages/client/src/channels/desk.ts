/* Answers `client.channels`: reads what this device knows of channels, and writes down what its person wants of them. */
import { parseInvite } from "@chapar/e2e";
import { type IdentityId, ID_SIZE_BYTES, idText, parseIdText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationIdText, IdentityIdText } from "../api.ts";
import type {
  ChannelCalls,
  ChannelInviteView,
  ChannelLinkTerms,
  ChannelReaderView,
  ChannelView,
  ChannelWriterView,
  NewChannel,
  ReadersAsked,
  ReadersPage,
} from "../channel-api.ts";
import { MUTED_ALWAYS_MS } from "../chats-api.ts";
import { ChatSettings } from "../chats/settings.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { DeskPorts } from "../desk-ports.ts";
import type { Joined } from "../engine-parts.ts";
import { ClientError } from "../errors.ts";
import { cleanTitle } from "../groups/group-state.ts";
import { Draft } from "../store/shelf.ts";
import { enter } from "./asking.ts";
import { foundChannel } from "./founding.ts";
import { type Leading, leadingOf } from "./leading.ts";
import {
  channelLinks,
  identityOfText,
  linkIdOf,
  putLed,
  putLink,
  putRead,
  putReader,
  type ReaderEntry,
} from "./led.ts";
import { leaderKeys } from "./keys.ts";
import { asksBy } from "./letting-in.ts";
import { channelLinkText, cleanAbout, readChannelLink } from "./link-text.ts";
import { CHANNELS_PART } from "./part-name.ts";
import { asksOf, channelKnockShelf, type ChannelKnockRow, type ChannelRow, channelShelf, withoutKeys } from "./rows.ts";

const SEED_BYTES = 32;
const MAX_LINKS = 16;
/** Readers that a view of a channel shows, and that one page has at most. */
const READERS_SHOWN = 100;
const MOST_READERS = 500;
/** People who may write beside the leader. */
const MAX_WRITERS = 32;
const wholeNumber = (value: number): number => (Number.isSafeInteger(value) && value > 0 ? value : 0);

/** The calls about channels. */
export class ChannelDesk implements ChannelCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async #channel(
    id: ConversationIdText,
  ): Promise<{ readonly joined: Joined; readonly row: ConversationRow; readonly channel: ChannelRow }> {
    const joined = this.#ports.joined();
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    const row = bytes && joined.member.book.get(bytes);
    const channel = row && (await channelShelf.get(joined.member.store, row.id));
    if (row === undefined || channel === undefined) throw new ClientError("client/unknown-conversation");
    return { joined, row, channel };
  }

  async #leading(id: ConversationIdText): Promise<{ readonly joined: Joined; readonly leading: Leading }> {
    const { joined, row } = await this.#channel(id);
    const leading = await leadingOf(joined.member, row.id);
    if (leading === undefined) throw new ClientError("client/not-your-role");
    return { joined, leading };
  }

  #title(name: string): string {
    const clean = cleanTitle(name);
    if (clean === undefined) throw new ClientError("client/bad-title");
    return clean;
  }

  /** Writes something down, and has it done. */
  async #write({ member, session }: Joined, row: ConversationRow, put: (draft: Draft) => void): Promise<void> {
    const draft = new Draft();
    put(draft);
    draft.after(() => member.events.emit({ type: "conversation", conversation: idText(row.id) }));
    await draft.commit(member.store);
    session.wake(CHANNELS_PART);
  }

  async create({ name, about = "", open = false }: NewChannel): Promise<ConversationIdText> {
    const { member, session } = this.#ports.joined();
    const row = await foundChannel(member, { name: this.#title(name), about: cleanAbout(about), open });
    session.wake(CHANNELS_PART);
    return idText(row.id);
  }

  async view(id: ConversationIdText): Promise<ChannelView> {
    const { joined, row, channel } = await this.#channel(id);
    const { member } = joined;
    const leading = await leadingOf(member, row.id);
    const present = leading?.readers.present ?? [];
    const asks = await channelKnockShelf.range(member.store, { prefix: asksOf(row.id) });
    return {
      conversation: id,
      name: leading?.led.name ?? channel.name,
      about: leading?.led.about ?? channel.about,
      standing: channel.standing,
      leads: channel.leads,
      writes: channel.standing === "in" && channel.writeSeed.byteLength > 0,
      open: channel.open,
      readerCount: channel.open ? undefined : leading === undefined ? channel.readers : present.length,
      writers: await this.#writers(joined, channel),
      readers: present.slice(0, READERS_SHOWN).map((reader) => readerView(member, reader)),
      asks: askViews(
        member,
        asks.map(({ value }) => value),
      ),
      links: leading === undefined ? [] : linkViews(member, leading),
    };
  }

  async readers(id: ConversationIdText, { from, limit, name = "" }: ReadersAsked): Promise<ReadersPage> {
    const { joined, leading } = await this.#leading(id);
    const { member } = joined;
    const sought = name.trim().toLowerCase();
    const all = leading.readers.present;
    const isSought = ({ identity, name: said }: ReaderEntry): boolean =>
      nameOf(member, identity, said).toLowerCase().includes(sought) || idText(identity) === sought;
    const found = sought === "" ? all : all.filter(isSought);
    const first = Math.max(0, Math.trunc(from));
    const last = first + Math.min(MOST_READERS, Math.max(0, Math.trunc(limit)));
    return { count: found.length, readers: found.slice(first, last).map((reader) => readerView(member, reader)) };
  }

  async #writers({ member }: Joined, channel: ChannelRow): Promise<readonly ChannelWriterView[]> {
    const writers: ChannelWriterView[] = [];
    for (const identity of channel.writers) {
      const isOwn = equalBytes(identity, member.profile.row.identity);
      const name = isOwn ? member.profile.row.name : nameOf(member, identity, "");
      writers.push({ identity: idText(identity), name, leads: equalBytes(identity, channel.leader) });
    }
    return writers;
  }

  async describe(
    id: ConversationIdText,
    { name, about }: { readonly name: string; readonly about: string },
  ): Promise<void> {
    const { joined, leading } = await this.#leading(id);
    const led = { ...leading.led, name: this.#title(name), about: cleanAbout(about) };
    await this.#write(joined, leading.row, (draft) => putLed(joined.member, draft, leading.row.id, led));
  }

  async makeLink(id: ConversationIdText, terms: ChannelLinkTerms): Promise<string> {
    const { joined, leading } = await this.#leading(id);
    const { member } = joined;
    const { row, room, led, channel } = leading;
    const there = channelLinks(member, row.id);
    const seed = led.open ? leaderKeys(member, led, channel).openSeed : member.random(SEED_BYTES);
    // Of an open channel there is one link, which says all.
    if (there.filter(({ ended }) => !ended).length >= MAX_LINKS) throw new ClientError("client/too-many-links");
    const found = parseInvite(await this.#ports.invite(), member.sha256);
    const person = found.ok ? found.value.invite.person : undefined;
    if (!found.ok || person === undefined) throw new ClientError("client/bad-invite");
    const said = led.open
      ? { approval: false, expiresMs: 0, limit: 0 }
      : { ...terms, expiresMs: wholeNumber(terms.expiresMs), limit: wholeNumber(terms.limit) };
    const { approval, expiresMs } = said;
    const { name, about, open } = led;
    const invite = { ...found.value.invite, person };
    const of = { channel: row.id, log: room.log, seed, open, name, about, approval, expiresMs, invite };
    const url = channelLinkText(of, member.sha256);
    await this.#write(joined, row, (draft) => putLink(member, draft, row.id, { seed, url, ...said, ended: false }));
    return url;
  }

  async revokeLink(id: ConversationIdText, link: string): Promise<void> {
    const { joined, leading } = await this.#leading(id);
    const { row } = leading;
    const found = channelLinks(joined.member, row.id).find((one) => one.id === link);
    if (found === undefined) return;
    const { id: _, ...entry } = found;
    await this.#write(joined, row, (draft) => putLink(joined.member, draft, row.id, { ...entry, ended: true }));
  }

  async readLink(text: string): Promise<ChannelInviteView> {
    const { member } = this.#ports.joined();
    const link = readChannelLink(text, member.sha256);
    if (link === undefined) throw new ClientError("client/bad-invite");
    const { name, about, open, approval, expiresMs, channel, invite } = link;
    const held = await channelShelf.get(member.store, channel);
    const isHere = held?.standing === "in" || held?.standing === "asking";
    const conversation = isHere ? idText(channel) : undefined;
    return { name, about, by: invite.person.name, open, approval, expiresMs, conversation };
  }

  async join(text: string): Promise<ConversationIdText> {
    const { member, session } = this.#ports.joined();
    const link = readChannelLink(text, member.sha256);
    if (link === undefined) throw new ClientError("client/bad-invite");
    const { channel, invite } = link;
    const held = await channelShelf.get(member.store, channel);
    const isHere = held?.standing === "in" || held?.standing === "asking";
    if (isHere) return idText(channel);
    if (equalBytes(invite.person.identity, member.profile.row.identity)) throw new ClientError("client/own-invite");
    await member.book.lane(channel).run(async () => {
      const draft = new Draft();
      // Whoever publishes for thousands need not wake them (H-22); once decided otherwise it stays so.
      if (held === undefined) new ChatSettings(member.own).putNumber(draft, "mute", channel, MUTED_ALWAYS_MS);
      enter(member, draft, link, text.trim());
      await draft.commit(member.store);
    });
    session.wake(CHANNELS_PART);
    return idText(channel);
  }

  async admit(id: ConversationIdText, person: IdentityIdText): Promise<void> {
    await this.#decide(id, person, "wanted");
  }

  async refuse(id: ConversationIdText, person: IdentityIdText): Promise<void> {
    await this.#decide(id, person, "away");
  }

  async #decide(id: ConversationIdText, person: IdentityIdText, state: "wanted" | "away"): Promise<void> {
    const { joined, leading } = await this.#leading(id);
    const { member } = joined;
    const identity = identityOfText(person);
    const prefix = identity && asksBy(member, leading.row.id, identity);
    const held = prefix === undefined ? [] : await channelKnockShelf.range(member.store, { prefix });
    if (held.length === 0) throw new ClientError("client/unknown-person");
    await this.#write(joined, leading.row, (draft) => {
      for (const { key, value } of held) channelKnockShelf.put(draft, key, { ...value, state });
    });
  }

  #reader(leading: Leading, person: IdentityIdText): ReaderEntry {
    const identity = identityOfText(person);
    const found = identity && leading.readers.reader(identity);
    if (found === undefined) throw new ClientError("client/unknown-person");
    return found;
  }

  async remove(id: ConversationIdText, people: readonly IdentityIdText[]): Promise<void> {
    const { joined, leading } = await this.#leading(id);
    const readers = people.map((person) => this.#reader(leading, person));
    await this.#write(joined, leading.row, (draft) => {
      for (const reader of readers)
        putReader(joined.member, draft, leading.row.id, { ...reader, going: true, barred: true, writes: false });
    });
  }

  async setWriter(id: ConversationIdText, person: IdentityIdText, writes: boolean): Promise<void> {
    const { joined, leading } = await this.#leading(id);
    const reader = this.#reader(leading, person);
    const others = leading.readers.marked.filter((one) => one.writes && one !== reader);
    if (writes && others.length >= MAX_WRITERS) throw new ClientError("client/too-many-writers");
    await this.#write(joined, leading.row, (draft) =>
      putReader(joined.member, draft, leading.row.id, { ...reader, writes }),
    );
  }

  async leave(id: ConversationIdText): Promise<void> {
    const { joined, row, channel } = await this.#channel(id);
    const { member } = joined;
    if (channel.leads) throw new ClientError("client/not-your-role");
    await member.book.lane(row.id).run(async () => {
      const draft = new Draft();
      channelShelf.put(draft, row.id, withoutKeys(channel, "left"));
      putRead(member, draft, row.id, undefined);
      const now = member.book.get(row.id) ?? row;
      member.book.put(draft, { ...now, state: "closed", fault: undefined, mirrored: false });
      await draft.commit(member.store);
    });
    joined.session.wake(CHANNELS_PART);
  }
}

function readerView(member: Member, { identity, name, writes, going, atMs }: ReaderEntry): ChannelReaderView {
  return { identity: idText(identity), name: nameOf(member, identity, name), writes, going, sinceMs: atMs };
}

function nameOf({ contacts }: Member, identity: IdentityId, said: string): string {
  const known = contacts.nameOf(identity);
  return known === "" ? said : known;
}

/** Who waits for the person's word, each once, with however many devices. */
function askViews(member: Member, asks: readonly ChannelKnockRow[]): ChannelView["asks"] {
  const views = new Map<string, ChannelView["asks"][number]>();
  for (const { identity, name, atMs, state } of asks) {
    const id = identity as IdentityId;
    if (state === "open") views.set(idText(id), { identity: idText(id), name: nameOf(member, id, name), atMs });
  }
  return [...views.values()];
}

function linkViews(member: Member, { row, readers }: Leading): ChannelView["links"] {
  return channelLinks(member, row.id).map(({ seed, ...link }) => ({
    id: linkIdOf(member, seed),
    url: link.url,
    approval: link.approval,
    expiresMs: link.expiresMs,
    limit: link.limit,
    used: readers.used(link.id),
    ended: link.ended,
  }));
}
