/* Writes vectors/ledger/*.json. Run: node packages/station/scripts/make-vectors.ts */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ledgerVectorFiles } from "../src/testing/ledger-vectors.ts";

const folder = new URL("../../../vectors/ledger/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of await ledgerVectorFiles()) writeFileSync(fileURLToPath(new URL(name, folder)), text);
