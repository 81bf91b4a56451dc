import { expect, it } from "vitest";
import { measureEvidence } from "./evidence-bytes.ts";

it.each([
  [1, 1],
  [1, 32],
])(
  "L-25 E-14 in %i room with %i messages a commit, receipt, head and manifest together take at most 0.35 KB a message",
  async (rooms, each) => {
    const bytes = await measureEvidence(rooms, each);
    expect(Math.min(bytes.receipt, bytes.head, bytes.manifest)).toBeGreaterThan(9);
    expect(bytes.total).toBeLessThanOrEqual(350);
  },
);
