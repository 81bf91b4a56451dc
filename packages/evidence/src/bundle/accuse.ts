/*
 * Making bundles. Every maker checks what it made as a stranger would and answers it only when it verifies, so that
 * nobody is accused by a bundle that does not show it. Claims lose their cosignatures: they make nothing false, and a bundle has 4096
 * bytes.
 */
import {
  type Contradiction,
  encodeContradiction,
  encodeStatement,
  FULL_FORM,
  type SignedStatement,
  type TreeBridge,
} from "@chapar/log";
import { type LogId, type StationKey, stationKey } from "@chapar/wire";
import { withoutCosignatures } from "../claims/open.ts";
import { type EvidenceChecked, EvidenceError, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { Bundle, LeafClaim, ManifestFault, MapClaim, Place, SignedCheckpoint } from "../types.ts";
import { encodeBundle } from "./codec.ts";
import type { BundleOf } from "./verdict.ts";
import { verifyBundle } from "./verify.ts";

/** Outcome of a maker: the bundle; `evidence/not-false`, `evidence/too-large`, or why an object was refused. */
export type Accusation = Promise<EvidenceChecked<Bundle>>;

async function checked(bundle: Bundle, ports: EvidencePorts): Accusation {
  let bytes: Uint8Array;
  try {
    bytes = encodeBundle(bundle);
  } catch (error) {
    if (error instanceof EvidenceError && error.code === "evidence/too-large") return refuse(error.code);
    throw error;
  }
  const verdict = await verifyBundle(bytes, ports);
  return verdict.ok ? { ok: true, value: bundle } : verdict;
}

function slim(claim: MapClaim, station: StationKey, ports: EvidencePorts): EvidenceChecked<MapClaim> {
  const epoch = withoutCosignatures(claim.epoch, station, ports);
  return epoch.ok ? { ok: true, value: { ...claim, epoch: epoch.value } } : epoch;
}

const full = (statement: SignedStatement): Uint8Array => encodeStatement(statement, FULL_FORM);

/** Shape 1, of a contradiction that package log found. */
export function accuseByStatements(contradiction: Contradiction, ports: EvidencePorts): Accusation {
  const station = stationKey(contradiction.a.batch.stationKey);
  return checked({ shape: "statements", station, contradiction: encodeContradiction(contradiction) }, ports);
}

/** Shape 2: a statement against what an epoch says of its log; with a bridge, by the prefix alone. */
export async function accuseLog(
  parts: { readonly statement: SignedStatement; readonly claim: MapClaim; readonly bridge?: TreeBridge | undefined },
  station: StationKey,
  ports: EvidencePorts,
): Accusation {
  const claim = slim(parts.claim, station, ports);
  if (!claim.ok) return claim;
  const statement = full(parts.statement);
  return checked({ shape: "log", station, statement, claim: claim.value, bridge: parts.bridge }, ports);
}

/** Shape 3: two epochs about one log, the earlier first. */
export async function accuseHeads(
  parts: { readonly log: LogId; readonly earlier: MapClaim; readonly later: MapClaim },
  station: StationKey,
  ports: EvidencePorts,
): Accusation {
  const earlier = slim(parts.earlier, station, ports);
  if (!earlier.ok) return earlier;
  const later = slim(parts.later, station, ports);
  if (!later.ok) return later;
  const { log } = parts;
  return checked({ shape: "heads", station, log, earlier: earlier.value, later: later.value }, ports);
}

/** Shape 4: two checkpoints of one generation; with a bridge, by the prefix of the smaller. */
export function accuseCheckpoints(
  parts: {
    readonly generation: number;
    readonly a: SignedCheckpoint;
    readonly b: SignedCheckpoint;
    readonly bridge?: TreeBridge | undefined;
  },
  station: StationKey,
  ports: EvidencePorts,
): Accusation {
  const { generation, a, b, bridge } = parts;
  return checked({ shape: "checkpoints", station, generation, a, b, bridge }, ports);
}

/** Shape 5: an encoded identity word against another, or against what an epoch says of the identity. */
export async function accuseIdentity(
  parts: { readonly word: Uint8Array; readonly other: Uint8Array | MapClaim },
  station: StationKey,
  ports: EvidencePorts,
): Accusation {
  const { word, other } = parts;
  if (other instanceof Uint8Array) return checked({ shape: "identity", station, word, other }, ports);
  const claim = slim(other, station, ports);
  return claim.ok ? checked({ shape: "identity", station, word, other: claim.value }, ports) : claim;
}

/** Shape 6: an item of an encoded manifest. A manifest of many items makes too large a bundle: ask for the one item again. */
export async function accuseManifest(
  parts: { readonly manifest: Uint8Array; readonly item: number; readonly fault: ManifestFault },
  station: StationKey,
  ports: EvidencePorts,
): Accusation {
  const { manifest, item, fault } = parts;
  if (fault.reason !== "no-tombstone") return checked({ shape: "manifest", station, manifest, item, fault }, ports);
  const leaf = withoutCosignatures(fault.leaf, station, ports);
  if (!leaf.ok) return leaf;
  return checked({ shape: "manifest", station, manifest, item, fault: { ...fault, leaf: leaf.value } }, ports);
}

/** Shape 7: a challenge that a witness has logged as unanswered. Its word, not a proof of guilt (E-31). */
export async function unansweredBundle(
  parts: { readonly challenge: Uint8Array; readonly witness: StationKey; readonly leaf: LeafClaim },
  station: StationKey,
  ports: EvidencePorts,
): Accusation {
  const { challenge, witness } = parts;
  const leaf = withoutCosignatures(parts.leaf, witness, ports);
  return leaf.ok ? checked({ shape: "unanswered", station, challenge, witness, leaf: leaf.value }, ports) : leaf;
}

/** Shape 8: one entry at two indexes of the tree of a statement. */
export function accuseDuplicate(
  parts: {
    readonly statement: SignedStatement;
    readonly leafHash: Uint8Array;
    readonly places: readonly [Place, Place];
  },
  ports: EvidencePorts,
): Accusation {
  const { statement, leafHash, places } = parts;
  const station = stationKey(statement.batch.stationKey);
  return checked({ shape: "duplicate", station, statement: full(statement), leafHash, places }, ports);
}

/** Shape 9: an identity-op leaf against the map of an epoch after it. */
export async function accuseFold(
  parts: Pick<BundleOf<"fold">, "leaf" | "claim">,
  station: StationKey,
  ports: EvidencePorts,
): Accusation {
  const leaf = withoutCosignatures(parts.leaf, station, ports);
  if (!leaf.ok) return leaf;
  const claim = slim(parts.claim, station, ports);
  return claim.ok ? checked({ shape: "fold", station, leaf: leaf.value, claim: claim.value }, ports) : claim;
}
