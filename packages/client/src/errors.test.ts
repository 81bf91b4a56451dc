import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLIENT_CODES, ClientError, codeOf, isClientError } from "./errors.ts";

const root = new URL("..", import.meta.url).pathname;
const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.endsWith("errors.ts"))
    .map((path) => readFileSync(join(root, folder, path), "utf8"));

describe("the table of codes", () => {
  it("has no row that nothing refuses with", () => {
    const text = sources("src").join("\n");
    expect(Object.keys(CLIENT_CODES).filter((code) => !text.includes(`"${code}"`))).toEqual([]);
  });

  it("knows its errors, also as clones, and the codes of other packages", () => {
    const error = structuredClone(Object.assign({}, new ClientError("client/empty")));
    expect(isClientError(error)).toBe(true);
    expect(isClientError(error, "client/refused")).toBe(false);
    expect(isClientError(new Error("client/empty"))).toBe(false);
    expect(codeOf({ code: "station/quota" })).toBe("station/quota");
    expect(codeOf({ code: "ENOENT" })).toBeUndefined();
    expect(codeOf(undefined)).toBeUndefined();
  });
});
