/*
 * Devices that ask to be let in (D-44): restored from the recovery words, or so long away that the epochs they missed are gone. What they say
 * of their chain is held to as any chain is: one that does not extend what is held changes nothing.
 */
import type { IdentityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isClientError } from "../errors.ts";
import type { RepairLetIn } from "../repair/codec.ts";
import { chainChanges } from "../safety/changes.ts";
import { tellChanges } from "../safety/person-lines.ts";
import { concatBytes } from "@chapar/wire/bytes";
import type { Store } from "../store/port.ts";
import { blob, fields, id, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { takeOwnOps } from "./own-chain.ts";

interface LetInRow {
  readonly identity: IdentityId;
  readonly device: Uint8Array;
  readonly package: Uint8Array;
}

/** `let-in`: by conversation id and device id; devices that asked and are not taken in yet. */
export const letInShelf: Shelf<LetInRow> = shelf(
  "let-in",
  row<LetInRow>(1, fields<LetInRow>({ identity: id(), device: blob, package: blob })),
);

/** Key of a device that asked. */
export function letInKey(conversation: Uint8Array, device: Uint8Array): Uint8Array {
  return concatBytes(conversation, device);
}

/** Devices that asked to be let into a conversation. */
export async function askedIn(store: Store, conversation: Uint8Array): Promise<readonly LetInRow[]> {
  const rows = await letInShelf.range(store, {});
  const isHere = (key: Uint8Array): boolean => equalBytes(key.subarray(0, conversation.byteLength), conversation);
  return rows.filter(({ key }) => isHere(key)).map(({ value }) => value);
}

/** Hears one that asks. @returns whether it may be let in */
export async function hearLetIn(member: Member, chat: ConversationRow, asked: RepairLetIn): Promise<boolean> {
  const { contacts, store, groups } = member;
  const identity = contacts.identityOf(asked.ops);
  const group = await groups.load(chat.id);
  if (identity === undefined || group === undefined || !equalBytes(asked.conversation, chat.id)) return false;
  if (!group.members().some(({ credential }) => equalBytes(credential.identity, identity))) return false;
  if (!(await believe(member, identity, asked.ops))) return false;
  const draft = new Draft();
  letInShelf.put(draft, letInKey(chat.id, asked.device), { identity, device: asked.device, package: asked.package });
  await draft.commit(store);
  return true;
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
