/*
 * Writes vectors/identity/chains.json, vectors/content/mimi.json and vectors/content/letters.json. Checked by second
 * implementations that share no code: vectors/verify/check_identity.py, check_content.py.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { letterVectors, mimiVectors } from "./content-cases.ts";
import { chainVectors } from "./identity-cases.ts";

/** Where all of the project's vectors are kept. */
export const IDENTITY_VECTOR_FOLDER: string = join(import.meta.dirname, "../../../../vectors");

/** One case a line, so that a change of one is a change of a line. */
function text(spec: string, cases: readonly object[]): string {
  const head = { source: "packages/wire/src/testing/write-identity-vectors.ts", licence: "Apache-2.0", spec };
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const lines = cases.map((each) => `    ${JSON.stringify(each)}`).join(",\n");
  return `{\n${fields.join("")}  "cases": [\n${lines}\n  ]\n}\n`;
}

/** File names below vectors/ and their whole text. */
export async function identityVectorFiles(): Promise<readonly (readonly [path: string, text: string])[]> {
  return [
    ["identity/chains.json", text("protocol/3-identity.md §1-4", await chainVectors())],
    ["content/mimi.json", text("protocol/5-content.md §2", mimiVectors())],
    ["content/letters.json", text("protocol/5-content.md §1", letterVectors())],
  ];
}

if (import.meta.main === true) {
  for (const [path, content] of await identityVectorFiles()) {
    mkdirSync(dirname(join(IDENTITY_VECTOR_FOLDER, path)), { recursive: true });
    writeFileSync(join(IDENTITY_VECTOR_FOLDER, path), content);
  }
}
