/* Asking what a station's newest epoch says of a log or of an identity: two answers that belong together by the epoch's number. */
import type { MapClaim } from "@chapar/evidence";
import { decodeLedgerLeaf, type Request, type StationRef } from "@chapar/wire";
import type { StationLink } from "../link/station-link.ts";
import { ask } from "./asking.ts";
import { elsewhere } from "./judging.ts";

/** An epoch may be published between the two questions. */
const TRIES = 3;

/** @returns undefined when the station does not say; nothing in the claim is checked */
export async function askClaim(
  link: StationLink,
  station: StationRef,
  request: Extract<Request, { readonly type: "ledger.head-proof" | "ledger.identity-proof" }>,
): Promise<MapClaim | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [proof, epoch] = await Promise.all([
      ask(link, request, "ledger.proof"),
      ask(link, { type: "ledger.freshness", at: elsewhere(link, station) }, "ledger.freshness"),
    ]);
    if (proof === undefined || epoch === undefined) return undefined;
    const leaf = decodeLedgerLeaf(epoch.leaf);
    if (!leaf.ok || leaf.value.kind !== "epoch") return undefined;
    if (leaf.value.number !== proof.epoch) continue;
    return { epoch: { leaf: epoch.leaf.slice(), proof: epoch.proof.slice() }, mapProof: proof.proof.slice() };
  }
  return undefined;
}
