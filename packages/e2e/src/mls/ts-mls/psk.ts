/*
 * Pre-shared keys in commits (RFC 9420 §8.4, §12.1.4): what keeps a group of suite 0x0001 out of a quantum computer's reach
 * (protocol/4-groups.md §10, docs/adr/0019-post-quantum-large-groups.md).
 *
 * Two come up. The *chain key* is a secret of the epoch that the commit ends: members export it, so it costs them nothing, and
 * whoever joins gets it sealed with X-Wing to a key in its key package, or out of a GroupInfo. Every commit that brings
 * somebody in carries it, so that what X25519 seals to the newcomer (joiner secret, external init) is not enough to read on.
 * Any other key comes from the caller (`Change.psk`), who brings it to the members by itself.
 */
import { ByteReader, ByteWriter, equalBytes, toHex, utf8 } from "@chapar/wire/bytes";
import type { ClientState, KeyPackage as LibraryKeyPackage, Proposal } from "ts-mls";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { accumulatePskSecret } from "ts-mls/pskIndex.js";
import { mlsExporter } from "ts-mls/keySchedule.js";
import { type E2eCode, e2eError } from "../../errors.ts";
import type { GroupChange, Psk } from "../port.ts";
import type { Environment } from "./environment.ts";

/** Longest name of a key. */
export const MAX_PSK_ID_BYTES = 255;
/** A commit carries the chain key and one of the caller's. */
const MAX_PSKS = 2;
const CHAIN = utf8("chapar chain ");
const SEAL_LABEL = utf8("chapar psk");
const EMPTY = new Uint8Array(0);
const REF_BYTES = 64;
const MAX_SEALED_BYTES = 4096;
const MAX_SECRET_BYTES = 64;
const SECRET_BYTES = 32;

type PskId = Extract<Proposal, { proposalType: "psk" }>["psk"]["preSharedKeyId"];

/** Name of the chain key of the epoch that a commit ends. */
function chainId(epoch: bigint): Uint8Array {
  return new ByteWriter(32).bytes(CHAIN).u64(epoch).finish();
}

export async function chainPsk(env: Environment, state: ClientState): Promise<Psk> {
  const { exporterSecret } = state.keySchedule;
  const secret = await mlsExporter(exporterSecret, "chapar chain", EMPTY, SECRET_BYTES, env.provider);
  return { id: chainId(state.groupContext.epoch), secret };
}

/** Whether the chain key of an epoch is among the keys. */
export function namesChain(psks: readonly Psk[], epoch: bigint): boolean {
  return epoch >= 0n && psks.some(({ id }) => equalBytes(id, chainId(epoch)));
}

/** The chain key as a GroupInfo conveys it. */
export function conveyedChain(epoch: bigint, secret: Uint8Array): Psk {
  return { id: chainId(epoch), secret };
}

export const CHAIN_BYTES: number = SECRET_BYTES;

export function pskProposal(env: Environment, { id }: Psk): Proposal {
  const pskNonce = env.crypto.random(env.provider.kdf.size);
  return { proposalType: "psk", psk: { preSharedKeyId: { psktype: "external", pskId: id, pskNonce } } };
}

/** The keys in the form that ts-mls asks for them. */
export function pskIndex(psks: readonly Psk[]): { findPsk(id: PskId): Uint8Array | undefined } {
  const secrets = new Map(psks.map(({ id, secret }) => [toHex(id), secret]));
  return { findPsk: (id) => (id.psktype === "external" ? secrets.get(toHex(id.pskId)) : undefined) };
}

/** RFC 9420 §8.4 over the keys that a commit's proposals name. */
export async function pskSecretOf(
  provider: Environment["provider"],
  proposals: readonly Proposal[],
  psks: readonly Psk[],
): Promise<Uint8Array> {
  const named = proposals.flatMap((item) =>
    item.proposalType === "psk" && "psk" in item ? [item.psk.preSharedKeyId] : [],
  );
  const [secret] = await accumulatePskSecret(named, pskIndex(psks), provider, new Uint8Array(provider.kdf.size));
  return secret;
}

/** The pre-shared keys that a commit names, form checked. @throws E2eError `e2e/bad-commit` */
function namedIn(env: Environment, proposals: readonly Proposal[]): Uint8Array[] {
  const named: Uint8Array[] = [];
  for (const proposal of proposals) {
    if (proposal.proposalType !== "psk" || !("psk" in proposal)) continue;
    const { preSharedKeyId } = proposal.psk;
    const fits =
      preSharedKeyId.psktype === "external" &&
      preSharedKeyId.pskNonce.byteLength === env.provider.kdf.size &&
      preSharedKeyId.pskId.byteLength <= MAX_PSK_ID_BYTES &&
      !named.some((id) => equalBytes(id, preSharedKeyId.pskId));
    if (!fits) throw e2eError("e2e/bad-commit");
    named.push(preSharedKeyId.pskId);
  }
  return named;
}

/** The keys that a commit names, form checked. */
export interface NamedPsks {
  /** all, in their order */
  readonly ids: readonly Uint8Array[];
  /** the one that its maker mixes in */
  readonly own: Uint8Array | undefined;
}

/**
 * Which keys a commit that is being read names.
 *
 * @param entering whether somebody comes in by it, so that the chain key must be there
 * @throws E2eError `e2e/bad-commit`
 */
export function pskIdsOf(
  env: Environment,
  state: ClientState,
  proposals: readonly Proposal[],
  entering: boolean,
): NamedPsks {
  const ids = namedIn(env, proposals);
  const chain = chainId(state.groupContext.epoch);
  const chained = ids.some((id) => equalBytes(id, chain));
  if (chained !== (entering && env.chained) || ids.length > MAX_PSKS - (chained ? 0 : 1))
    throw e2eError("e2e/bad-commit");
  return { ids, own: ids.find((id) => !equalBytes(id, chain)) };
}

/** The keys themselves. @throws E2eError `e2e/unknown-psk` */
export async function pskOf(
  env: Environment,
  state: ClientState,
  { ids, own }: NamedPsks,
  change: GroupChange,
): Promise<readonly Psk[]> {
  const psks: Psk[] = [];
  for (const id of ids) {
    if (id !== own) {
      psks.push(await chainPsk(env, state));
      continue;
    }
    const secret = await env.findPsk(change);
    if (secret === undefined) throw e2eError("e2e/unknown-psk");
    psks.push({ id, secret });
  }
  return psks;
}

/** What follows a Welcome: for each joiner the commit's pre-shared keys, sealed to the X-Wing key of its key package. */
export async function sealPsks(
  env: Environment,
  joiners: readonly LibraryKeyPackage[],
  psks: readonly Psk[],
): Promise<Uint8Array> {
  if (!env.chained) return EMPTY;
  const plain = new ByteWriter(256).list(psks, (to, { id, secret }) => to.opaque(id).opaque(secret)).finish();
  const writer = new ByteWriter(2048);
  const sealed: { ref: Uint8Array; enc: Uint8Array; ciphertext: Uint8Array }[] = [];
  for (const joiner of joiners) {
    const ref = await makeKeyPackageRef(joiner, env.provider.hash);
    const made = await env.hybrid.seal(joiner.extensions[0]?.extensionData ?? EMPTY, SEAL_LABEL, ref, plain);
    if (made === undefined) throw e2eError("e2e/bad-key-package");
    sealed.push({ ref, ...made });
  }
  plain.fill(0);
  return writer.list(sealed, (to, { ref, enc, ciphertext }) => to.opaque(ref).opaque(enc).opaque(ciphertext)).finish();
}

/**
 * The pre-shared keys that were sealed to a joiner, out of what follows a Welcome. Zeros after them are the padding.
 *
 * @throws E2eError `e2e/bad-welcome`
 */
export async function openPsks(
  env: Environment,
  bytes: Uint8Array,
  ref: Uint8Array,
  privateKey: Uint8Array,
  maxJoiners: number,
): Promise<readonly Psk[]> {
  const code: E2eCode = "e2e/bad-welcome";
  const reader = new ByteReader(bytes);
  const entries = reader.list(maxJoiners, (item) => ({
    ref: item.opaque(REF_BYTES),
    enc: item.opaque(MAX_SEALED_BYTES),
    ciphertext: item.opaque(MAX_SEALED_BYTES),
  }));
  const padding = reader.rest();
  const ours = entries.find((entry) => equalBytes(entry.ref, ref));
  if (!reader.finish(0).ok || ours === undefined || padding.some((byte) => byte !== 0)) throw e2eError(code);
  const plain = await env.hybrid.open(privateKey, ours.enc.slice(), SEAL_LABEL, ref, ours.ciphertext);
  if (plain === undefined) throw e2eError(code);
  const inner = new ByteReader(plain);
  const psks = inner.list(MAX_PSKS, (item) => ({
    id: item.opaque(MAX_PSK_ID_BYTES).slice(),
    secret: item.opaque(MAX_SECRET_BYTES).slice(),
  }));
  if (!inner.finish(0).ok) throw e2eError(code);
  return psks;
}
