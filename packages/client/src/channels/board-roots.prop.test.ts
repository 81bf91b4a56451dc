/* The last roots of a board: whoever has the same board is held to be one who has, and whoever has another is not. */
import { createHash } from "node:crypto";
import { CompactRange, MemoryTree, createTreeHasher } from "@chapar/log";
import { array, assert, integer, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { BoardRoots } from "./board-roots.ts";

const hasher = createTreeHasher((bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));
const KEPT = 64;

describe("the last roots of a board", () => {
  it("H-25 hold every root of the last 64 sizes against what is said, over restarts, and nothing against what is older or yet to come", () => {
    const leaf = uint8Array({ minLength: 32, maxLength: 32 });
    const runs = array(array(leaf, { maxLength: 40 }), { minLength: 1, maxLength: 5 });
    assert(
      property(runs, integer({ min: 0, max: 90 }), (pages, unread) => {
        const tree = new MemoryTree(hasher);
        const range = new CompactRange(hasher);
        for (let at = 0; at < unread; at++) {
          const hash = new Uint8Array(32).fill(at);
          tree.append(hash);
          range.append(hash);
        }
        let [held, bytes] = [range, new Uint8Array(0) as Uint8Array];
        for (const page of pages) {
          const roots = new BoardRoots(held.clone(), bytes);
          held = held.clone();
          for (const hash of page) {
            roots.append(hash);
            held.append(hash);
            tree.append(hash);
          }
          bytes = roots.bytes;
          const kept = Math.min(KEPT, tree.size - unread);
          for (let size = 0; size <= tree.size + 1; size++) {
            const isHeld = size > 0 && size <= tree.size && size > tree.size - kept;
            const root = size > tree.size ? new Uint8Array(32) : tree.root(size);
            expect(roots.isOther({ size, root })).toBe(false);
            expect(roots.isOther({ size, root: root.map((byte) => byte ^ 1) })).toBe(isHeld);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
