import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startStation } from "../src/node/index.ts";

/** The example of README.md, as it stands there. */
async function example(dataDir: string): Promise<{ url: string; key: Uint8Array; signUpToken: Uint8Array }> {
  // example:begin
  const station = await startStation({ dataDir, port: 0, region: "DE", name: "Example" });
  // What an invite is made of; who has the token may open an account.
  const { url, key, signUpToken } = station;
  await station.close();
  // example:end
  return { url, key, signUpToken };
}

it("README.md shows the example that runs here", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "chapar-readme-"));
  try {
    const { url, key, signUpToken } = await example(dataDir);
    expect([new URL(url).hostname, key.byteLength, signUpToken.byteLength]).toEqual(["127.0.0.1", 32, 32]);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  const page = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const source = readFileSync(import.meta.filename, "utf8");
  const run = /^ {2}\/\/ example:begin\n([^]*?) {2}\/\/ example:end$/m.exec(source)?.[1]?.replaceAll(/^ {2}/gm, "");
  expect(page.match(/```ts\n([^]*?)```/)?.[1]).toBe(run);
});
