/*
 * The numbers that two people compare (protocol/3-identity.md §6, I-40), in the shape of Signal's numeric fingerprints: each
 * side an iterated hash over its id and genesis op, thirty digits of it, the smaller half first, so that both read the same.
 */
import { compareKeys } from "../store/keys.ts";
import { concatBytes, type Sha256, toBase32, utf8 } from "@chapar/wire/bytes";

const LABEL = utf8("chapar safety v1");
/** As Signal's: what one try at a likeness costs, times this. */
const ITERATIONS = 5200;
const GROUPS = 6;
const GROUP_BYTES = 5;
const GROUP_MODULUS = 100_000n;
const QR_PREFIX = "CHAPAR:SAFETY:1:";

/** A person, as far as the numbers speak of them. */
export interface Compared {
  /** 20 bytes */
  readonly identity: Uint8Array;
  readonly genesis: Uint8Array;
}

/** @returns 32 bytes. Cost: 5,200 hashes of 64 bytes */
function fingerprint({ identity, genesis }: Compared, sha256: Sha256): Uint8Array {
  const key = sha256(genesis);
  let hash = sha256(concatBytes(LABEL, identity, key));
  for (let i = 1; i < ITERATIONS; i++) hash = sha256(concatBytes(hash, key));
  return hash;
}

function groupsOf(hash: Uint8Array): string[] {
  return Array.from({ length: GROUPS }, (_, at) => {
    const part = hash.subarray(at * GROUP_BYTES, (at + 1) * GROUP_BYTES);
    const value = part.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    return String(value % GROUP_MODULUS).padStart(GROUP_BYTES, "0");
  });
}

/** Twelve groups of five digits, and the text of the QR code; the same whoever asks. */
export function safetyNumbers(
  a: Compared,
  b: Compared,
  sha256: Sha256,
): { readonly digits: readonly string[]; readonly qr: string } {
  const both = [fingerprint(a, sha256), fingerprint(b, sha256)].sort(compareKeys);
  return {
    digits: both.flatMap(groupsOf),
    qr: QR_PREFIX + toBase32(concatBytes(...both)).toUpperCase(),
  };
}
