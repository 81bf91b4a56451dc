/*
 * Checking a receipt or signed head against the station key one trusts: rebuild the batch leaf, climb the path to the
 * batch root, check the signature over the batch body. The result is branded, so that code which decides on trust can
 * only be handed statements that were checked.
 */
import { equalBytes, type Verifier } from "@chapar/wire/bytes";
import { type Checked, refuse } from "../errors.ts";
import { rootFromInclusion } from "../proof/inclusion.ts";
import type { TreeHasher } from "../tree/hash.ts";
import { encodeBatchBody } from "./batch-body.ts";
import { createClaimHasher } from "./claim.ts";
import type { Receipt, SignedHead, SignedStatement, Verified } from "./statement.ts";

/** What checking a signature takes. */
export interface VerifyPorts {
  readonly hasher: TreeHasher;
  readonly verify: Verifier;
}

/**
 * Checks a receipt or signed head.
 *
 * @param stationKey  the key trusted for this log's station, 32 bytes
 * @returns the same statement, branded; `log/wrong-station` · `log/bad-proof` path of wrong length · `log/bad-root` an
 * empty log with another root than the empty tree's · `log/bad-signature`
 * Cost: one leaf and at most 16 node hashes, one signature check. @see L-24
 */
export async function verifyStatement<T extends SignedStatement>(
  statement: T,
  stationKey: Uint8Array,
  ports: VerifyPorts,
): Promise<Checked<Verified<T>>> {
  const { batch } = statement;
  if (!equalBytes(batch.stationKey, stationKey)) return refuse("log/wrong-station");
  if (statement.size === 0 && !equalBytes(statement.root, ports.hasher.empty())) return refuse("log/bad-root");
  const leafHash = createClaimHasher(ports.hasher)(statement);
  const claim = { index: batch.leafIndex, size: batch.leafCount, leafHash, proof: batch.path };
  const root = rootFromInclusion(claim, ports.hasher);
  if (!root.ok) return root;
  const body = encodeBatchBody({ stationKey, timeMs: batch.timeMs, leafCount: batch.leafCount, root: root.value });
  const isSigned = await ports.verify(stationKey, body, batch.signature);
  return isSigned ? { ok: true, value: brand(statement) } : refuse("log/bad-signature");
}

function brand<T extends SignedStatement>(statement: T): Verified<T> {
  // The only place that gives the brand; it has no run-time form.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return statement as Verified<T>;
}

/** `verifyStatement` for a receipt. */
export function verifyReceipt(
  receipt: Receipt,
  stationKey: Uint8Array,
  ports: VerifyPorts,
): Promise<Checked<Verified<Receipt>>> {
  return verifyStatement(receipt, stationKey, ports);
}

/** `verifyStatement` for whatever serves as a head: a signed head, or a receipt (L-22). */
export function verifySignedHead(
  head: SignedHead | Receipt,
  stationKey: Uint8Array,
  ports: VerifyPorts,
): Promise<Checked<Verified<SignedHead | Receipt>>> {
  return verifyStatement(head, stationKey, ports);
}
