/* A bundle as a finding: which code people are told for each way of being false (protocol/9-rule-r.md §4). */
import { type Bundle, encodeBundle, type EvidencePorts, type Verdict, verifyBundle } from "@chapar/evidence";
import type { AlertCode } from "../api.ts";
import type { Finding } from "./finding.ts";

const CODES: {
  readonly [Shape in Bundle["shape"]]: Readonly<Record<Extract<Verdict, { shape: Shape }>["fault"], AlertCode>>;
} = {
  statements: {
    "same-size": "forked",
    "same-index": "forked",
    "rolled-back": "rolled-back",
    prefix: "forked",
    entry: "forked",
  },
  log: { "other-root": "forked", omitted: "hidden", "rolled-back": "rolled-back", "other-prefix": "forked" },
  heads: { "other-root": "forked", lost: "rolled-back", "rolled-back": "rolled-back" },
  checkpoints: { "other-root": "log-forked", "other-prefix": "log-forked" },
  identity: { "other-commitment": "foreign-op", omitted: "hidden-op", "rolled-back": "hidden-op" },
  manifest: {
    "pruned-early": "pruned-early",
    "expired-early": "expired-early",
    "other-leaf": "altered",
    "no-tombstone": "removed-unlogged",
  },
  unanswered: { unanswered: "no-answer" },
  duplicate: { twice: "duplicated" },
  fold: { lost: "hidden-op", "other-commitment": "foreign-op" },
};

/** The code that people are told for a verdict. */
export function alertCode(verdict: Verdict): AlertCode {
  const codes: Readonly<Record<string, AlertCode>> = CODES[verdict.shape];
  return codes[verdict.fault] ?? "forked";
}

/** A bundle as a finding, when a stranger would be convinced by it. */
export async function provenFinding(
  bundle: Bundle,
  of: Pick<Finding, "station" | "subject"> & Partial<Finding>,
  ports: EvidencePorts,
): Promise<Finding | undefined> {
  const bytes = encodeBundle(bundle);
  const verdict = await verifyBundle(bytes, ports);
  if (!verdict.ok) return undefined;
  return {
    state: "open",
    missing: 0,
    kept: [],
    ...of,
    code: of.code ?? alertCode(verdict.value),
    sinceMs: verdict.value.sinceMs,
    bundle: { shape: bundle.shape, bytes },
  };
}
