/*
 * The newest epoch of a station's log: opened by the station's key, and held against the newest that was believed. Logs of
 * one generation only grow: number, time and size do not fall, and the larger tree has the smaller one in it.
 */
import { accuseCheckpoints, type Bundle, type EvidencePorts, generationKey, openLeafClaim } from "@chapar/evidence";
import { decodeCompactProof, earlierRootOf, type Policy, verifyConsistency, verifyNote } from "@chapar/log";
import { type EpochLeaf, ledgerOrigin, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";

const MS = 1000;

/** An epoch leaf and its compact proof, as a station gave them. */
export interface EpochBytes {
  readonly leaf: Uint8Array;
  readonly proof: Uint8Array;
}

/** A checkpoint of a station's log under its own signature. */
export interface SeenCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
  readonly generation: number;
}

/** An epoch that the station signed. */
export interface Fresh extends SeenCheckpoint, EpochBytes {
  readonly epoch: EpochLeaf;
  /** names of the policy's witnesses whose cosignatures verify */
  readonly cosigned: ReadonlySet<string>;
  /** when the newest of them was made */
  readonly cosignedAtMs: number | undefined;
}

/** Opens what a station answered; undefined when it is no epoch that the station signed. */
export async function openFresh(
  answer: EpochBytes,
  station: StationKey,
  policy: Policy | undefined,
  ports: EvidencePorts,
): Promise<Fresh | undefined> {
  const opened = await openLeafClaim(answer, station, ports);
  if (!opened.ok || opened.value.leaf.kind !== "epoch") return undefined;
  const { leaf: epoch, index, size, generation } = opened.value;
  // It is the log's last leaf (S-10), or it says nothing about how fresh the log is.
  if (index !== size - 1) return undefined;
  const logKey = generationKey(station, generation, ports.sha256);
  const witnesses = [...(policy?.witnesses ?? [])];
  const keys = [logKey, ...witnesses.map(([, { key }]) => key)];
  const context = { origin: ledgerOrigin(station, generation), leafHash: ports.hasher.leaf(answer.leaf), keys };
  const decoded = decodeCompactProof(answer.proof, context, ports.hasher);
  if (!decoded.ok) return undefined;
  const primitives = { sha256: ports.sha256, ed25519: ports.verify };
  const signed = await verifyNote(decoded.value.note, keys, primitives);
  if (!signed.ok) return undefined;
  const own = signed.value.find(({ key }) => key === logKey);
  if (own === undefined) return undefined;
  const signers = new Set(signed.value.map(({ key }) => key));
  const times = signed.value.flatMap(({ timeSeconds }) => (timeSeconds === undefined ? [] : Number(timeSeconds) * MS));
  return {
    leaf: answer.leaf.slice(),
    proof: answer.proof.slice(),
    epoch,
    size,
    root: decoded.value.checkpoint.root,
    signature: own.signature.signature,
    generation,
    cosigned: new Set(witnesses.filter(([, { key }]) => signers.has(key)).map(([name]) => name)),
    cosignedAtMs: times.length === 0 ? undefined : Math.max(...times),
  };
}

/** What comes of two checkpoints of one log. */
export type Comparison =
  | { readonly kind: "consistent" }
  /** nothing can be said: what was needed was not given */
  | { readonly kind: "unknown" }
  | { readonly kind: "forked"; readonly bundle: Bundle | undefined };

/** Asks for the consistency proof between two sizes; undefined when it is not given. */
export type AskConsistency = (from: number, to: number) => Promise<readonly Uint8Array[] | undefined>;

/** Whether two checkpoints of one generation are of one tree; for two that are not, the bundle where one can be made. */
export async function compareCheckpoints(
  a: SeenCheckpoint,
  b: SeenCheckpoint,
  consistency: AskConsistency,
  station: StationKey,
  ports: EvidencePorts,
): Promise<Comparison> {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  if (small.generation !== large.generation) return { kind: "unknown" };
  const { generation } = small;
  if (small.size === large.size) {
    if (equalBytes(small.root, large.root)) return { kind: "consistent" };
    const made = await accuseCheckpoints({ generation, a: small, b: large }, station, ports);
    return { kind: "forked", bundle: made.ok ? made.value : undefined };
  }
  const proof = await consistency(small.size, large.size);
  if (proof === undefined) return { kind: "unknown" };
  const sizes = { size1: small.size, size2: large.size };
  if (verifyConsistency({ ...sizes, root1: small.root, proof }, large.root, ports.hasher)) {
    return { kind: "consistent" };
  }
  const other = earlierRootOf(sizes, proof, ports.hasher);
  const bridge = other && { other, proof };
  const made = bridge && (await accuseCheckpoints({ generation, a: small, b: large, bridge }, station, ports));
  // A proof that proves nothing at all is no proof of a lie either: whoever asks tries again.
  return made?.ok === true ? { kind: "forked", bundle: made.value } : { kind: "unknown" };
}

/** Whether a later epoch of one generation takes back what an earlier one said (S-10). */
export function isFallen(before: Fresh, after: Fresh): boolean {
  if (before.generation !== after.generation) return after.generation < before.generation;
  if (after.size <= before.size) return false;
  return after.epoch.number <= before.epoch.number || after.epoch.timeMs < before.epoch.timeMs;
}
