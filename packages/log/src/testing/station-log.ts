/* A station's log in a test: appends entries, signs group commits, and can be told to lie. */
import type { Signer } from "@chapar/wire/bytes";
import { BatchBuilder } from "../receipt/batch-builder.ts";
import type { Receipt, SignedHead } from "../receipt/statement.ts";
import type { TreeHasher } from "../tree/hash.ts";
import { MemoryTree } from "../tree/memory-tree.ts";

/** What one signed group commit gave. */
export interface TestCommit {
  readonly receipts: readonly Receipt[];
  readonly head: SignedHead;
}

/** A log whose tree is open to the test, signed by a real key. */
export class TestStationLog {
  readonly tree: MemoryTree;
  readonly leaves: Uint8Array[] = [];
  readonly logId: Uint8Array;
  readonly signer: Signer;
  readonly #hasher: TreeHasher;

  constructor(hasher: TreeHasher, signer: Signer, logId: Uint8Array) {
    this.#hasher = hasher;
    this.tree = new MemoryTree(hasher);
    this.signer = signer;
    this.logId = logId;
  }

  /** Appends entries in one group commit and signs it. */
  async commit(entries: readonly string[], timeMs: number): Promise<TestCommit> {
    const first = this.tree.size;
    for (const entry of entries) {
      const leaf = this.#hasher.leaf(new TextEncoder().encode(entry));
      this.leaves.push(leaf);
      this.tree.append(leaf);
    }
    const builder = new BatchBuilder(this.#hasher);
    const { logId } = this;
    const head = { logId, size: this.tree.size, root: this.tree.root() };
    const places = this.leaves
      .slice(first)
      .map((leafHash, i) => builder.accept({ ...head, index: first + i, leafHash }));
    const headPlace = builder.head(head);
    const batch = await builder.seal(this.signer, timeMs);
    const statements = places.map((place) => batch.statement(place));
    const signed = batch.statement(headPlace);
    if (signed.kind !== "head") throw new Error("not a head");
    return { receipts: statements.filter((one) => one.kind === "accept"), head: signed };
  }
}
