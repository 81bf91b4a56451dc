/* What is told of devices, against the fake engine. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

describe("device", () => {
  it("lists, renames and revokes by the beginning of an id", async () => {
    await joined();
    const { stdout } = await chapar(["device", "list"]);
    expect(stdout).toMatch(
      /^thisdevi {2}Desk, this one {2}added 1970-01-01, last seen 1970-01-01, ir\.example \(IR\)\n/,
    );
    expect(stdout).toContain("Phone  added 1970-01-01, last seen never");
    expect((await chapar(["device", "rename", "othe", "Tablet", "--json"])).lines).toEqual([
      { event: "device-renamed", id: "otherdevice", name: "Tablet" },
    ]);
    expect((await chapar(["device", "revoke", "othe", "--json"])).lines).toEqual([
      { event: "device-revoked", id: "otherdevice" },
    ]);
    expect((await chapar(["device", "list", "--json"])).lines.map(({ name }) => name)).toEqual(["Desk"]);
  });

  it("says which device is not there, and that one does not revoke itself", async () => {
    await joined();
    expect(await chapar(["device", "revoke", "none"])).toMatchObject({ code: 66 });
    expect(await chapar(["device", "revoke", "thisdevice"])).toMatchObject({ code: 64 });
  });

  it("adds by digits: the same are confirmed, others are refused, and text that is no code is told as such", async () => {
    await joined();
    const added = await chapar(["device", "add", "chapar:d/x", "--digits", "012 345", "--json"]);
    expect(added.lines.map(({ event, digits }) => [event, digits])).toEqual([
      ["digits", "012345"],
      ["device-added", undefined],
    ]);
    const refused = await chapar(["device", "add", "chapar:d/x", "--digits", "999999"]);
    expect(refused).toMatchObject({ code: 77 });
    expect(refused.stdout).toContain("Nothing was added.");
    expect(await chapar(["device", "add", "hello", "--digits", "1"])).toMatchObject({ code: 64 });
  });
});

describe("backup, restore and export", () => {
  const input = new TextEncoder().encode("right words\n");
  const wrong = new TextEncoder().encode("other words\n");

  it("D-46 is made at the station and as a file, verified by the words, and never written over", async () => {
    await joined();
    const path = join(stage.folder, "b.backup");
    expect((await chapar(["backup", "make", "--json"])).lines).toEqual([{ event: "backed-up", madeAtMs: 5 }]);
    expect(await chapar(["backup", "make", path])).toMatchObject({ code: 0 });
    expect(await chapar(["backup", "make", path])).toMatchObject({ code: 73 });
    const { lines } = await chapar(["backup", "verify", path, "--json"], { input });
    expect(lines).toMatchObject([{ event: "backup-verified", name: "Sara", messages: 9 }]);
    expect(await chapar(["backup", "verify", path], { input: wrong })).toMatchObject({ code: 64 });
    await writeFile(path, "changed");
    expect(await chapar(["backup", "verify", path], { input })).toMatchObject({ code: 77 });
  });

  it("D-43 brings a person back by words on standard input, and says which words are wrong", async () => {
    const back = await chapar(["restore", "https://ir.example/#i/x", "--json"], { input });
    expect(back.lines).toMatchObject([{ event: "restored", name: "Sara", device: "newdevice" }]);
    expect(await chapar(["restore", "https://ir.example/#i/x"], { input: wrong })).toMatchObject({ code: 64 });
  });

  it("M-40 brings a person back at another station when theirs is gone, and says what is lost with it", async () => {
    const path = join(stage.folder, "b.backup");
    await writeFile(path, "a backup");
    const to = ["--to", "https://de.example/#i/y"];
    const back = await chapar(["backup", "restore", path, ...to, "--json"], { input });
    expect(back.lines).toMatchObject([{ event: "restored", home: { name: "of https://de.example/#i/y" } }]);
    const told = await chapar(["restore", "https://ir.example/#i/x", ...to], { input });
    expect(told.stdout).toMatch(
      /live at of https:\/\/de\.example.* now\. (?:Nothing said who your contacts are|.*are lost\.)/u,
    );
  });

  it("D-50 writes chats into a folder, in the direction of the language", async () => {
    await joined();
    const folder = join(stage.folder, "chats");
    const { lines } = await chapar(["export", folder, "--language", "fa", "--json"]);
    expect(lines).toEqual([{ event: "exported", folder, files: ["Dara-aaaaaaaa.html", "Dara-aaaaaaaa.json"] }]);
    expect(await readFile(join(folder, "Dara-aaaaaaaa.html"), "utf8")).toBe("fa rtl all");
  });
});
