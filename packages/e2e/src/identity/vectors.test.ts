/* That our vectors are what this code says: the Python checkers then say whether it is right. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VECTOR_FOLDER, vectorFiles } from "../../scripts/write-vectors.ts";

describe("vectors of words, invites and attachments", () => {
  it("I-20 I-30 C-20 are current: run packages/e2e/scripts/write-vectors.ts when this fails", async () => {
    for (const [path, text] of await vectorFiles())
      expect(readFileSync(join(VECTOR_FOLDER, path), "utf8"), path).toBe(text);
  });
});
