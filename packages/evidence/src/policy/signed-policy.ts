/*
 * A policy under the station's signature (K-5): a C2SP signed note whose text is the policy, by the station's key under the name
 * `<station key in base32>/policy`. Its hash stands in the station's log from the start under it.
 */
import { decodeNote, encodeNote, makeVerifierKey, NoteAlgorithm } from "@chapar/log";
import { idText, MAX_REGION_POLICY_BYTES, type StationKey } from "@chapar/wire";
import { type Sha256, type Signer, utf8, type Verifier } from "@chapar/wire/bytes";
import { type PolicyRead, policyText, readPolicy } from "./read-policy.ts";
import type { RegionPolicy } from "./terms.ts";

/** Longest signed policy: its text, and room for signatures of others beside the station's. */
export const SIGNED_POLICY_BYTES: number = MAX_REGION_POLICY_BYTES;

/** A policy that its station signed. */
export interface SignedPolicy {
  readonly policy: RegionPolicy;
  /** the text that was signed */
  readonly text: string;
  /** of the text: what the station's log has of it */
  readonly hash: Uint8Array;
}

/** Why a file is no policy of a station. */
export type SignedPolicyFault = "not-a-note" | "not-signed" | "bad-signature" | "not-one-spelling" | "bad-policy";

/** What opening a signed policy gives. */
export type PolicyOpened =
  | { readonly ok: true; readonly value: SignedPolicy }
  | {
      readonly ok: false;
      readonly fault: SignedPolicyFault;
      readonly read?: Extract<PolicyRead, { readonly ok: false }>;
    };

function keyOf(station: StationKey, sha256: Sha256): ReturnType<typeof makeVerifierKey> {
  return makeVerifierKey(`${idText(station)}/policy`, NoteAlgorithm.ed25519, station, sha256);
}

/**
 * Signs a policy in its one spelling.
 *
 * @param text  that readPolicy takes
 * @returns the signed note
 */
export async function signPolicy(
  text: string,
  station: StationKey,
  signer: Signer,
  sha256: Sha256,
): Promise<Uint8Array> {
  const spelled = policyText(JSON.parse(text));
  const { name, keyId } = keyOf(station, sha256);
  const signature = await signer.sign(utf8(spelled));
  return encodeNote({ text: spelled, signatures: [{ name, keyId, signature }] });
}

/**
 * Opens a signed policy. Signatures of others are passed over.
 *
 * @param bytes  untrusted, of any size
 * @param station  whose policy it has to be
 */
export async function openPolicy(
  bytes: Uint8Array,
  station: StationKey,
  { sha256, verify }: { readonly sha256: Sha256; readonly verify: Verifier },
): Promise<PolicyOpened> {
  if (bytes.byteLength > SIGNED_POLICY_BYTES) return { ok: false, fault: "not-a-note" };
  const note = decodeNote(bytes);
  if (!note.ok) return { ok: false, fault: "not-a-note" };
  const { text, signatures } = note.value;
  const key = keyOf(station, sha256);
  const ours = signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (ours === undefined) return { ok: false, fault: "not-signed" };
  if (!(await verify(station, utf8(text), ours.signature))) return { ok: false, fault: "bad-signature" };
  const read = readPolicy(text);
  if (!read.ok) return { ok: false, fault: "bad-policy", read };
  if (policyText(JSON.parse(text)) !== text) return { ok: false, fault: "not-one-spelling" };
  return { ok: true, value: { policy: read.value, text, hash: sha256(utf8(text)) } };
}
