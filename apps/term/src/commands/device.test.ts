/* What is told of devices, against the fake engine. */
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
