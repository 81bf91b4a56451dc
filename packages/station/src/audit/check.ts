/* Checking an answer to an audit offline (K-41, K-42): with the question, the checkpoint that was shown before it, and nothing secret. */
import { type EvidencePorts, generationKey, openLeafClaim } from "@chapar/evidence";
import {
  decodeCompactProof,
  decodeMapProof,
  mapRoot,
  openCheckpoint,
  type VerifierKey,
  verifyInclusion,
} from "@chapar/log";
import { decodeLedgerHead, type EpochLeaf, type LedgerHead, parseLedgerOrigin, type StationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { type AuditAnswer, readAuditAnswer } from "./answer-codec.ts";
import {
  type AuditDraw,
  type AuditFault,
  type AuditQuestion,
  drawIndex,
  drawTarget,
  isDrawn,
  maxDraws,
} from "./terms.ts";

/** What an answer that holds shows. */
export interface CheckedAudit {
  readonly station: StationKey;
  readonly epoch: EpochLeaf;
  /** entries that were drawn; fewer than were asked for where most logs are bare */
  readonly sampled: number;
  /** of these: bytes that the log commits to, and their sum */
  readonly proven: number;
  readonly bytes: number;
  readonly pruned: number;
  readonly expired: number;
  readonly removed: number;
  /** what the station should hold and does not show */
  readonly missing: number;
}

/** What checking gives. */
export type AuditChecked =
  | { readonly ok: true; readonly value: CheckedAudit }
  | { readonly ok: false; readonly fault: AuditFault };

class Refused extends Error {
  readonly fault: AuditFault;

  constructor(fault: AuditFault) {
    super(fault);
    this.fault = fault;
  }
}

function need(holds: boolean, fault: AuditFault): asserts holds {
  if (!holds) throw new Refused(fault);
}

/** What an auditor knows besides the question. */
export interface AuditGround {
  /** the station that was asked; without it, whichever the checkpoint is of */
  readonly station?: StationKey | undefined;
  /** the checkpoint that it showed before it was asked (`/log/checkpoint`), or that a witness shows */
  readonly checkpoint: Uint8Array;
}

interface Shown {
  readonly station: StationKey;
  readonly size: number;
  readonly root: Uint8Array;
  readonly key: VerifierKey;
}

async function shownBy({ station, checkpoint }: AuditGround, ports: EvidencePorts): Promise<Shown> {
  const origin = new TextDecoder().decode(checkpoint).split("\n", 1)[0] ?? "";
  const named = parseLedgerOrigin(origin);
  need(named !== undefined, "bad-epoch");
  need(station === undefined || equalBytes(named.station, station), "other-station");
  const key = generationKey(named.station, named.generation, ports.sha256);
  const opened = await openCheckpoint(checkpoint, [key], { sha256: ports.sha256, ed25519: ports.verify });
  need(opened.ok, "bad-epoch");
  const { size, root } = opened.value.checkpoint;
  return { station: named.station, size, root, key };
}

interface Epoch {
  readonly epoch: EpochLeaf;
  readonly generation: number;
}

/** The root that the proof of an epoch leads to. */
function rootOf({ leaf, proof }: AuditAnswer, { key }: Shown, ports: EvidencePorts): Uint8Array {
  const context = { origin: key.name, leafHash: ports.hasher.leaf(leaf), keys: [key] };
  const decoded = decodeCompactProof(proof, context, ports.hasher);
  need(decoded.ok, "bad-epoch");
  return decoded.value.checkpoint.root;
}

async function epochOf(answer: AuditAnswer, shown: Shown, ports: EvidencePorts): Promise<Epoch> {
  const opened = await openLeafClaim(answer, shown.station, ports);
  need(opened.ok, "bad-epoch");
  const { leaf, index, size, generation } = opened.value;
  need(leaf.kind === "epoch" && index === size - 1, "bad-epoch");
  need(size >= shown.size, "old-epoch");
  need(size > shown.size || equalBytes(rootOf(answer, shown, ports), shown.root), "bad-epoch");
  return { epoch: leaf, generation };
}

/** The head of a drawn log (K-40). */
function headOf(draw: AuditDraw, target: Uint8Array, epoch: EpochLeaf, ports: EvidencePorts): LedgerHead {
  const proof = decodeMapProof(draw.mapProof, draw.key);
  need(proof.ok, "bad-map-proof");
  const root = mapRoot(proof.value, draw.key, ports.mapHasher);
  need(root.ok && equalBytes(root.value, epoch.headsRoot), "bad-map-proof");
  const { end, siblings } = proof.value;
  need(end !== undefined && equalBytes(end.key, draw.key) && isDrawn(target, draw.key, siblings), "bad-draw");
  const head = decodeLedgerHead(end.value);
  need(head.ok, "bad-map-proof");
  return head.value;
}

async function checkTombstone(
  draw: AuditDraw,
  index: number,
  { station }: Shown,
  generation: number,
  ports: EvidencePorts,
): Promise<void> {
  const { found, key } = draw;
  if (found.state !== "removed") return;
  const opened = await openLeafClaim(found, station, ports);
  need(opened.ok && opened.value.generation === generation, "bad-tombstone");
  const { leaf } = opened.value;
  need(leaf.kind === "tombstone" && leaf.index === index, "bad-tombstone");
  need(equalBytes(leaf.log, key) && equalBytes(leaf.leafHash, found.leafHash), "bad-tombstone");
}

function checkEntry({ found }: AuditDraw, index: number, head: LedgerHead, ports: EvidencePorts): void {
  if (found.state === "bare" || found.state === "missing") return;
  const leafHash = found.state === "here" ? ports.hasher.leaf(found.entry) : found.leafHash;
  const claim = { index, size: head.size, leafHash, proof: found.path };
  need(verifyInclusion(claim, head.root, ports.hasher), "bad-entry");
}

async function check(
  bytes: Uint8Array,
  question: AuditQuestion,
  ground: AuditGround,
  ports: EvidencePorts,
): Promise<CheckedAudit> {
  const read = readAuditAnswer(bytes, ports.sha256);
  need(read !== undefined, "not-an-answer");
  const { answer, signed, signature } = read;
  const shown = await shownBy(ground, ports);
  need(equalBytes(answer.station, shown.station), "other-station");
  need(await ports.verify(shown.station, signed, signature), "bad-signature");
  need(equalBytes(answer.nonce, question.nonce) && answer.count === question.count, "other-nonce");
  const { epoch, generation } = await epochOf(answer, shown, ports);
  const counts = { bare: 0, here: 0, pruned: 0, expired: 0, removed: 0, missing: 0 };
  let sampled = 0;
  let sum = 0;
  for (const [i, draw] of answer.draws.entries()) {
    need(sampled < question.count && i < maxDraws(question.count), "bad-draw");
    const head = headOf(draw, drawTarget(question.nonce, i, ports.sha256), epoch, ports);
    const index = drawIndex(question.nonce, i, head.size, ports.sha256);
    need((index === undefined) === (draw.found.state === "bare"), "bad-draw");
    counts[draw.found.state]++;
    if (index === undefined) continue;
    sampled++;
    checkEntry(draw, index, head, ports);
    await checkTombstone(draw, index, shown, generation, ports);
    if (draw.found.state === "here") sum += draw.found.entry.byteLength;
  }
  const isAll = sampled === question.count || answer.draws.length === maxDraws(question.count);
  need(isAll || (answer.draws.length === 0 && epoch.headsRoot.every((byte) => byte === 0)), "bad-draw");
  const { bare: _bare, here: proven, ...rest } = counts;
  return { station: shown.station, epoch, sampled, proven, bytes: sum, ...rest };
}

/**
 * Checks an answer.
 *
 * @param bytes  untrusted
 * Cost: a map proof, a path and the bytes of each draw; two signature checks, and one for each removal
 */
export async function checkAudit(
  bytes: Uint8Array,
  question: AuditQuestion,
  ground: AuditGround,
  ports: EvidencePorts,
): Promise<AuditChecked> {
  try {
    return { ok: true, value: await check(bytes, question, ground, ports) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.fault };
    throw error;
  }
}
