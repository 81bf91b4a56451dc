/* Verifying shape 6 (§4): an item of a manifest is false, for one of four reasons. */
import { verifyInclusion } from "@chapar/log";
import { ledgerLogKey, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { openLeafClaim } from "../claims/open.ts";
import { type EvidenceChecked, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { FAULTS, Manifest, ManifestFault, ManifestItem, Verdict } from "../types.ts";
import { decodeManifest, verifyManifest } from "../words/manifest.ts";
import { decodeAck, decodeReaderWord, verifyAck, verifyReaderWord } from "../words/reader-word.ts";
import { openStatement } from "./statement.ts";
import { type BundleOf, verdictOn } from "./verdict.ts";

/** How old a body must be to expire, in ms (E-13): 180 days. */
export const BODY_TTL_MS: number = 180 * 86_400_000;

/** What a reason was looked at for: an item of a manifest that its station signed. */
interface Accused {
  readonly manifest: Manifest;
  readonly item: ManifestItem;
  /** index of the item's entry */
  readonly index: number;
  readonly station: StationKey;
}

interface Found {
  readonly fault: (typeof FAULTS)["manifest"][number] | undefined;
  /** of the object beside the manifest */
  readonly timeMs: number | undefined;
}

type FaultFor<Reason extends ManifestFault["reason"]> = Extract<ManifestFault, { readonly reason: Reason }>;

/** Up to where the reader that a manifest names has acknowledged, as the manifest shows: 0 when it shows no good ack. */
async function acknowledged(manifest: Manifest, ports: EvidencePorts): Promise<number> {
  const ack = decodeAck(manifest.ack);
  if (!ack.ok || manifest.reader === undefined) return 0;
  const { reader, station, log, upTo } = ack.value;
  const isOurs =
    equalBytes(reader, manifest.reader) && equalBytes(station, manifest.station) && equalBytes(log, manifest.log);
  return isOurs && (await verifyAck(ack.value, ports)) ? upTo : 0;
}

async function prunedEarly(
  { manifest, item, index, station }: Accused,
  fault: FaultFor<"pruned-early">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Found>> {
  const decoded = decodeReaderWord(fault.word);
  if (!decoded.ok) return refuse("evidence/malformed");
  const word = decoded.value;
  if (!equalBytes(word.station, station)) return refuse("evidence/wrong-station");
  const isAbout =
    manifest.reader !== undefined && equalBytes(word.reader, manifest.reader) && equalBytes(word.log, manifest.log);
  if (!isAbout) return refuse("evidence/wrong-subject");
  if (!(await verifyReaderWord(word, ports))) return refuse("evidence/bad-signature");
  const isOwed = item.status === "pruned" && word.from <= index && word.timeMs <= manifest.timeMs;
  const isFalse = isOwed && (await acknowledged(manifest, ports)) <= index;
  return { ok: true, value: { fault: isFalse ? "pruned-early" : undefined, timeMs: word.timeMs } };
}

async function expiredEarly(
  { manifest, item, index, station }: Accused,
  fault: FaultFor<"expired-early">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Found>> {
  const statement = await openStatement(fault.statement, station, ports);
  if (!statement.ok) return statement;
  const { logId, size, batch } = statement.value;
  if (!equalBytes(logId, manifest.log)) return refuse("evidence/wrong-subject");
  // The entry came after that statement, so it is younger than the statement is.
  const isYoung = size <= index && manifest.timeMs - batch.timeMs < BODY_TTL_MS;
  const isFalse = item.status === "expired" && isYoung;
  return { ok: true, value: { fault: isFalse ? "expired-early" : undefined, timeMs: batch.timeMs } };
}

async function otherLeaf(
  { manifest, item, index, station }: Accused,
  fault: FaultFor<"other-leaf">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Found>> {
  const opened = await openStatement(fault.statement, station, ports);
  if (!opened.ok) return opened;
  const statement = opened.value;
  if (!equalBytes(statement.logId, manifest.log)) return refuse("evidence/wrong-subject");
  let leafHash: Uint8Array;
  if (fault.inclusion !== undefined) {
    const { other, proof } = fault.inclusion;
    const claim = { index, size: statement.size, leafHash: other, proof };
    if (!verifyInclusion(claim, statement.root, ports.hasher)) return refuse("evidence/bad-proof");
    leafHash = other;
  } else {
    if (statement.kind !== "accept" || statement.index !== index) return refuse("evidence/wrong-subject");
    ({ leafHash } = statement);
  }
  const isFalse = !equalBytes(leafHash, item.leafHash);
  return { ok: true, value: { fault: isFalse ? "other-leaf" : undefined, timeMs: statement.batch.timeMs } };
}

async function noTombstone(
  { manifest, item, index, station }: Accused,
  offset: number,
  fault: FaultFor<"no-tombstone">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Found>> {
  const opened = await openLeafClaim(fault.leaf, station, ports);
  if (!opened.ok) return opened;
  const place = manifest.tombstones.find((one) => one.offset === offset);
  const { leaf, generation } = opened.value;
  if (place?.ledgerIndex !== opened.value.index || place.generation !== generation)
    return refuse("evidence/wrong-subject");
  const isThere =
    leaf.kind === "tombstone" &&
    leaf.index === index &&
    equalBytes(leaf.log, ledgerLogKey(manifest.log, ports.sha256)) &&
    equalBytes(leaf.leafHash, item.leafHash);
  return { ok: true, value: { fault: isThere ? undefined : "no-tombstone", timeMs: undefined } };
}

/** Shape 6: what a manifest says of one item is false. */
export async function judgeManifest(
  bundle: BundleOf<"manifest">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Verdict>> {
  const decoded = decodeManifest(bundle.manifest);
  if (!decoded.ok) return refuse("evidence/malformed");
  const manifest = decoded.value;
  const { station } = bundle;
  const item = manifest.items[bundle.item];
  if (!equalBytes(manifest.station, station)) return refuse("evidence/wrong-station");
  if (item === undefined) return refuse("evidence/wrong-subject");
  if (!(await verifyManifest(manifest, ports))) return refuse("evidence/bad-signature");
  const accused = { manifest, item, index: manifest.first + bundle.item, station };
  const found = await lookFor(accused, bundle, ports);
  if (!found.ok) return found;
  const { fault, timeMs } = found.value;
  return verdictOn(bundle, fault, [timeMs, manifest.timeMs], timeMs !== undefined);
}

function lookFor(
  accused: Accused,
  { fault, item }: BundleOf<"manifest">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Found>> {
  switch (fault.reason) {
    case "pruned-early":
      return prunedEarly(accused, fault, ports);
    case "expired-early":
      return expiredEarly(accused, fault, ports);
    case "other-leaf":
      return otherLeaf(accused, fault, ports);
    case "no-tombstone":
      return noTombstone(accused, item, fault, ports);
    default:
      return fault satisfies never;
  }
}
