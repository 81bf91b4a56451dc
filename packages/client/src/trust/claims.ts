/*
 * Asking what a station's newest epoch says of a log or of an identity: two answers that belong together by the epoch's number. The epoch that was
 * taken last over a link is not asked for again while the other answer is of it: it is most of what a quiet minute costs.
 */
import type { MapClaim } from "@chapar/evidence";
import { decodeLedgerLeaf, idText, type Request, type StationRef } from "@chapar/wire";
import type { StationLink } from "../link/station-link.ts";
import { ask } from "./asking.ts";
import type { EpochBytes } from "./freshness.ts";
import { elsewhere } from "./judging.ts";

/** An epoch may be published between the two questions. */
const TRIES = 3;

/** By station: the epoch that it gave last over a link. */
const given = new WeakMap<StationLink, Map<string, EpochBytes>>();

/** Asks for a station's newest epoch; nothing in it is checked. @returns undefined when the station does not say */
export async function askFreshness(link: StationLink, station: StationRef): Promise<EpochBytes | undefined> {
  const answer = await ask(link, { type: "ledger.freshness", at: elsewhere(link, station) }, "ledger.freshness");
  const epoch = answer && { leaf: answer.leaf.slice(), proof: answer.proof.slice() };
  const ofLink = given.get(link) ?? new Map<string, EpochBytes>();
  if (epoch === undefined) ofLink.delete(idText(station.key));
  else ofLink.set(idText(station.key), epoch);
  given.set(link, ofLink);
  return epoch;
}

/** What a claim says, or why it says nothing. */
type Opened<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/**
 * Asks for a claim.
 *
 * @param open  checks it. A station may have given another epoch of that number before: what does not open under that one is held against the one it
 *   gives now
 * @returns undefined when the station does not say, or nothing that opens
 */
export async function askClaim<T>(
  link: StationLink,
  station: StationRef,
  request: Extract<Request, { readonly type: "ledger.head-proof" | "ledger.identity-proof" }>,
  open: (claim: MapClaim) => Promise<Opened<T>>,
): Promise<{ readonly claim: MapClaim; readonly value: T } | undefined> {
  let kept = given.get(link)?.get(idText(station.key));
  for (let tries = 0; tries < TRIES; tries++) {
    const [proof, epoch] = await Promise.all([ask(link, request, "ledger.proof"), kept ?? askFreshness(link, station)]);
    if (proof === undefined || epoch === undefined) return undefined;
    const leaf = decodeLedgerLeaf(epoch.leaf);
    if (!leaf.ok || leaf.value.kind !== "epoch") return undefined;
    const claim: MapClaim = { epoch, mapProof: proof.proof.slice() };
    const opened = leaf.value.number === proof.epoch ? await open(claim) : undefined;
    if (opened?.ok === true) return { claim, value: opened.value };
    if (opened !== undefined && kept === undefined) return undefined;
    kept = undefined;
  }
  return undefined;
}
