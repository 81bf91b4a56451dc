/*
 * Devices that ask to be let in (D-44): restored from the recovery words, or so long away that the epochs they missed are gone. What they say
 * of their chain is held to as any chain is: one that does not extend what is held changes nothing.
 */
import { type DeviceCredential, isE2eError, type MlsGroup } from "@chapar/e2e";
import { type IdentityId, identityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isClientError } from "../errors.ts";
import type { RepairLetIn } from "../repair/codec.ts";
import { chainChanges } from "../safety/changes.ts";
import { tellChanges } from "../safety/person-lines.ts";
import { concatBytes } from "@chapar/wire/bytes";
import type { Store } from "../store/port.ts";
import { blob, count, fields, id, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { takeOwnOps } from "./own-chain.ts";

interface LetInRow {
  readonly identity: IdentityId;
  readonly device: Uint8Array;
  /** empty: it is in, and what it asked with before is of no use any more */
  readonly package: Uint8Array;
  /** when it was taken in; 0 before */
  readonly inAtMs: number;
}

type FirstRow = Omit<LetInRow, "inAtMs">;
const firstFields = fields<FirstRow>({ identity: id(), device: blob, package: blob });

/** `let-in`: by conversation id and device id; devices that asked and are not taken in yet, and those that were lately. */
export const letInShelf: Shelf<LetInRow> = shelf(
  "let-in",
  row<LetInRow>(
    2,
    {
      write: (to, value) => {
        firstFields.write(to, value);
        count.write(to, value.inAtMs);
      },
      read: (from) => ({ ...firstFields.read(from), inAtMs: count.read(from) }),
    },
    { version: 1, read: (from) => ({ ...firstFields.read(from), inAtMs: 0 }) },
  ),
);

/** For how long an asking that was answered may still come by other ways; who has to ask again does so later. */
const LATE_MS = 3_000_000;
const NOTHING = new Uint8Array(0);

/** A device came in: what it asked with is used up. */
export function isLetIn({ clock }: Member, draft: Draft, conversation: Uint8Array, of: DeviceCredential): void {
  const { device } = of;
  const identity = identityId(of.identity.slice());
  letInShelf.put(draft, letInKey(conversation, device), {
    identity,
    device,
    package: NOTHING,
    inAtMs: clock.nowMs(),
  });
}

/** As `isLetIn`, of one that asked here and was answered: the same asking may still come under other secrets. */
export async function isAnswered(
  { clock, store }: Member,
  draft: Draft,
  conversation: Uint8Array,
  device: Uint8Array,
): Promise<void> {
  const key = letInKey(conversation, device);
  const asked = await letInShelf.get(store, key);
  if (asked !== undefined) letInShelf.put(draft, key, { ...asked, package: NOTHING, inAtMs: clock.nowMs() });
}

/** Key of a device that asked. */
export function letInKey(conversation: Uint8Array, device: Uint8Array): Uint8Array {
  return concatBytes(conversation, device);
}

/** Devices that asked to be let into a conversation. */
export async function askedIn(store: Store, conversation: Uint8Array): Promise<readonly LetInRow[]> {
  const rows = await letInShelf.range(store, {});
  const isHere = (key: Uint8Array): boolean => equalBytes(key.subarray(0, conversation.byteLength), conversation);
  return rows.filter(({ key, value }) => value.package.byteLength > 0 && isHere(key)).map(({ value }) => value);
}

/** Hears one that asks. @returns whether it may be let in */
export async function hearLetIn(member: Member, chat: ConversationRow, asked: RepairLetIn): Promise<boolean> {
  const { contacts, store, groups } = member;
  const identity = contacts.identityOf(asked.ops);
  const group = await groups.load(chat.id);
  if (identity === undefined || group === undefined || !equalBytes(asked.conversation, chat.id)) return false;
  if (!group.members().some(({ credential }) => equalBytes(credential.identity, identity))) return false;
  if (!(await isOfSuite(member, group, asked.package))) return false;
  if (!(await believe(member, identity, asked.ops))) return false;
  // With what is read of the room: a commit that let the device in by another's hand comes before or after, not in between.
  return member.book.lane(chat.id).run(async () => {
    const key = letInKey(chat.id, asked.device);
    const before = await letInShelf.get(store, key);
    if (before !== undefined && member.clock.nowMs() - before.inAtMs < LATE_MS) return false;
    const draft = new Draft();
    letInShelf.put(draft, key, { identity, device: asked.device, package: asked.package, inAtMs: 0 });
    await draft.commit(store);
    return true;
  });
}

/** Whether what a device asks with is of the group's suite: one that has lost the group asks with each. */
async function isOfSuite({ mls }: Member, { suite }: MlsGroup, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await mls.inspect(bytes)).suite === suite;
  } catch (error) {
    if (isE2eError(error)) return false;
    throw error;
  }
}

async function believe(member: Member, identity: IdentityId, ops: readonly Uint8Array[]): Promise<boolean> {
  const { contacts, profile } = member;
  if (equalBytes(identity, profile.row.identity)) return takeOwnOps(member, ops);
  try {
    const held = await contacts.get(identity);
    const state = await contacts.check(ops, identity);
    if (held === undefined) return false;
    if (equalBytes(held.state.headHash, state.headHash)) return true;
    await tellChanges(member, state, chainChanges(held.state, state, undefined));
    return true;
  } catch (error) {
    // An older chain lists what the one held lists too, or what it revoked; the rest is no chain of theirs.
    if (isClientError(error)) return error.code === "client/stale-chain";
    throw error;
  }
}
