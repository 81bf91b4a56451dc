import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isLogError, LOG_CODES, LogError } from "./errors.ts";

const src = fileURLToPath(new URL(".", import.meta.url));
const paths: string[] = readdirSync(src, { recursive: true, encoding: "utf8" });
const ours = paths.filter((path: string) => /^(?!testing|errors\.ts).*(?<!\.test)\.ts$/.test(path));
const code = ours.map((path) => readFileSync(`${src}/${path}`, "utf8")).join("\n");

describe("error codes", () => {
  it.each(Object.keys(LOG_CODES))("%s is used, and says what, whose and whether to retry", (name) => {
    expect(code).toContain(`"${name}"`);
    expect(LOG_CODES[name as keyof typeof LOG_CODES]).toEqual({
      what: expect.stringMatching(/^[a-z].*[^.]$/s),
      whose: expect.stringMatching(/^(us|peer|network|user)$/),
      retry: expect.any(Boolean),
    });
  });

  it("are recognised by code alone, as errors cloned between workers are", () => {
    expect(isLogError(new LogError("log/gap", "x"), "log/gap")).toBe(true);
    expect(isLogError({ code: "log/gap" })).toBe(true);
    expect(isLogError(new LogError("log/gap", "x"), "log/forked")).toBe(false);
    for (const other of [undefined, null, "log/gap", {}, { code: 1 }, { code: "toString" }])
      expect(isLogError(other)).toBe(false);
  });
});
