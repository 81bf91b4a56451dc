/*
 * What the cipher suites are made of (protocol/4-groups.md §1). The library behind the port learns only a suite's number
 * and its primitives.
 *
 * The hybrid is 0xF00D of RFC 9420's private-use range until draft-ietf-mls-pq-ciphersuites has a number; a group moves
 * to another suite by ReInit, never in place.
 */
import { dhKemX25519, type Kem, xWing } from "../crypto/kem.ts";
import type { CryptoPort, HashName } from "../crypto/port.ts";
import { SUITE_NUMBERS, type SuiteName } from "./suite-names.ts";

/** A cipher suite as RFC 9420 §17.1 describes one; signatures are Ed25519 in all of ours. */
export interface Suite {
  /** RFC 9420 §17.1 number */
  readonly id: number;
  readonly hash: HashName;
  readonly aeadKeyBytes: 16 | 32;
  readonly kem: (crypto: CryptoPort) => Kem;
  /** whether the KEM stands against a quantum computer; where not, groups carry pre-shared keys (protocol/4-groups.md §10) */
  readonly postQuantum: boolean;
}

/** `x-wing` is the default; `x25519` is MLS's mandatory suite 1, for groups too large for hybrid commits and for interop. */
export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  "x-wing": { id: SUITE_NUMBERS["x-wing"], hash: "sha512", aeadKeyBytes: 32, kem: xWing, postQuantum: true },
  x25519: { id: SUITE_NUMBERS.x25519, hash: "sha256", aeadKeyBytes: 16, kem: dhKemX25519, postQuantum: false },
};
