/*
 * Checking claims of a station log by the station's key alone (E-20): the leaf leads to a checkpoint, the checkpoint is
 * signed under an origin of that station, the map proof leads to the epoch's root. Cosignatures are not looked at: they
 * make nothing false.
 */
import { decodeCompactProof, encodeCompactProof, openMapProof, type TlogProof, verifyNote } from "@chapar/log";
import {
  decodeLedgerHead,
  decodeLedgerIdentity,
  decodeLedgerLeaf,
  type DecodedLeaf,
  type EpochLeaf,
  type LedgerHead,
  type LedgerIdentity,
  ledgerLogKey,
  type LogId,
  type StationKey,
} from "@chapar/wire";
import type { Decoded } from "@chapar/wire/bytes";
import { type EvidenceChecked, ofLogCode, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { CheckedClaim, CheckedLeaf, EpochClaim, Incident, LeafClaim, MapClaim } from "../types.ts";
import { generationKey, MAX_GENERATIONS } from "./generation.ts";

interface OwnProof {
  readonly proof: TlogProof;
  readonly generation: number;
}

/** A compact proof with the station's own signatures alone, and the generation that they are of. */
function ownProof(claim: LeafClaim, station: StationKey, ports: EvidencePorts): EvidenceChecked<OwnProof> {
  const leafHash = ports.hasher.leaf(claim.leaf);
  for (let generation = 1; generation <= MAX_GENERATIONS; generation++) {
    const key = generationKey(station, generation, ports.sha256);
    const proof = decodeCompactProof(claim.proof, { origin: key.name, leafHash, keys: [key] }, ports.hasher);
    if (proof.ok) return { ok: true, value: { proof: proof.value, generation } };
    if (proof.code !== "log/unknown-key") return refuse(ofLogCode(proof.code));
  }
  return refuse("evidence/wrong-station");
}

/**
 * Checks a leaf of a station log.
 *
 * @returns `evidence/malformed` · `evidence/wrong-station` no signature of that station's log · `evidence/bad-signature`
 * Cost: one inclusion proof and one signature check; refusing another station's, at most 64 times the hashes. @see E-20
 */
export async function openLeafClaim(
  claim: LeafClaim,
  station: StationKey,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedLeaf>> {
  const leaf = decodeLedgerLeaf(claim.leaf);
  if (!leaf.ok) return refuse("evidence/malformed");
  const own = ownProof(claim, station, ports);
  if (!own.ok) return own;
  const { proof, generation } = own.value;
  const keys = [generationKey(station, generation, ports.sha256)];
  const signed = await verifyNote(proof.note, keys, { sha256: ports.sha256, ed25519: ports.verify });
  if (!signed.ok) return refuse("evidence/bad-signature");
  return { ok: true, value: { leaf: leaf.value, index: proof.index, size: proof.checkpoint.size, generation } };
}

/**
 * A claim without the cosignatures of witnesses, as bundles carry it.
 *
 * @returns `evidence/malformed` · `evidence/wrong-station`
 */
export function withoutCosignatures(
  claim: LeafClaim,
  station: StationKey,
  ports: EvidencePorts,
): EvidenceChecked<LeafClaim> {
  const own = ownProof(claim, station, ports);
  return own.ok ? { ok: true, value: { leaf: claim.leaf, proof: encodeCompactProof(own.value.proof) } } : own;
}

type CheckedEpoch = Omit<CheckedLeaf, "leaf"> & { readonly epoch: EpochLeaf };

async function openEpochClaim(
  claim: EpochClaim,
  station: StationKey,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedEpoch>> {
  const opened = await openLeafClaim(claim, station, ports);
  if (!opened.ok) return opened;
  const { leaf, ...place } = opened.value;
  return isEpoch(leaf) ? { ok: true, value: { epoch: leaf, ...place } } : refuse("evidence/malformed");
}

const isEpoch = (leaf: DecodedLeaf): leaf is EpochLeaf => leaf.kind === "epoch";

interface MapOf<Value> {
  readonly key: Uint8Array;
  readonly root: (epoch: EpochLeaf) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Decoded<Value>;
}

async function openMapClaim<Value extends LedgerHead | LedgerIdentity>(
  claim: MapClaim,
  map: MapOf<Value>,
  station: StationKey,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedClaim<Value>>> {
  const opened = await openEpochClaim(claim.epoch, station, ports);
  if (!opened.ok) return opened;
  const { epoch, index, size: ledgerSize, generation } = opened.value;
  const entry = openMapProof(claim.mapProof, map.key, map.root(epoch), ports.mapHasher);
  if (!entry.ok) return refuse(ofLogCode(entry.code));
  const value = entry.value === undefined ? undefined : map.decode(entry.value);
  if (value?.ok === false) return refuse("evidence/malformed");
  return { ok: true, value: { epoch, index, ledgerSize, generation, value: value?.value } };
}

/**
 * Checks what an epoch says of a log.
 *
 * @returns as `openLeafClaim`, and `evidence/bad-proof` the map proof does not lead to the epoch's root
 * @see E-20
 */
export function openHeadClaim(
  claim: MapClaim,
  log: LogId,
  station: StationKey,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedClaim<LedgerHead>>> {
  const key = ledgerLogKey(log, ports.sha256);
  return openMapClaim(claim, { key, root: (epoch) => epoch.headsRoot, decode: decodeLedgerHead }, station, ports);
}

/**
 * Checks what an epoch says of an identity.
 *
 * @param identity  its key in the map (S-3), 32 bytes
 * @returns as `openHeadClaim`
 * @see E-20
 */
export function openIdentityClaim(
  claim: MapClaim,
  identity: Uint8Array,
  station: StationKey,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedClaim<LedgerIdentity>>> {
  const root = (epoch: EpochLeaf): Uint8Array => epoch.identitiesRoot;
  return openMapClaim(claim, { key: identity, root, decode: decodeLedgerIdentity }, station, ports);
}

/**
 * Checks an incident that a station was restored: the first leaf of a generation after the first.
 *
 * @returns as `openLeafClaim`, and `evidence/wrong-subject` a leaf that excuses nothing
 * @see E-3
 */
export async function openIncident(
  claim: LeafClaim,
  station: StationKey,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Incident>> {
  const opened = await openLeafClaim(claim, station, ports);
  if (!opened.ok) return opened;
  const { leaf, index, generation } = opened.value;
  const isRestoration = leaf.kind === "incident" && leaf.what === "restored" && index === 0 && generation > 1;
  return isRestoration ? { ok: true, value: leaf } : refuse("evidence/wrong-subject");
}
