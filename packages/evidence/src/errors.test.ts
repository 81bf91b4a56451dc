import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EVIDENCE_CODES, EvidenceError, isEvidenceError } from "./errors.ts";

const src = fileURLToPath(new URL(".", import.meta.url));
const paths: string[] = readdirSync(src, { recursive: true, encoding: "utf8" });
const ours = paths.filter((path: string) => /^(?!testing|errors\.ts).*(?<!\.test)\.ts$/.test(path));
const code = ours.map((path) => readFileSync(`${src}/${path}`, "utf8")).join("\n");

describe("error codes", () => {
  it.each(Object.keys(EVIDENCE_CODES))("%s is used, and says what, whose and whether to retry", (name) => {
    expect(code).toContain(`"${name}"`);
    expect(EVIDENCE_CODES[name as keyof typeof EVIDENCE_CODES]).toEqual({
      what: expect.stringMatching(/^[a-z].*[^.]$/s),
      whose: expect.stringMatching(/^(us|peer|network|user)$/),
      retry: expect.any(Boolean),
    });
  });

  it("are recognised by code alone, as errors cloned between workers are", () => {
    expect(isEvidenceError(new EvidenceError("evidence/too-large", "x"), "evidence/too-large")).toBe(true);
    expect(isEvidenceError({ code: "evidence/malformed" })).toBe(true);
    expect(isEvidenceError(new EvidenceError("evidence/too-large", "x"), "evidence/malformed")).toBe(false);
    for (const other of [undefined, null, "evidence/malformed", {}, { code: 1 }, { code: "toString" }])
      expect(isEvidenceError(other)).toBe(false);
  });
});
