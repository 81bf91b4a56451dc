/* Checking a bundle offline with nothing but itself (E-30), and whether a restoration excuses it (E-31). */
import { type EvidenceChecked, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { Bundle, Incident, Verdict } from "../types.ts";
import { decodeBundle } from "./codec.ts";
import { judgeCheckpoints, judgeFold, judgeIdentity, judgeUnanswered } from "./judge-ledger.ts";
import { judgeDuplicate, judgeHeads, judgeLog, judgeStatements } from "./judge-logs.ts";
import { judgeManifest } from "./judge-manifest.ts";

function judge(bundle: Bundle, ports: EvidencePorts): Promise<EvidenceChecked<Verdict>> {
  switch (bundle.shape) {
    case "statements":
      return judgeStatements(bundle, ports);
    case "log":
      return judgeLog(bundle, ports);
    case "heads":
      return judgeHeads(bundle, ports);
    case "checkpoints":
      return judgeCheckpoints(bundle, ports);
    case "identity":
      return judgeIdentity(bundle, ports);
    case "manifest":
      return judgeManifest(bundle, ports);
    case "unanswered":
      return judgeUnanswered(bundle, ports);
    case "duplicate":
      return judgeDuplicate(bundle, ports);
    case "fold":
      return judgeFold(bundle, ports);
    default:
      return bundle satisfies never;
  }
}

/**
 * Checks a bundle as anyone can who has nothing but its bytes.
 *
 * @param bytes  untrusted, at most 4096 bytes
 * @returns what it establishes; `evidence/too-large` · `evidence/unknown-shape` · `evidence/malformed` · `evidence/wrong-station` ·
 * `evidence/wrong-subject` · `evidence/bad-signature` · `evidence/bad-proof` · `evidence/not-false` the objects can all be true
 * Cost: at most four signature checks and some two hundred hashes. @see E-30
 */
export async function verifyBundle(bytes: Uint8Array, ports: EvidencePorts): Promise<EvidenceChecked<Verdict>> {
  const decoded = decodeBundle(bytes);
  if (decoded.ok) return judge(decoded.value, ports);
  const { code } = decoded;
  return refuse(code === "evidence/too-large" || code === "evidence/unknown-shape" ? code : "evidence/malformed");
}

/**
 * Whether a restoration that the station logged explains what a bundle shows: the older object was signed within its window,
 * the newer after it.
 *
 * @param incidents  of that station, each checked by `openIncident`
 * @see E-3, E-31
 */
export function isExcused(
  verdict: Pick<Verdict, "sinceMs" | "untilMs" | "excusable">,
  incidents: readonly Pick<Incident, "what" | "fromMs" | "toMs">[],
): boolean {
  const { sinceMs, untilMs, excusable } = verdict;
  if (!excusable || sinceMs === undefined || untilMs === undefined) return false;
  return incidents.some(
    ({ what, fromMs, toMs }) => what === "restored" && fromMs <= sinceMs && sinceMs <= toMs && untilMs > toMs,
  );
}
