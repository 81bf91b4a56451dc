/*
 * A chain with what its station signed of it: the identity word given with the ops, and what the newest epoch has. Ops alone
 * are nobody's word; a chain that is shorter than the word for it, or has none, is a refusal.
 */
import {
  type CheckedClaim,
  decodeIdentityWord,
  encodeMapClaim,
  type IdentityWord,
  type MapClaim,
  openIdentityClaim,
  verifyIdentityWord,
} from "@chapar/evidence";
import {
  type IdentityId,
  type IdentityState,
  ledgerIdentityKey,
  type LedgerIdentity,
  ledgerIdentityOf,
  ledgerSalt,
  opCommitment,
  type StationRef,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { Answer, StationLink } from "../link/station-link.ts";
import { ask } from "./asking.ts";
import { askClaim } from "./claims.ts";
import type { Question } from "./challenge.ts";
import { elsewhere } from "./judging.ts";

/** Whose chain is looked at, and by which station. */
export interface Subject {
  readonly identity: IdentityId;
  readonly station: StationRef;
  /** the map's key (S-3) */
  readonly key: Uint8Array;
}

/** What a station says of a chain: its word with the ops, and what its newest epoch has. */
export interface Said {
  readonly ops: readonly Uint8Array[];
  readonly word: IdentityWord;
  readonly wordBytes: Uint8Array;
  readonly claim: MapClaim | undefined;
  readonly logged: CheckedClaim<LedgerIdentity> | undefined;
}

/** What was asked about a chain, at a station. */
export function subjectOf(
  { sha256 }: Pick<Member, "sha256">,
  identity: IdentityId,
  station: StationRef,
  genesis: Uint8Array,
): Subject {
  return { identity, station, key: ledgerIdentityKey(ledgerSalt(genesis, sha256), sha256) };
}

/** Asks a station for a chain with its word, and for what its newest epoch has. @returns undefined when it gives no word of its own */
export async function askChain(member: Member, link: StationLink, subject: Subject): Promise<Said | undefined> {
  const { identity, station, key } = subject;
  const askWord = (): Promise<Answer<"identity.word"> | undefined> =>
    ask(link, { type: "identity.word", identity, at: elsewhere(link, station) }, "identity.word");
  const [first, epoch] = await Promise.all([askWord(), askLogged(member, link, subject)]);
  // An op may have come, and an epoch with it, between the two answers: nothing is hidden by that.
  const isBehind = first !== undefined && first.ops.length < (epoch?.logged.value?.opCount ?? 0);
  const answer = isBehind ? await askWord() : first;
  const word = answer && decodeIdentityWord(answer.word.slice());
  if (answer === undefined || word?.ok !== true) return undefined;
  const isTheirs = equalBytes(word.value.station, station.key) && equalBytes(word.value.identity, key);
  if (!isTheirs || !(await verifyIdentityWord(word.value, member.evidence))) return undefined;
  const ops = answer.ops.map((op) => op.slice());
  return { ops, word: word.value, wordBytes: answer.word.slice(), claim: undefined, logged: undefined, ...epoch };
}

/** What the newest epoch of a station has of an identity, checked. */
export async function askLogged(
  { evidence }: Pick<Member, "evidence">,
  link: StationLink,
  { identity, station, key }: Subject,
): Promise<{ readonly claim: MapClaim; readonly logged: CheckedClaim<LedgerIdentity> } | undefined> {
  const at = elsewhere(link, station);
  const open = (claim: MapClaim): ReturnType<typeof openIdentityClaim> =>
    openIdentityClaim(claim, key, station.key, evidence);
  const asked = await askClaim(link, station, { type: "ledger.identity-proof", identity, at }, open);
  return asked && { claim: asked.claim, logged: asked.value };
}

/** Whether the word is about exactly these ops. */
export function isWordTrue({ ops, word }: Said, sha256: Member["sha256"]): boolean {
  if (ops.length === 0) return false;
  const served = ledgerIdentityOf(ops, sha256);
  return word.opCount === served.opCount && equalBytes(word.commitment, served.commitment);
}

/** Whether a station shows fewer ops than it signed for, or than are known. */
export function isShort({ ops, word, logged }: Said, held?: IdentityState): boolean {
  return ops.length < Math.max(word.opCount, logged?.value?.opCount ?? 0, held?.ops.length ?? 0);
}

/** What shows that an op is hidden: kept beside an alert. */
export function keptOf({ wordBytes, claim }: Pick<Said, "wordBytes" | "claim">): readonly Uint8Array[] {
  return claim === undefined ? [wordBytes] : [wordBytes, claim.epoch.leaf, claim.mapProof];
}

/** What was signed of the identity, with when. */
export function valuesOf({ word, logged }: Said): readonly (readonly [LedgerIdentity, number])[] {
  const map = logged?.value === undefined ? [] : ([[logged.value, logged.epoch.timeMs]] as const);
  return [[word, word.timeMs], ...map];
}

/** Whether a count and commitment are not those of a chain at that count. */
export function isForeign(value: LedgerIdentity, ops: readonly Uint8Array[], sha256: Member["sha256"]): boolean {
  const [genesis] = ops;
  const op = ops[value.opCount - 1];
  if (genesis === undefined || op === undefined) return true;
  const commitment = opCommitment(ledgerSalt(genesis, sha256), value.opCount - 1, op, sha256);
  return !equalBytes(commitment, value.commitment);
}

/** The challenge for an op of a chain: resting on the station's word, or on its epoch where that says more. @param index  undefined: the newest */
export function opQuestion({ key }: Subject, said: Partial<Said>, index?: number): Question | undefined {
  const { claim, logged, word, wordBytes } = said;
  const inEpoch = logged?.value?.opCount ?? 0;
  const inWord = word?.opCount ?? 0;
  const of = {
    kind: "identity",
    subject: key,
    reader: undefined,
    index: index ?? Math.max(inEpoch, inWord) - 1,
  } as const;
  if (wordBytes !== undefined && inWord > 0 && inWord >= inEpoch) {
    return { ...of, basis: { isClaim: false, bytes: wordBytes } };
  }
  if (claim === undefined || inEpoch === 0) return undefined;
  return { ...of, basis: { isClaim: true, bytes: encodeMapClaim(claim) } };
}
