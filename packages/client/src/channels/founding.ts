/* Making a channel (H-1): its seed, its board's genesis and its first period are made on the device at once, without a link. */
import { LeaderKeys, periodSecrets } from "@chapar/e2e/channels";
import {
  type ConversationId,
  conversationId,
  encodeEntry,
  ID_SIZE_BYTES,
  logIdOf,
  type StationRef,
} from "@chapar/wire";
import { newConversation } from "../conversation/book.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { NOBODY } from "../groups/group-state.ts";
import { Draft } from "../store/shelf.ts";
import { heldKeys } from "./keys.ts";
import { type LedChannel, putLed } from "./led.ts";
import { channelShelf, newChannelRow } from "./rows.ts";

const SEED_BYTES = 32;

async function genesisOf({ crypto }: Member, channel: ConversationId, keys: LeaderKeys): Promise<Uint8Array> {
  const { ed25519 } = crypto;
  return encodeEntry({
    kind: "genesis",
    log: "room",
    nonce: channel,
    writeKey: await ed25519.publicKey(keys.writeSeed(0)),
    readKey: await ed25519.publicKey(periodSecrets(crypto, keys.periodKey(0)).readSeed),
  });
}

/** Puts what a leader's device holds of a channel at its first period into a draft. @returns the conversation */
export async function leadHere(
  member: Member,
  draft: Draft,
  channel: ConversationId,
  led: LedChannel,
): Promise<ConversationRow> {
  const { crypto, profile, sha256, clock, book } = member;
  const { identity } = profile.row;
  const keys = new LeaderKeys(crypto, led.seed, led.open);
  const atMs = clock.nowMs();
  const { name, about, open, genesis, hub } = led;
  const held = await heldKeys(member, keys.periodKey(0), [identity]);
  const first = { leader: identity, name, about, open, genesis, leads: true, made: false, sinceMs: atMs };
  const openSeed = open ? keys.openSeed : new Uint8Array(0);
  channelShelf.put(draft, channel, newChannelRow({ ...first, ...held, openSeed, writeSeed: keys.writeSeed(0) }));
  const row = newConversation(channel, {
    kind: "channel",
    title: name,
    peer: NOBODY,
    peerName: "",
    peerHome: undefined,
    state: "open",
    atMs,
    room: { log: logIdOf(sha256, hub.key, genesis), hub },
    joinedEpoch: 0,
    renew: false,
  });
  // Who writes here stands in the period itself.
  const told = { ...row, mirrored: false, nameTold: profile.row.nameVersion };
  book.put(draft, told);
  return told;
}

/** Makes a channel. @param of  cleaned */
export async function foundChannel(
  member: Member,
  of: { readonly name: string; readonly about: string; readonly open: boolean },
): Promise<ConversationRow> {
  const { random, crypto, profile, store } = member;
  const channel = conversationId(random(ID_SIZE_BYTES.conversation));
  const seed = random(SEED_BYTES);
  const hub: StationRef = profile.row.home.station;
  const genesis = await genesisOf(member, channel, new LeaderKeys(crypto, seed, of.open));
  const led = { ...of, seed, genesis, hub };
  const draft = new Draft();
  putLed(member, draft, channel, led);
  const row = await leadHere(member, draft, channel, led);
  await draft.commit(store);
  return row;
}
