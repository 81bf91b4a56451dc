/* Ops of the own chain that other own devices made: taken when they extend what is held, told by one of the devices that it lists (D-11). */
import { extendsChain } from "./extends-chain.ts";
import { foldChain } from "@chapar/wire";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";

/** Takes a longer own chain. @returns whether what is held now is that chain, or one that goes on from it */
export async function takeOwnOps(member: Member, ops: readonly Uint8Array[]): Promise<boolean> {
  const draft = new Draft();
  const isTaken = await putOwnOps(member, draft, ops);
  await draft.commit(member.store);
  return isTaken;
}

/** As `takeOwnOps`, within a transaction of the caller's. */
export async function putOwnOps(member: Member, draft: Draft, ops: readonly Uint8Array[]): Promise<boolean> {
  const { profile, contacts } = member;
  const held = profile.rowIn(draft);
  if (extendsChain(held.ops, ops)) return true;
  if (!extendsChain(ops, held.ops)) return false;
  const folded = await foldChain(ops, member, held.identity);
  if (!folded.ok) return false;
  profile.change(draft, { ops });
  contacts.put(draft, folded.value);
  return true;
}
