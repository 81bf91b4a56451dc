/* Which letters of a conversation are missing here: what is asked of members. */
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { type ChainRow, chainsOf } from "../conversation/chain-rows.ts";
import { type ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { lastU64 } from "../store/keys.ts";
import { MAX_WANTS, type Wanted } from "./codec.ts";
import { awaitedShelf } from "./kept-rows.ts";

/** No device writes so many: whatever comes. */
export const EVERYTHING: number = 2 ** 48;

/** Devices of the others: those that have written, and those that their chain lists. */
async function devices(
  { contacts, device, book }: Member,
  row: ConversationRow,
  chains: readonly ChainRow[],
): Promise<readonly Uint8Array[]> {
  const listed: Uint8Array[] = [];
  for (const identity of book.others(row).slice(0, MAX_WANTS)) {
    listed.push(...((await contacts.get(identity))?.state.devices.map((one) => one.device) ?? []));
  }
  const written = chains.map((chain) => chain.device);
  const all = [...written, ...listed.filter((one) => !written.some((other) => equalBytes(one, other)))];
  return all.filter((one) => !equalBytes(one, device.credential.device));
}

/** The letters that are missing, and whatever comes after those that are here. */
export async function wantedLetters(member: Member, row: ConversationRow): Promise<readonly Wanted[]> {
  const wants: Wanted[] = [];
  const chains = await chainsOf(member.store, row);
  for (const device of await devices(member, row, chains)) {
    const next = chains.find((chain) => equalBytes(chain.device, device))?.nextSequence ?? 0;
    const rows = await awaitedShelf.range(member.store, { prefix: concatBytes(row.id, device) });
    let open: Wanted | undefined;
    for (const sequence of rows.map(({ key }) => lastU64(key))) {
      if (open?.to === sequence) open = { ...open, to: sequence + 1 };
      else {
        if (open !== undefined) wants.push(open);
        open = { device, from: sequence, to: sequence + 1 };
      }
    }
    if (open !== undefined) wants.push(open);
    wants.push({ device, from: next, to: EVERYTHING });
  }
  return wants.slice(0, MAX_WANTS);
}

/** Whether a letter of which another has told is missing. */
export async function isAwaiting({ store }: Member, row: ConversationRow): Promise<boolean> {
  for (const { device } of await chainsOf(store, row)) {
    const rows = await awaitedShelf.range(store, { prefix: concatBytes(row.id, device), limit: 1 });
    if (rows.length > 0) return true;
  }
  return false;
}
