/*
 * The sentence for what a proof shows.
 */
import type { PlainKey } from "../i18n/translate.ts";
import type { ProofVerdict } from "./verify-proof.ts";

type ProofKey = Extract<PlainKey, `proofSay${string}`>;

const SHAPES: Readonly<Record<ProofVerdict["shape"], ProofKey>> = {
  statements: "proofSayStatements",
  log: "proofSayLog",
  heads: "proofSayHeads",
  checkpoints: "proofSayCheckpoints",
  identity: "proofSayIdentity",
  manifest: "proofSayManifest",
  unanswered: "proofSayUnanswered",
  duplicate: "proofSayDuplicate",
  fold: "proofSayFold",
};
const MANIFEST_FAULTS: Readonly<Record<string, ProofKey | undefined>> = {
  "pruned-early": "proofSayPruned",
  "expired-early": "proofSayExpired",
  "other-leaf": "proofSayOtherLeaf",
  "no-tombstone": "proofSayNoTombstone",
};

/** The name of the sentence for a shape and a fault. */
export function proofWords(shape: ProofVerdict["shape"], fault: string): ProofKey {
  return (shape === "manifest" ? MANIFEST_FAULTS[fault] : undefined) ?? SHAPES[shape];
}
