/* A person's keys signed two histories: it is told, and sending to them waits until they were compared. */
import {
  type ConversationId,
  type IdentityState,
  isOverrideLate,
  ledgerIdentityKey,
  ledgerSalt,
  overridesAfter,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Finding } from "../trust/finding.ts";
import { knownStation } from "../trust/stations.ts";
import type { PersonRow } from "./person-row.ts";

/** Sending waits, unless the person has decided about this very fork. */
export function paused(row: PersonRow, fork: Uint8Array): PersonRow {
  if (row.decided.some((one) => equalBytes(one, fork))) return row;
  return { ...row, paused: true, fork: fork.slice() };
}

/**
 * Whether a chain goes on by an override that comes after the time in which a rank may take back (I-16), by what this device verified of the
 * person's log itself.
 *
 * @param nowMs  time of the epoch that first has the override, or now where no epoch tells
 */
export function isTooLate(
  { people }: Pick<Member, "people">,
  held: IdentityState,
  next: IdentityState,
  nowMs: number,
): boolean {
  const { seen } = people.get(held.identity);
  return overridesAfter(next, held.ops.length).some((one) => isOverrideLate(one, seen, nowMs));
}

/** Two histories of one chain, as a finding. @param kept  what shows it */
export function forkFinding(
  member: Member,
  held: IdentityState,
  kept: readonly Uint8Array[],
  conversation: ConversationId | undefined,
): Finding {
  const { sha256 } = member;
  const genesis = held.ops[0]?.bytes ?? new Uint8Array(0);
  return {
    code: "chain-forked",
    station: knownStation(member, held.home.station),
    subject: ledgerIdentityKey(ledgerSalt(genesis, sha256), sha256),
    conversation,
    person: held.identity,
    sinceMs: undefined,
    state: "open",
    missing: 0,
    kept,
  };
}

/** Whether sending waits for the person: the chain of somebody in the conversation was forked, or has a new device (N-39). */
export function isPaused({ people, book }: Pick<Member, "people" | "book">, row: ConversationRow): boolean {
  return book.others(row).some((identity) => people.get(identity).paused);
}
