/* The keys of a period as a row holds them: made when it begins, for the devices that may write in it, and then its key is forgotten. */
import { firstChainKey, LeaderKeys, periodSecrets } from "@chapar/e2e/channels";
import { type ConversationId, type IdentityId, type IdentityState, idText } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { LedChannel } from "./led.ts";
import type { ChainOfWriter, ChannelRow, Removal } from "./rows.ts";

/** The leader's secrets, and its tree as the board tells it. */
export function leaderKeys(
  { crypto }: Member,
  led: LedChannel,
  { removals }: Pick<ChannelRow, "removals">,
): LeaderKeys {
  const keys = new LeaderKeys(crypto, led.seed, led.open);
  for (const { leaf, period } of removals) keys.tree.removed(period, [leaf]);
  return keys;
}

interface KeptKeys {
  readonly keys: LeaderKeys;
  /** removals that its tree has */
  readonly taken: readonly Removal[];
}

const KEPT = new WeakMap<Member, Map<string, KeptKeys>>();

/** As `leaderKeys`, kept from one reader to the next: only for what begins no period. */
export function keptLeaderKeys(
  member: Member,
  id: ConversationId,
  led: LedChannel,
  channel: Pick<ChannelRow, "removals">,
): LeaderKeys {
  const all = KEPT.get(member) ?? new Map<string, KeptKeys>();
  KEPT.set(member, all);
  const held = all.get(idText(id));
  const grows = held !== undefined && held.taken.every((one, at) => isSame(one, channel.removals[at]));
  const keys = grows ? held.keys : leaderKeys(member, led, channel);
  if (grows)
    for (const { leaf, period } of channel.removals.slice(held.taken.length)) keys.tree.removed(period, [leaf]);
  all.set(idText(id), { keys, taken: channel.removals });
  return keys;
}

function isSame(a: Removal, b: Removal | undefined): boolean {
  return a.leaf === b?.leaf && a.period === b.period;
}

/** The chain of a person; one's own as the profile has it. */
export async function chainOf(member: Member, identity: IdentityId): Promise<IdentityState | undefined> {
  const { contacts, profile } = member;
  if (equalBytes(identity, profile.row.identity))
    return contacts.check(profile.row.ops, identity).catch(() => undefined);
  return contacts.newest(identity);
}

/** Live devices of people, each with its person. */
export async function devicesOf(
  member: Member,
  people: readonly IdentityId[],
): Promise<readonly { readonly identity: IdentityId; readonly device: Uint8Array }[]> {
  const devices: { readonly identity: IdentityId; readonly device: Uint8Array }[] = [];
  for (const identity of people) {
    const state = await chainOf(member, identity);
    for (const { device } of state?.devices ?? []) devices.push({ identity, device });
  }
  return devices;
}

/** What a row holds of a period. */
export async function heldKeys(
  member: Member,
  periodKey: Uint8Array,
  writers: readonly IdentityId[],
): Promise<Pick<ChannelRow, "headKey" | "commitKey" | "readSeed" | "chains" | "writers">> {
  const { crypto } = member;
  const chains: ChainOfWriter[] = (await devicesOf(member, writers)).map(({ identity, device }) => ({
    identity,
    device,
    index: 0,
    key: firstChainKey(crypto, periodKey, device),
  }));
  return { ...periodSecrets(crypto, periodKey), chains, writers };
}

/** The key by which stations give a board in its period. */
export async function readerOfBoard(
  { crypto: { ed25519 } }: Pick<Member, "crypto">,
  { readSeed }: Pick<ChannelRow, "readSeed">,
): Promise<Signer> {
  return { publicKey: await ed25519.publicKey(readSeed), sign: (message) => ed25519.sign(readSeed, message) };
}
