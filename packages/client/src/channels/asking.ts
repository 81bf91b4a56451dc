/* Coming into a channel by a link (H-10): the ask leaves when there is a way, and what answers it is held to whoever leads the channel. */
import { openPeriodKey, PATH_KEYS, periodSecrets } from "@chapar/e2e/channels";
import { conversationId, type ConversationId, idText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { newConversation } from "../conversation/book.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import { openAnswer } from "../conversation/link-sealing.ts";
import type { Member } from "../core.ts";
import { leaveKnock } from "../groups/leaving-knocks.ts";
import { decodePeople, learnPeople } from "../groups/people-bundle.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { elsewhere } from "../trust/judging.ts";
import { heldKeys } from "./keys.ts";
import { askKeys, CHANNEL_ANSWER, openChannelGrant, sealChannelAsk } from "./knocks.ts";
import { putRead } from "./led.ts";
import { type ChannelLink, readChannelLink } from "./link-text.ts";
import { type ChannelRow, channelShelf, newChannelRow, withoutKeys } from "./rows.ts";

const SEED_BYTES = 32;

/** Puts a channel that this person wants to read into a draft. @returns the conversation */
export function enter(member: Member, draft: Draft, link: ChannelLink, text: string): ConversationRow {
  const { book, clock, random } = member;
  const { channel, log, name, about, invite, open, seed } = link;
  const { person, home, stationName, routes } = invite;
  const before = book.get(channel);
  const first = { leader: person.identity, name, about, link: text, open } as const;
  const ask = { standing: "asking", askSeed: random(SEED_BYTES), openSeed: open ? seed : new Uint8Array(0) } as const;
  channelShelf.put(draft, channel, newChannelRow({ ...first, ...ask, sinceMs: clock.nowMs() }));
  putRead(member, draft, channel, text);
  const row = {
    ...(before ??
      newConversation(channel, {
        kind: "channel",
        title: name,
        peer: person.identity,
        peerName: person.name,
        peerHome: { station: home.station, region: home.region, name: stationName, routes },
        state: "closed",
        atMs: clock.nowMs(),
        room: { log, hub: home.station },
        joinedEpoch: 0,
        renew: false,
      })),
    state: "closed",
    fault: undefined,
    stopped: false,
    mirrored: false,
    begun: false,
  } as const;
  book.put(draft, row);
  return row;
}

/** Lets the ask of a channel leave, or begins to read an open one. @throws what could not be had now */
export async function sendChannelAsk(
  member: Member,
  tools: SessionTools,
  on: StationLink,
  channel: ConversationId,
): Promise<void> {
  const { store } = member;
  const row = await channelShelf.get(store, channel);
  const link = row === undefined || row.delivered ? undefined : readChannelLink(row.link, member.sha256);
  if (row === undefined || link === undefined) return;
  if (row.standing === "left") return sendLeave(member, tools, on, link);
  if (row.standing !== "asking") return;
  if (row.open) return beginOpen(member, tools, on, channel, link);
  const { publicKey } = await askKeys(member, row.askSeed);
  const frame = await sealChannelAsk(member, link.seed, { channel, leaves: false, kemKey: publicKey });
  await leaveKnock(member, tools, on, { identity: row.leader, station: link.invite.home.station }, frame);
  await change(member, channel, (now) => (now.standing === "asking" ? { ...now, delivered: true } : undefined));
}

/** Tells the leader that this person reads no more; of an open channel nobody is told. */
async function sendLeave(member: Member, tools: SessionTools, on: StationLink, link: ChannelLink): Promise<void> {
  const { channel } = link;
  if (!link.open) {
    const { publicKey } = await askKeys(member, member.random(SEED_BYTES));
    const frame = await sealChannelAsk(member, link.seed, { channel, leaves: true, kemKey: publicKey });
    const { person, home } = link.invite;
    await leaveKnock(member, tools, on, { identity: person.identity, station: home.station }, frame);
  }
  await change(member, channel, (now) => (now.standing === "left" ? { ...now, delivered: true } : undefined));
}

/**
 * Asks whoever leads a channel for the keys of the period that it is in now, because the commit that began it is hidden (H-15).
 *
 * @returns false when there is no way to ask by
 */
export async function askAnew(member: Member, channel: ConversationId): Promise<boolean> {
  let isAsked = false;
  await change(member, channel, (now) => {
    if (now.standing !== "in" || now.leads || now.open || readChannelLink(now.link, member.sha256) === undefined)
      return undefined;
    isAsked = true;
    return { ...now, standing: "asking", delivered: false, askSeed: member.random(SEED_BYTES) };
  });
  return isAsked;
}

/** Changes a channel's row in its lane. */
export async function change(
  member: Member,
  channel: ConversationId,
  to: (row: ChannelRow) => ChannelRow | undefined,
): Promise<void> {
  const { book, store, events } = member;
  await book.lane(channel).run(async () => {
    const now = await channelShelf.get(store, channel);
    const next = now && to(now);
    if (next === undefined) return;
    const draft = new Draft();
    channelShelf.put(draft, channel, next);
    draft.after(() => events.emit({ type: "conversation", conversation: idText(channel) }));
    await draft.commit(store);
  });
}

/** An open channel is read from its first period on: the link is all that it takes. */
async function beginOpen(
  member: Member,
  tools: SessionTools,
  on: StationLink,
  channel: ConversationId,
  { invite, seed }: ChannelLink,
): Promise<void> {
  const { contacts, store, crypto } = member;
  const { identity } = invite.person;
  const { station } = invite.home;
  const served = await on.ask({ type: "identity.get", identity, at: elsewhere(on, station) }, "identity.ops");
  const state = await contacts.check(await tools.whole(on, identity, station, served.ops), identity);
  const draft = new Draft();
  contacts.put(draft, state);
  await draft.commit(store);
  const periodKey = openPeriodKey(crypto, seed, 0);
  const held = await heldKeys(member, periodKey, [identity]);
  const secrets = periodSecrets(crypto, periodKey);
  await change(member, channel, (now) =>
    now.standing === "asking" ? { ...now, ...held, ...secrets, standing: "in", delivered: true, period: 0 } : undefined,
  );
}

function isAnswerable({ standing, askSeed }: ChannelRow): boolean {
  return standing !== "in" && askSeed.byteLength > 0;
}

/** Channels of which an answer is waited for. */
async function asking({
  book,
  store,
}: Member): Promise<readonly { readonly key: Uint8Array; readonly row: ChannelRow }[]> {
  const rows: { readonly key: Uint8Array; readonly row: ChannelRow }[] = [];
  for (const { id, kind } of book.all()) {
    const row = kind === "channel" ? await channelShelf.get(store, id) : undefined;
    // A refusal may be anybody's who has the link: a grant that the leader signed is taken after it as well (H-18).
    if (row !== undefined && isAnswerable(row)) rows.push({ key: id, row });
  }
  return rows;
}

/** Hears a grant. @returns the channel that it is for */
export async function hearGrant(member: Member, frame: Uint8Array): Promise<ConversationId | undefined> {
  const { store, book, contacts, events, clock } = member;
  for (const { key, row } of await asking(member)) {
    if (row.open) continue;
    const channel = conversationId(key.slice());
    const leads = async (device: Uint8Array): Promise<boolean> => contacts.isLive({ identity: row.leader, device });
    const grant = await openChannelGrant(member, { channel, seed: row.askSeed }, frame, leads);
    const chat = book.get(channel);
    if (grant === undefined || chat?.room === undefined || !equalBytes(grant.log, chat.room.log)) continue;
    const draft = new Draft();
    const people = decodePeople(grant.people);
    if (people.ok) await learnPeople(member, draft, people.value);
    const held = await heldKeys(member, grant.periodKey, grant.writers);
    const { name, about, readers, period, leaf, keys, writeSeed } = grant;
    await book.lane(channel).run(async () => {
      const now = await channelShelf.get(store, channel);
      const at = book.get(channel);
      if (now === undefined || !isAnswerable(now) || at === undefined || keys.length !== PATH_KEYS) return;
      const taken = { name, about, readers, period, leaf, keys, writeSeed, sinceMs: clock.nowMs() };
      channelShelf.put(draft, channel, { ...now, ...held, ...taken, standing: "in", askSeed: new Uint8Array(0) });
      const state = writeSeed.byteLength > 0 ? "open" : "closed";
      book.put(draft, { ...at, title: name === "" ? at.title : name, state, fault: undefined });
      draft.after(() => events.ring());
      await draft.commit(store);
    });
    return channel;
  }
  return undefined;
}

/** Hears why this person is not let in; what was not sealed under a link that they asked by is nothing. */
export async function hearChannelAnswer(member: Member, frame: Uint8Array): Promise<void> {
  const { sha256 } = member;
  for (const { key, row } of await asking(member)) {
    const link = readChannelLink(row.link, sha256);
    const answer = link && (await openAnswer(member, link.seed, CHANNEL_ANSWER, frame));
    if (answer === undefined) continue;
    if (!equalBytes(answer.into, key)) return;
    await change(member, conversationId(key.slice()), (now) =>
      now.standing === "asking" ? { ...withoutKeys(now, answer.why), askSeed: now.askSeed } : undefined,
    );
    return;
  }
}
