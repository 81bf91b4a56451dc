/* That vectors/identity and vectors/content are what this code says: the Python checkers then say whether it is right. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { IDENTITY_VECTOR_FOLDER, identityVectorFiles } from "../testing/write-identity-vectors.ts";

describe("vectors of op chains, content and letters", () => {
  it("I-4 C-1 C-6 are current: run packages/wire/src/testing/write-identity-vectors.ts when this fails", async () => {
    for (const [path, text] of await identityVectorFiles())
      expect(readFileSync(join(IDENTITY_VECTOR_FOLDER, path), "utf8"), path).toBe(text);
  });
});
