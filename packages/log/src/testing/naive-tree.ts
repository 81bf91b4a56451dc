/* RFC 6962 §2.1 written down word for word, quadratic and recursive: what the fast trees are compared with. */
import type { TreeHasher } from "../tree/hash.ts";

/** MTH(D[n]) from leaf hashes. */
export function naiveRoot(leafHashes: readonly Uint8Array[], hasher: TreeHasher): Uint8Array {
  const [only] = leafHashes;
  if (only === undefined) return hasher.empty();
  if (leafHashes.length === 1) return only;
  let k = 1;
  while (k * 2 < leafHashes.length) k *= 2;
  return hasher.node(naiveRoot(leafHashes.slice(0, k), hasher), naiveRoot(leafHashes.slice(k), hasher));
}

/** Distinct leaf hashes 0, 1, 2 ... for tests. */
export function leafHashes(count: number, hasher: TreeHasher): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => hasher.leaf(new TextEncoder().encode(`leaf ${i}`)));
}
