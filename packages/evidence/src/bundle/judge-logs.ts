/* Verifying bundles about logs (§4): shapes 1 statements, 2 log, 3 heads and 8 duplicate. */
import { decodeContradiction, verifyContradiction, verifyInclusion } from "@chapar/log";
import { logId } from "@chapar/wire";
import { openHeadClaim } from "../claims/open.ts";
import { type EvidenceChecked, ofLogCode, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { Verdict } from "../types.ts";
import { headsFault, isOtherPrefix, logFault } from "./conditions.ts";
import { openStatement } from "./statement.ts";
import { type BundleOf, verdictOn } from "./verdict.ts";

/** Shape 1: two statements exclude each other. */
export async function judgeStatements(
  bundle: BundleOf<"statements">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Verdict>> {
  const decoded = decodeContradiction(bundle.contradiction);
  if (!decoded.ok) return refuse(ofLogCode(decoded.code));
  const { a, b } = decoded.value;
  const checked = await verifyContradiction(decoded.value, bundle.station, ports);
  if (!checked.ok) return refuse(ofLogCode(checked.code));
  return verdictOn(bundle, checked.value, [a.batch.timeMs, b.batch.timeMs], true);
}

/** Shape 2: a statement and an epoch exclude each other. */
export async function judgeLog(bundle: BundleOf<"log">, ports: EvidencePorts): Promise<EvidenceChecked<Verdict>> {
  const { station, bridge } = bundle;
  const statement = await openStatement(bundle.statement, station, ports);
  if (!statement.ok) return statement;
  const { size, root, batch } = statement.value;
  const claim = await openHeadClaim(bundle.claim, logId(statement.value.logId), station, ports);
  if (!claim.ok) return claim;
  const said = { size, root, timeMs: batch.timeMs };
  const { value, epoch } = claim.value;
  const times = [said.timeMs, epoch.timeMs] as const;
  if (bridge === undefined) return verdictOn(bundle, logFault(said, claim.value), times, true);
  const isOther = value !== undefined && isOtherPrefix(said, value, bridge, ports.hasher);
  return verdictOn(bundle, isOther ? "other-prefix" : undefined, times, true);
}

/** Shape 3: two epochs exclude each other about one log. */
export async function judgeHeads(bundle: BundleOf<"heads">, ports: EvidencePorts): Promise<EvidenceChecked<Verdict>> {
  const earlier = await openHeadClaim(bundle.earlier, bundle.log, bundle.station, ports);
  if (!earlier.ok) return earlier;
  const later = await openHeadClaim(bundle.later, bundle.log, bundle.station, ports);
  if (!later.ok) return later;
  const times = [earlier.value.epoch.timeMs, later.value.epoch.timeMs] as const;
  // Within one generation nothing was restored.
  const excusable = earlier.value.generation !== later.value.generation;
  return verdictOn(bundle, headsFault(earlier.value, later.value), times, excusable);
}

/** Shape 8: one entry stands at two indexes of a tree. */
export async function judgeDuplicate(
  bundle: BundleOf<"duplicate">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Verdict>> {
  const statement = await openStatement(bundle.statement, bundle.station, ports);
  if (!statement.ok) return statement;
  const { size, root, batch } = statement.value;
  const [a, b] = bundle.places;
  if (a.index === b.index) return refuse("evidence/not-false");
  for (const { index, proof } of [a, b]) {
    if (!verifyInclusion({ index, size, leafHash: bundle.leafHash, proof }, root, ports.hasher))
      return refuse("evidence/bad-proof");
  }
  return verdictOn(bundle, "twice", [batch.timeMs, undefined], false);
}
