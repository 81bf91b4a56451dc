/* Writes vectors/log/*.json. Run: node packages/log/scripts/make-vectors.ts */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatVectors, makeVectors } from "../src/testing/vectors.ts";

const folder = new URL("../../../vectors/log/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, vectors] of await makeVectors()) {
  writeFileSync(fileURLToPath(new URL(name, folder)), formatVectors(vectors));
}
