/* Files of an invite and ways as commands make and take them, against the fake engine. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
const path = (name: string): string => join(stage.folder, name);
beforeEach(() => stage.begin());
afterEach(() => stage.end());

describe("files of ways", () => {
  it("P-127 are written new, for the owner's eyes, and never over another", async () => {
    await joined();
    const { lines, code } = await chapar(["invite", "--json", "--file", path("to-dara.chapar")]);
    expect([code, lines[0]]).toMatchObject([0, { event: "invite-file", ways: 3, expiresMs: null }]);
    expect(await readFile(path("to-dara.chapar"), "utf8")).toMatch(/^chapar file v1\n/);
    expect((await stat(path("to-dara.chapar"))).mode & 0o777).toBe(0o600);
    const again = await chapar(["invite", "--json", "--file", path("to-dara.chapar")]);
    expect(again.lines).toMatchObject([{ event: "error", code: "term/cannot-write" }]);
  });

  it("P-128 are taken where a way or an invite is", async () => {
    await joined();
    await writeFile(path("ways.chapar"), "chapar file v1\nperson:Omid\nsum fake\n");
    expect((await chapar(["route", "add", path("ways.chapar")])).stdout).toBe("2 new ways from now on.\n");
    expect(stage.engine.calls).toContain("addFile");
    const { code, stdout } = await chapar(["open", path("ways.chapar"), "--timeout", "0"]);
    expect([code, stdout.trim()]).toEqual([0, expect.stringMatching(/\S+/)]);
  });

  it("P-128 that are none are refused in words", async () => {
    await joined();
    await writeFile(path("cut.chapar"), "chapar file v1\nperson:Omid\nsum fa");
    const cut = await chapar(["route", "add", path("cut.chapar")]);
    expect(cut.code).not.toBe(0);
    expect(cut.stderr).toContain("was changed or cut on its way");
    expect((await chapar(["route", "add", path("nothing.chapar")])).stderr).toContain("it is not there");
  });
});
