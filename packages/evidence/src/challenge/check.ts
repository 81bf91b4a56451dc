/*
 * Whether a challenge may be put, and whether an answer answers it (§5). A challenge rests on something that the accused
 * signed, so nobody can ask a station for what it never said to have; an answer is held to the root or the commitment of
 * that, so no station can answer with something else.
 */
import { verifyInclusion } from "@chapar/log";
import {
  decodeOp,
  ledgerIdentityKey,
  ledgerSalt,
  logId,
  opCommitment,
  type LedgerHead,
  type LedgerIdentity,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { openStatement } from "../bundle/statement.ts";
import { decodeMapClaim } from "../claims/codec.ts";
import { openHeadClaim, openIdentityClaim } from "../claims/open.ts";
import { type EvidenceChecked, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { Challenge, Manifest } from "../types.ts";
import { decodeIdentityWord, verifyIdentityWord } from "../words/identity-word.ts";
import { decodeManifest, verifyManifest } from "../words/manifest.ts";
import { decodeAnswer, decodeChallenge } from "./codec.ts";

/** A challenge whose basis was checked: what the accused signed about the subject, and when. */
export type CheckedChallenge = { readonly challenge: Challenge; readonly basisMs: number } & (
  | { readonly kind: "entry"; readonly basis: LedgerHead }
  | { readonly kind: "identity"; readonly basis: LedgerIdentity }
);

type Asked<Kind extends Challenge["kind"]> = Extract<CheckedChallenge, { readonly kind: Kind }>;

/** An answer that was checked. */
export type CheckedAnswer =
  | { readonly kind: "entry"; readonly entry: Uint8Array }
  /** what the station says instead of the entry; whether it may is for whoever asked */
  | { readonly kind: "manifest"; readonly manifest: Manifest; readonly item: number }
  /** `commitment` is held against the basis for its last op; for one before, against the leaf that the log has for it */
  | { readonly kind: "op"; readonly genesis: Uint8Array; readonly op: Uint8Array; readonly commitment: Uint8Array };

interface Basis<Value> {
  readonly value: Value;
  readonly timeMs: number;
}

async function headBasis(challenge: Challenge, ports: EvidencePorts): Promise<EvidenceChecked<Basis<LedgerHead>>> {
  const { station, subject, basis } = challenge;
  if (!basis.isClaim) {
    const statement = await openStatement(basis.bytes, station, ports);
    if (!statement.ok) return statement;
    const { logId: log, size, root, batch } = statement.value;
    if (!equalBytes(log, subject)) return refuse("evidence/wrong-subject");
    return { ok: true, value: { value: { size, root }, timeMs: batch.timeMs } };
  }
  const claim = decodeMapClaim(basis.bytes);
  if (!claim.ok) return refuse("evidence/malformed");
  const opened = await openHeadClaim(claim.value, logId(subject), station, ports);
  if (!opened.ok) return opened;
  const { value, epoch } = opened.value;
  return value === undefined ? refuse("evidence/wrong-subject") : { ok: true, value: { value, timeMs: epoch.timeMs } };
}

async function identityBasis(
  challenge: Challenge,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Basis<LedgerIdentity>>> {
  const { station, subject, basis } = challenge;
  if (!basis.isClaim) {
    const word = decodeIdentityWord(basis.bytes);
    if (!word.ok) return refuse("evidence/malformed");
    const { identity, opCount, commitment, timeMs } = word.value;
    if (!equalBytes(word.value.station, station)) return refuse("evidence/wrong-station");
    if (!equalBytes(identity, subject)) return refuse("evidence/wrong-subject");
    const isSigned = await verifyIdentityWord(word.value, ports);
    return isSigned
      ? { ok: true, value: { value: { opCount, commitment }, timeMs } }
      : refuse("evidence/bad-signature");
  }
  const claim = decodeMapClaim(basis.bytes);
  if (!claim.ok) return refuse("evidence/malformed");
  const opened = await openIdentityClaim(claim.value, subject, station, ports);
  if (!opened.ok) return opened;
  const { value, epoch } = opened.value;
  return value === undefined ? refuse("evidence/wrong-subject") : { ok: true, value: { value, timeMs: epoch.timeMs } };
}

/**
 * Checks that a challenge rests on something the accused signed that says it has what is asked for.
 *
 * @param bytes  untrusted
 * @returns `evidence/malformed` · `evidence/wrong-station` the basis is another station's · `evidence/wrong-subject` it is about
 * something else, or does not reach the index · `evidence/bad-signature` · `evidence/bad-proof`
 * Cost: one signature check and at most one claim. @see E-40, E-41
 */
export async function checkChallenge(
  bytes: Uint8Array,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedChallenge>> {
  const decoded = decodeChallenge(bytes);
  if (!decoded.ok) return refuse("evidence/malformed");
  const challenge = decoded.value;
  const { kind, index } = challenge;
  if (kind === "entry") {
    const head = await headBasis(challenge, ports);
    if (!head.ok) return head;
    const { value: basis, timeMs: basisMs } = head.value;
    return index < basis.size ? { ok: true, value: { kind, challenge, basis, basisMs } } : BEYOND;
  }
  const identity = await identityBasis(challenge, ports);
  if (!identity.ok) return identity;
  const { value: basis, timeMs: basisMs } = identity.value;
  return index < basis.opCount ? { ok: true, value: { kind, challenge, basis, basisMs } } : BEYOND;
}

/** What is asked for stands beyond what the accused signed. */
const BEYOND = refuse("evidence/wrong-subject");

async function checkManifest(
  { challenge }: Asked<"entry">,
  bytes: Uint8Array,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedAnswer>> {
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) return refuse("evidence/malformed");
  const manifest = decoded.value;
  if (!equalBytes(manifest.station, challenge.station)) return refuse("evidence/wrong-station");
  const item = challenge.index - manifest.first;
  const status = manifest.items[item]?.status;
  const isAbout = equalBytes(manifest.log, challenge.subject) && isSame(manifest.reader, challenge.reader);
  // "present" is no answer: then the entry is owed.
  if (!isAbout || status === undefined || status === "present") return refuse("evidence/wrong-subject");
  if (!(await verifyManifest(manifest, ports))) return refuse("evidence/bad-signature");
  return { ok: true, value: { kind: "manifest", manifest, item } };
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

function checkOp(
  { challenge, basis }: Asked<"identity">,
  answer: { readonly genesis: Uint8Array; readonly op: Uint8Array },
  ports: EvidencePorts,
): EvidenceChecked<CheckedAnswer> {
  const { genesis, op } = answer;
  const salt = ledgerSalt(genesis, ports.sha256);
  if (!equalBytes(ledgerIdentityKey(salt, ports.sha256), challenge.subject)) return refuse("evidence/wrong-subject");
  const decoded = decodeOp(op);
  if (!decoded.ok) return refuse("evidence/malformed");
  const isAt = decoded.value.seq === challenge.index && (challenge.index > 0 || equalBytes(op, genesis));
  if (!isAt) return refuse("evidence/wrong-subject");
  const commitment = opCommitment(salt, challenge.index, op, ports.sha256);
  if (challenge.index === basis.opCount - 1 && !equalBytes(commitment, basis.commitment))
    return refuse("evidence/bad-proof");
  return { ok: true, value: { kind: "op", genesis, op, commitment } };
}

/**
 * Checks that bytes answer a challenge.
 *
 * @param asked  what `checkChallenge` answered
 * @param bytes  untrusted
 * @returns `evidence/malformed` · `evidence/wrong-subject` something else was answered · `evidence/wrong-station` ·
 * `evidence/bad-signature` · `evidence/bad-proof` not the entry or the op that the basis speaks of
 * @see E-40
 */
export async function checkAnswer(
  asked: CheckedChallenge,
  bytes: Uint8Array,
  ports: EvidencePorts,
): Promise<EvidenceChecked<CheckedAnswer>> {
  const decoded = decodeAnswer(bytes);
  if (!decoded.ok) return refuse("evidence/malformed");
  const answer = decoded.value;
  if (asked.kind === "identity") {
    return answer.kind === "op" ? checkOp(asked, answer, ports) : refuse("evidence/wrong-subject");
  }
  if (answer.kind === "op") return refuse("evidence/wrong-subject");
  if (answer.kind === "manifest") return checkManifest(asked, answer.manifest, ports);
  const { size, root } = asked.basis;
  const { entry, inclusion } = answer;
  const claim = { index: asked.challenge.index, size, leafHash: ports.hasher.leaf(entry), proof: inclusion };
  if (!verifyInclusion(claim, root, ports.hasher)) return refuse("evidence/bad-proof");
  return { ok: true, value: { kind: "entry", entry } };
}
