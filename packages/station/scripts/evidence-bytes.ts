/*
 * What a station signs for a message, in bytes: receipt to its writer, head to a reader, its place in a manifest, for commits of
 * several shapes. Run: node packages/station/scripts/evidence-bytes.ts. Sizes do not depend on the machine.
 */
import { measureEvidence } from "../src/testing/index.ts";

const SHAPES = [
  [1, 1],
  [1, 32],
  [32, 1],
] as const;

for (const [rooms, each] of SHAPES) {
  const bytes = await measureEvidence(rooms, each);
  process.stdout.write(`${JSON.stringify({ rooms, messagesInEach: each, ...bytes })}\n`);
}
