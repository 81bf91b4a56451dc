/* Runs the example of README.md as it stands there. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { testSha256, testVerifier } from "@chapar/log/testing";
import { describe, expect, it } from "vitest";
import * as evidence from "./index.ts";
import { TestStation } from "./testing/index.ts";

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");

describe("README.md", () => {
  it("E-30 E-31 has an example that runs", async () => {
    const source =
      /```js\n([\s\S]*?)```/.exec(readme)?.[1]?.replaceAll(/^import .*\n/gm, "") ?? "throw new Error('no example')";
    const honest = new TestStation();
    await honest.append("room", ["one", "two", "three"]);
    const liar = honest.copy();
    const { head } = await honest.append("room", ["four"]);
    await liar.epoch();
    const given = { statement: head, claim: await liar.headClaim("room"), station: honest.key, incidents: [] };
    const names = { ...evidence, sha256: testSha256, verify: testVerifier, ...given };
    // The example is ours and committed; running its text is the point of this test.
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
    const run = new Function(
      ...Object.keys(names),
      `return (async () => {${source}\nreturn { file, verdict, excused };})()`,
    ) as (...values: unknown[]) => Promise<{ file: Uint8Array; verdict: unknown; excused: boolean }>;
    const { file, verdict, excused } = await run(...Object.values(names));
    expect(file.byteLength).toBeLessThan(4096);
    expect(verdict).toMatchObject({ value: { shape: "log", fault: "omitted", sinceMs: head.batch.timeMs } });
    expect(excused).toBe(false);
  });

  it("is at most 60 lines", () => expect(readme.split("\n").length).toBeLessThanOrEqual(61));
});
