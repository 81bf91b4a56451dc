import { afterEach, beforeEach, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
beforeEach(() => stage.begin());
afterEach(() => stage.end());

it("U-4 the shield is told, put up and taken down, and says whether a relay hides the address", async () => {
  await stage.joined();
  expect((await stage.chapar(["shield", "--json"])).lines).toEqual([{ event: "shield", on: false, relays: 0 }]);
  expect((await stage.chapar(["shield", "on"])).stdout).toContain("No relay is known");
  expect((await stage.chapar(["shield", "--json"])).lines).toEqual([{ event: "shield", on: true, relays: 0 }]);
  expect((await stage.chapar(["shield", "off"])).stdout).toContain("is off");
  expect((await stage.chapar(["shield", "maybe"])).code).toBe(64);
});
