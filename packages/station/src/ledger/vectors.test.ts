import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ledgerVectorFiles } from "../testing/ledger-vectors.ts";

it("vectors/ledger is what its script writes; else run node packages/station/scripts/make-vectors.ts", async () => {
  for (const [name, text] of await ledgerVectorFiles()) {
    expect(readFileSync(new URL(`../../../../vectors/ledger/${name}`, import.meta.url), "utf8")).toBe(text);
  }
});
