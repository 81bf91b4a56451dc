/* Every script of testdata/ against the real ./chapar. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runScript } from "../src/testing/cli-script.ts";

const testdata = join(import.meta.dirname, "../testdata");
const chapar = join(import.meta.dirname, "../../../chapar");
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chapar-script-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("what is typed and what comes back", async () => {
  const scripts = (await readdir(testdata)).filter((name) => name.endsWith(".txt"));
  it.each(scripts)("%s", async (name) => {
    await expect(runScript(await readFile(join(testdata, name), "utf8"), { chapar, folder })).resolves.toBeUndefined();
  });
});

/** The first line of what a script fails with. */
const fails = (script: string): Promise<string> =>
  runScript(script, { chapar, folder }).then(
    () => "passed",
    (error: Error) => error.message.split("\n")[0] ?? "",
  );

describe("the runner itself", () => {
  it("sees a wrong line, a missing line, a line too many and a wrong exit code", async () => {
    expect(await fails("$ echo a\nb")).toContain('expected "b", got "a"');
    expect(await fails("$ echo a\na\nb")).toContain('expected "b", got undefined');
    expect(await fails('$ printf "a\\nb\\n"\na')).toContain('unexpected "b"');
    expect(await fails("$ false")).toContain("exit code 1, expected 0");
    expect(await fails("$ echo 1 2\n{{x}} {{x}}")).toContain("expected");
    expect(await fails("$ echo 1 1\n{{x}} {{x}}\n$ echo {{x}}\n1")).toBe("passed");
    expect(await fails("$ cat\n< hello\nhello")).toBe("passed");
    expect(await fails('$ printf "a\\nb\\nc\\n"\n...\nc')).toBe("passed");
  });
});
