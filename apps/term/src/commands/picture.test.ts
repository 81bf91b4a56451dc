/* The own picture from the command line (protocol/5-content.md C-109). */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pictureIn } from "@chapar/client/pictures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";
import { pngOf } from "../testing/small-site.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

describe("the picture of a person", () => {
  it("C-109 is drawn anew, square and small, shown, written into a file, and taken away", async () => {
    await joined();
    const path = join(stage.folder, "me.png");
    await writeFile(path, pngOf(900, 500));
    expect((await chapar(["picture", "--json"])).lines).toEqual([{ event: "no-picture" }]);
    const set = await chapar(["picture", path, "--json"]);
    expect(set).toMatchObject({ code: 0, lines: [{ event: "picture-set" }] });
    const savedTo = join(stage.folder, "out.jpg");
    const shown = await chapar(["picture", "--save", savedTo, "--json"]);
    expect(shown.lines).toMatchObject([{ event: "picture", mediaType: "image/jpeg", savedTo }]);
    const bytes = await readFile(savedTo);
    expect(bytes.byteLength).toBeLessThanOrEqual(6_144);
    expect(pictureIn(bytes)).toEqual({ mediaType: "image/jpeg", width: 192, height: 192 });
    expect((await chapar(["picture", "--remove"])).stdout).toContain("taken away");
    expect((await chapar(["picture"])).stdout).toContain("There is no picture.");
  });

  it("C-109 of somebody else is written into a file, and never set", async () => {
    await joined();
    const { people } = (await stage.engine.conversations())[0] ?? { people: [] };
    stage.engine.people.told(people[0]?.identity ?? "", pngOf(8, 8));
    const shown = await chapar(["picture", "--of", "Sara", "--json"]);
    expect(shown.lines).toMatchObject([{ event: "picture", identity: people[0]?.identity, savedTo: null }]);
    const path = join(stage.folder, "a.png");
    await writeFile(path, pngOf(8, 8));
    expect(await chapar(["picture", path, "--of", "Sara"])).toMatchObject({ code: 64 });
  });

  it("C-109 what is no picture, or not there, is refused and changes nothing", async () => {
    await joined();
    const path = join(stage.folder, "page.png");
    await writeFile(path, "<svg onload=alert(1)>");
    const refused = await chapar(["picture", path, "--json"]);
    expect(refused).toMatchObject({ code: 65, lines: [{ code: "term/no-picture" }] });
    expect((await chapar(["picture", `${path}.no`, "--json"])).lines).toMatchObject([{ code: "term/no-file" }]);
    expect((await chapar(["picture", "--json"])).lines).toEqual([{ event: "no-picture" }]);
  });
});
