/* Somebody has a copy of Sara's profile and acts in her name: real stations, real processes, and what she does about it. */
import { cp } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Town } from "./process.ts";

let town: Town;
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

const PATIENT = ["--timeout", "120"];

describe("a stolen key", () => {
  it("R-12 is told to its owner and taken back with one command; the station goes on with the owner's chain", async () => {
    const de = await town.station("de", ["--region", "DE"]);
    const ir = await town.station("ir", ["--region", "IR", "--peer", de.url]);
    await town.ask(["join", ir.invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
    await town.ask(["join", de.invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
    await cp(town.path("sara"), town.path("thief"), { recursive: true });
    await town.run(["watch", "--profile", "sara", ...PATIENT]);
    expect((await town.run(["alerts", "--json", "--profile", "sara"])).lines).toEqual([]);
    expect(await town.run(["safety", "take-back", "--json", "--profile", "sara"])).toMatchObject({
      code: 69,
      lines: [{ code: "client/nothing-to-take-back" }],
    });

    // The copy begins to talk with somebody at another station: that names an anchor, by Sara's own key.
    const { invite } = await town.ask(["invite", "--profile", "dara"]);
    const { conversation } = await town.ask(["open", String(invite), "--profile", "thief", ...PATIENT]);
    await town.ask(["send", String(conversation), "it is Sara", "--profile", "thief", ...PATIENT]);
    await town.run(["watch", "--profile", "thief", ...PATIENT]);

    await town.run(["watch", "--profile", "sara", ...PATIENT]);
    const { lines } = await town.run(["alerts", "--json", "--profile", "sara"]);
    expect(lines).toMatchObject([{ code: "foreign-op", state: "open" }]);
    const wrong = await town.run(["safety", "take-back", "--words", "--json", "--profile", "sara"], "no such words");
    expect(wrong).toMatchObject({ code: 65, lines: [{ code: "e2e/bad-words" }] });
    expect(await town.ask(["safety", "take-back", "--profile", "sara"])).toMatchObject({
      event: "taken-back",
      voided: 1,
      late: false,
    });
    await town.run(["watch", "--profile", "sara", ...PATIENT]);
    expect((await town.run(["alerts", "--json", "--profile", "sara"])).lines).toMatchObject([
      { code: "foreign-op", state: "restored" },
    ]);
    expect((await town.run(["safety", "take-back", "--json", "--profile", "sara"])).code).toBe(69);
  });
});
