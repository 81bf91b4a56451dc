/* Bodies of a log that are missing: what of that is false is told. */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { holeShelf } from "../repair/kept-rows.ts";
import type { Explained } from "../repair/manifests.ts";
import { provenFinding } from "./bundle-finding.ts";
import { knownStation } from "./stations.ts";

/** Records what a home said of bodies that it did not give: a bundle where one can be made, what it owes where not. */
export async function tellMissing(
  member: Member,
  { id, room }: ConversationRow,
  { entries, bundles, unlogged }: Explained,
): Promise<void> {
  const { alerts, evidence, profile, store } = member;
  if (room === undefined) return;
  const station = knownStation(member, profile.row.home.station);
  const withheld = entries.filter(({ reason }) => reason === "withheld").length;
  const known = await holeShelf.range(store, { prefix: room.log });
  const missing = known.length + entries.length;
  const of = { station, subject: room.log, log: room.log, conversation: id, missing };
  for (const bundle of bundles) {
    const finding = await provenFinding(bundle, of, evidence);
    if (finding !== undefined) await alerts.record(finding);
  }
  const code = unlogged > 0 ? "removed-unlogged" : withheld > 0 ? "withheld" : undefined;
  if (bundles.length === 0 && code !== undefined) await alerts.record({ ...of, code, state: "asking", kept: [] });
}
