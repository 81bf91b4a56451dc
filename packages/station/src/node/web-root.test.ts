import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebRoot } from "./web-root.ts";

const ANY = { acceptEncoding: "", ifNoneMatch: "" };
const STRICT = "default-src 'none'; script-src 'self' 'sha256-AAAA='; style-src 'self'";

describe("WebRoot", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chapar-web-root-"));
    writeFileSync(join(folder, "index.html"), "<!doctype html>");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const asks = (policy: unknown): void =>
    writeFileSync(join(folder, "headers.json"), JSON.stringify({ "content-security-policy": policy }));

  it("takes the content policy of the built app and serves no file of that name", () => {
    asks(STRICT);
    writeFileSync(join(folder, "headers.json.br"), "compressed");
    const root = new WebRoot(folder);
    expect(root.contentPolicy).toBe(STRICT);
    expect(root.answer("/headers.json", ANY)).toBeUndefined();
    expect(root.answer("/", ANY)?.status).toBe(200);
  });

  it("has no policy of its own when the app names none", () => {
    expect(new WebRoot(folder).contentPolicy).toBeUndefined();
    asks(7);
    expect(new WebRoot(folder).contentPolicy).toBeUndefined();
  });

  it.each([
    "default-src 'none'; script-src 'self' 'unsafe-inline'",
    "default-src 'none'; script-src 'self' 'unsafe-eval'",
    "default-src 'none'; script-src *",
    "default-src 'none'; script-src 'self' https://elsewhere.example",
    "default-src 'none'; script-src data:",
    "script-src 'self'",
  ])("refuses to start with %s", (policy) => {
    asks(policy);
    expect(() => new WebRoot(folder)).toThrow("foreign code");
  });
});
