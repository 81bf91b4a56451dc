/*
 * A station whose keeper put an older copy of its folder back and told nobody, with real processes and two real browsers: it is
 * told at the conversation when it signs something again, with a proof that two verifiers believe.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atStation, bubble, CHROMIUM, MAIN, plain, ROOT, say, Stage } from "./stage.ts";

const run = promisify(execFile);
const stage = new Stage();

describe.runIf(existsSync(CHROMIUM))("a station that was put back in silence", () => {
  beforeAll(() => stage.begin(), 240_000);
  afterAll(() => stage.end());

  it("R-3 is told at the conversation, with a proof that the person saves and two verifiers believe", async () => {
    const { sara, dara } = stage;
    await stage.stop();
    const putBack = await stage.copy();
    await stage.honest();
    await say(sara, "the letter that the copy does not have");
    await atStation(sara, "the letter that the copy does not have");
    await bubble(dara, "the letter that the copy does not have").waitFor();
    await stage.stop();
    await putBack();
    await stage.honest();
    await say(sara, "the first letter after it");
    const bar = dara.locator("aside", { hasText: "Qanat" });
    await bar.waitFor();
    expect(plain(await bar.innerText())).toMatch(
      /Qanat in Iran (?:went back behind what it had signed|left out of its public record what it had signed|signed two versions)/u,
    );
    // What was read stays.
    await bubble(dara, "the letter that the copy does not have").waitFor();
    await dara.getByRole("button", { name: "See what happened" }).click();
    const sheet = dara.locator("dialog[open]");
    const [download] = await Promise.all([
      dara.waitForEvent("download"),
      sheet.getByRole("button", { name: "Save proof" }).click(),
    ]);
    const file = join(stage.folder, download.suggestedFilename());
    await download.saveAs(file);
    const ours = await run(process.execPath, [MAIN, "proof", "verify", file, "--json"], { cwd: ROOT });
    const verdict = JSON.parse(ours.stdout) as { readonly fault: string };
    expect(verdict).toMatchObject({ event: "verdict", proven: true });
    expect(verdict.fault).toMatch(
      /^(?:rolled-back|omitted|other-root|other-prefix|same-size|same-index|prefix|entry)$/u,
    );
    const theirs = await run("python3", [join(ROOT, "vectors/verify/verify_proof.py"), file]);
    expect(theirs.stdout).toContain(verdict.fault);
  }, 300_000);
});
