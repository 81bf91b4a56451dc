/* Generators of the leaves of a station log, one for each kind, written by hand against the type. */
import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { INCIDENT_KINDS, type LedgerLeaf } from "../ledger/leaf.ts";
import { MAX_LEDGER_TEXT_BYTES } from "../limits.ts";
import { arbitraryIndex, arbitraryStation } from "./frames.ts";

type Fields = {
  readonly [Kind in LedgerLeaf["kind"]]: Arbitrary<Omit<Extract<LedgerLeaf, { readonly kind: Kind }>, "kind">>;
};

const hash: Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text: Arbitrary<string> = fc
  .string({ unit: "grapheme", maxLength: 120 })
  .filter((value) => new TextEncoder().encode(value).length <= MAX_LEDGER_TEXT_BYTES);
const index = arbitraryIndex;

const LEAVES: Fields = {
  "identity-op": fc.record({ identity: hash, seq: fc.nat(2 ** 32 - 1), commitment: hash }),
  epoch: fc.record({
    number: index,
    timeMs: index,
    headCount: index,
    headsRoot: hash,
    identityCount: index,
    identitiesRoot: hash,
    residencyRoot: hash,
    egressRoot: hash,
    isWhole: fc.boolean(),
  }),
  tombstone: fc.record({ log: hash, index, leafHash: hash, timeMs: index, reason: text, reference: text }),
  unanswered: fc.record({ station: arbitraryStation, challenge: hash, timeMs: index }),
  evidence: fc.record({ hash }),
  policy: fc.record({ hash }),
  release: fc.record({ hash }),
  "token-key": fc.record({ id: hash }),
  incident: fc.record({ what: fc.constantFrom(...INCIDENT_KINDS), fromMs: index, toMs: index, note: text }),
};

/** Any leaf of a station log, every kind equally often. */
export const arbitraryLedgerLeaf: Arbitrary<LedgerLeaf> = fc.oneof(
  ...Object.entries<Arbitrary<object>>(LEAVES).map(([kind, fields]) =>
    fields.map((leaf) => ({ kind, ...leaf }) as unknown as LedgerLeaf),
  ),
);
