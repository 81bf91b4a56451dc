/* Runs the example of README.md as it stands there. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as log from "./index.ts";
import { testSha256, testSigner, testVerifier } from "./testing/index.ts";

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");

describe("README.md", () => {
  it("L-20 L-24 L-30 has an example that runs", async () => {
    const source =
      /```js\n([\s\S]*?)```/.exec(readme)?.[1]?.replaceAll(/^import .*\n/gm, "") ?? "throw new Error('no example')";
    const names = { ...log, sha256: testSha256, signer: testSigner(1), verify: testVerifier };
    // The example is ours and committed; running its text is the point of this test.
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
    const run = new Function(
      ...Object.keys(names),
      `return (async () => {${source}\nreturn { step, checked };})()`,
    ) as (...values: unknown[]) => Promise<{ step: log.LogStep; checked: log.Checked<unknown> }>;
    const { step, checked } = await run(...Object.values(names));
    expect(checked.ok).toBe(true);
    expect(step).toMatchObject({ state: { range: { size: 1 } } });
    expect(step.fault).toBeUndefined();
  });

  it("is at most 60 lines", () => expect(readme.split("\n").length).toBeLessThanOrEqual(61));
});
