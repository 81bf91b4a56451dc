/* What a checked proof says, and why a file is none, in sentences. */
import type { EvidenceCode, Verdict } from "@chapar/evidence";
import { dateTimeWords } from "./views.ts";

type Shape = Verdict["shape"];

const SAYS: Readonly<Record<Shape, string>> = {
  statements: "It signed two statements that exclude each other.",
  log: "Its public record does not agree with what it had signed.",
  heads: "Its public record takes back what it had said of a record.",
  checkpoints: "It signed two versions of its public record.",
  identity: "It said two different things about one person's keys.",
  manifest: "It said something false about what it keeps.",
  unanswered: "A witness asked it for something it owes, and wrote down that no good answer came.",
  duplicate: "It put one message in two places.",
  fold: "Its public record does not agree with its own entries.",
};

const MANIFEST_SAYS: Readonly<Record<Extract<Verdict, { readonly shape: "manifest" }>["fault"], string>> = {
  "pruned-early": "It deleted what a reader had not said it had.",
  "expired-early": "It deleted something before its time.",
  "other-leaf": "It says that something else stands at a place than it had signed.",
  "no-tombstone": "It removed something without the note that it must make in public.",
};

const REFUSALS: Readonly<Partial<Record<EvidenceCode, string>>> = {
  "evidence/unknown-shape": "This version of Chapar does not know proofs of this kind. Update it, then try again.",
  "evidence/too-large": "This file is too large to be a proof.",
  "evidence/malformed": "This file is not a whole proof.",
  "evidence/not-false": "What is in this file can all be true, so it proves nothing.",
};

/** Why a file proves nothing. */
export function refusalWords(code: EvidenceCode): string {
  return `Not proven (${code}). ${REFUSALS[code] ?? "It was changed on the way, or was never true."}`;
}

function times({ sinceMs, untilMs }: Verdict): string | undefined {
  if (sinceMs === undefined) return undefined;
  return untilMs === undefined || untilMs === sinceMs
    ? `  signed    ${dateTimeWords(sinceMs)}`
    : `  signed    ${dateTimeWords(sinceMs)} and ${dateTimeWords(untilMs)}`;
}

/** What a proof establishes. @param station  base32 of the key that signed */
export function verdictWords(verdict: Verdict, station: string): string {
  const isWord = verdict.shape === "unanswered";
  return [
    isWord ? "This is a witness's word." : "This is proven.",
    verdict.shape === "manifest" ? MANIFEST_SAYS[verdict.fault] : SAYS[verdict.shape],
    `  station   ${station}`,
    times(verdict),
    `  kind      ${verdict.shape}, ${verdict.fault}`,
    isWord ? "It is no proof of guilt: a line may have been cut." : undefined,
    verdict.excusable
      ? "It may be excused: ask for the station's public record. If it says there that it was put back from a copy at that time, this accuses nobody."
      : undefined,
  ]
    .filter((line) => line !== undefined)
    .join("\n");
}
