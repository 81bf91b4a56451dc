/*
 * Writes vectors/wire/*.json: what every frame and entry looks like, and bytes that every decoder must refuse, each for one
 * reason. Checked by a second decoder that shares no code: vectors/verify/check_wire.py.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { streamVectors } from "./stream-vectors.ts";
import { entryVectors, frameVectors, proofVectors } from "./vector-cases.ts";

/** Where they are kept. */
export const VECTOR_FOLDER: string = join(import.meta.dirname, "../../../vectors/wire");

/** One case a line, so that a change of one is a change of a line. */
function file(name: string, spec: string, cases: readonly object[]): readonly [string, string] {
  const head = { source: "packages/wire/scripts/write-vectors.ts", licence: "Apache-2.0", spec };
  const lines = cases.map((each) => `    ${JSON.stringify(each)}`).join(",\n");
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  return [name, `{\n${fields.join("")}  "cases": [\n${lines}\n  ]\n}\n`];
}

/** File names and their whole text. */
export function vectorFiles(): readonly (readonly [name: string, text: string])[] {
  return [
    file("frames.json", "protocol/1-wire.md §2", frameVectors()),
    file("entries.json", "protocol/1-wire.md §5", entryVectors()),
    file("proofs.json", "protocol/1-wire.md §3", proofVectors()),
    file("stream.json", "protocol/1-wire.md §1", streamVectors()),
  ];
}

if (import.meta.main) {
  mkdirSync(VECTOR_FOLDER, { recursive: true });
  for (const [name, text] of vectorFiles()) writeFileSync(join(VECTOR_FOLDER, name), text);
}
