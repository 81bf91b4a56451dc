/* Writes vectors/evidence/*.json. Run: node packages/evidence/scripts/make-vectors.ts */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatVectors, makeVectors } from "../src/testing/vectors.ts";

const folder = new URL("../../../vectors/evidence/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, vectors] of await makeVectors()) {
  writeFileSync(fileURLToPath(new URL(name, folder)), formatVectors(vectors));
}
