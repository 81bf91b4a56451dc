/*
 * Generations of a station log (E-3): a log that was begun anew after a restoration has another origin, and so another key
 * name and key id, by which a compact proof says which generation it is of.
 */
import { makeVerifierKey, NoteAlgorithm, type VerifierKey } from "@chapar/log";
import { ledgerOrigin, type StationKey } from "@chapar/wire";
import type { Sha256 } from "@chapar/wire/bytes";

/** Most generations of one log. */
export const MAX_GENERATIONS = 64;

/** Whether a number names a generation. */
export function isGeneration(generation: number): boolean {
  return Number.isInteger(generation) && generation >= 1 && generation <= MAX_GENERATIONS;
}

/** The key that signs a generation of a station's log. @throws LogError for a key that is not 32 bytes */
export function generationKey(station: StationKey, generation: number, sha256: Sha256): VerifierKey {
  return makeVerifierKey(ledgerOrigin(station, generation), NoteAlgorithm.ed25519, station, sha256);
}
