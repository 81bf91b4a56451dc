import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareFolder, readSettings, writeSettings } from "./station-settings.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chapar-settings-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("what a station's start remembers", () => {
  it("begins with nothing said", () => {
    expect(readSettings(folder)).toEqual({ region: "ZZ", name: "Chapar", port: undefined, url: undefined, routes: [] });
    expect(readSettings(join(folder, "none")).port).toBeUndefined();
  });
  it("comes back, in a file for its owner, with nothing left beside it", async () => {
    const said = {
      region: "IR",
      name: "تهران",
      port: 8080,
      url: "https://chapar.example",
      routes: ["burst+https://a.example"],
      dns: { domain: "t.example", port: 5353, address: "192.0.2.1", via: ["system", "192.0.2.53"] },
      ss: { publicHost: "chapar.example", port: 8388 },
      lan: true,
      announced: true,
    };
    const inside = join(folder, "new");
    prepareFolder(inside);
    writeSettings(inside, said);
    writeSettings(inside, { ...said, port: 8081 });
    expect(readSettings(inside)).toEqual({ ...said, port: 8081 });
    expect(await readdir(inside)).toEqual(["up.json"]);
    expect((await stat(join(inside, "up.json"))).mode & 0o777).toBe(0o600);
  });
  it.each(["", "{", "[]", "null", '{"region":"Iran","name":"x"}', '{"region":"IR"}'])("refuses %j", async (text) => {
    await writeFile(join(folder, "up.json"), text);
    expect(() => readSettings(folder)).toThrow("term/bad-settings");
  });
});
