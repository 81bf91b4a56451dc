/*
 * Challenges (R-4, R-9, §5): what a station owes is asked for through a witness, which logs it when no answer comes. The witness is
 * dialed directly; its own leaf makes the bundle.
 */
import {
  checkAnswer,
  checkChallenge,
  type Challenge,
  encodeChallenge,
  unansweredBundle,
  type Bundle,
  type CheckedAnswer,
} from "@chapar/evidence";
import type { ReadProof, StationRef } from "@chapar/wire";
import type { Member } from "../core.ts";
import { ask } from "./asking.ts";

const NONCE_BYTES = 16;

/** What came of a challenge. */
export type ChallengeOutcome =
  | { readonly kind: "answered"; readonly answer: CheckedAnswer }
  | { readonly kind: "unanswered"; readonly bundle: Bundle | undefined }
  /** no witness was to be had, or the accused could not be reached */
  | { readonly kind: "nothing" };

/** What is put. */
export type Question = Omit<Challenge, "timeMs" | "nonce" | "station">;

/**
 * Puts a challenge through the first witness that takes it.
 *
 * @param read  makes the proof of reading for a witness's key; undefined for challenges about identities
 */
export async function challenge(
  member: Member,
  accused: StationRef,
  question: Question,
  through: { readonly witnesses: readonly StationRef[]; readonly read?: (witness: StationRef) => Promise<ReadProof> },
): Promise<ChallengeOutcome> {
  const { evidence, clock, random } = member;
  const put = { ...question, station: accused.key, timeMs: clock.nowMs(), nonce: random(NONCE_BYTES) };
  const bytes = encodeChallenge(put);
  const checked = await checkChallenge(bytes, evidence);
  if (!checked.ok) return { kind: "nothing" };
  for (const witness of through.witnesses) {
    const read = await through.read?.(witness);
    const outcome = await member.directs.over(witness, async (path): Promise<ChallengeOutcome> => {
      const request = { type: "challenge.put", accused, challenge: bytes, read } as const;
      const said = await ask(path, request, "challenge.answered", "challenge.unanswered");
      if (said?.type === "challenge.answered") {
        const answer = await checkAnswer(checked.value, said.answer.slice(), evidence);
        return answer.ok ? { kind: "answered", answer: answer.value } : { kind: "nothing" };
      }
      if (said?.index === undefined) return { kind: "nothing" };
      const { index } = said;
      const leaf = await ask(path, { type: "ledger.leaf", at: undefined, index }, "ledger.leaf");
      if (leaf === undefined) return { kind: "unanswered", bundle: undefined };
      const claim = { leaf: leaf.leaf.slice(), proof: leaf.proof.slice() };
      const made = await unansweredBundle(
        { challenge: bytes, witness: witness.key, leaf: claim },
        accused.key,
        evidence,
      );
      return { kind: "unanswered", bundle: made.ok ? made.value : undefined };
    });
    if (outcome !== undefined && outcome.kind !== "nothing") return outcome;
  }
  return { kind: "nothing" };
}
