/* The primitives that evidence is checked with, in one object that every verifier here takes. */
import { createMapHasher, createTreeHasher, type MapHasher, type TreeHasher } from "@chapar/log";
import type { Sha256, Verifier } from "@chapar/wire/bytes";

/** What checking evidence takes. */
export interface EvidencePorts {
  readonly hasher: TreeHasher;
  readonly mapHasher: MapHasher;
  readonly sha256: Sha256;
  readonly verify: Verifier;
}

/** The ports made of the two primitives. */
export function createEvidencePorts(sha256: Sha256, verify: Verifier): EvidencePorts {
  return { hasher: createTreeHasher(sha256), mapHasher: createMapHasher(sha256), sha256, verify };
}
