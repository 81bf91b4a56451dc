/* Two stations in two regions as real processes, two people in terminals: everything on the level of command lines. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Town, type Line } from "./process.ts";

let town: Town;
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

/** Under a loaded machine a command may wait longer than its usual half minute. */
const PATIENT = ["--timeout", "120"];

const texts = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === "message").map(({ text }) => text);

/** IR and DE, Sara and Dara, and a conversation that Dara opened. */
async function twoPeople(): Promise<{
  readonly conversation: string;
  readonly ir: Awaited<ReturnType<Town["station"]>>;
  readonly de: Awaited<ReturnType<Town["station"]>>;
}> {
  const de = await town.station("de", ["--region", "DE"]);
  const ir = await town.station("ir", ["--region", "IR", "--peer", de.url]);
  await town.ask(["join", ir.invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
  await town.ask(["join", de.invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
  const { invite } = await town.ask(["invite", "--profile", "sara"]);
  const { conversation } = await town.ask(["open", String(invite), "--profile", "dara", ...PATIENT]);
  return { conversation: String(conversation), ir, de };
}

describe("a conversation across two regions", () => {
  it("carries messages both ways, in order, with receipts", async () => {
    const { conversation } = await twoPeople();
    const receipt = await town.ask(["send", conversation, "-", "--profile", "dara", ...PATIENT], "سلام سارا\nدو خط");
    expect(receipt).toMatchObject({ event: "receipt", conversation });
    expect(Object.keys(receipt)).toEqual(
      expect.arrayContaining([
        "message",
        "log",
        "index",
        "leafHash",
        "size",
        "root",
        "stationTimeMs",
        "station",
        "proof",
      ]),
    );
    const atSara = await town.run(["read", "--json", "--profile", "sara", ...PATIENT]);
    expect(atSara.code).toBe(0);
    expect(texts(atSara.lines)).toEqual(["سلام سارا\nدو خط"]);
    expect(atSara.lines[0]).toMatchObject({ conversation, senderName: "Dara", mine: false, state: "received" });

    await town.ask(["send", conversation, "Salaam Dara", "--profile", "sara", ...PATIENT]);
    const atDara = await town.run(["read", conversation, "--json", "--profile", "dara", ...PATIENT]);
    expect(texts(atDara.lines)).toEqual(["سلام سارا\nدو خط", "Salaam Dara"]);
    expect(atDara.lines[1]).toMatchObject({ senderName: "Sara", mine: false });
  });

  it("survives the restart of both stations: same port, same invite, same messages", async () => {
    const { conversation, ir, de } = await twoPeople();
    await town.ask(["send", conversation, "before", "--profile", "dara", ...PATIENT]);
    for (const { process } of [ir, de]) {
      const ended = await process.end("SIGTERM");
      expect(ended.code).toBe(0);
      expect(ended.lines).toHaveLength(1);
    }
    // Nobody is there: the message is kept, and that is said.
    const kept = await town.run(["send", conversation, "meanwhile", "--timeout", "0.5", "--json", "--profile", "dara"]);
    expect(kept).toMatchObject({ code: 75, lines: [{ event: "queued" }, { code: "term/not-reached" }] });

    const again = await town.station("de");
    expect(again).toMatchObject({ url: de.url, invite: de.invite });
    await town.station("ir", ["--peer", de.url]);
    await town.ask(["send", conversation, "after", "--profile", "dara", ...PATIENT]);
    const atSara = await town.run(["read", "--json", "--profile", "sara", ...PATIENT]);
    expect(texts(atSara.lines)).toEqual(["before", "meanwhile", "after"]);
  });

  it("lets one profile be used by several commands at once", async () => {
    const { conversation } = await twoPeople();
    const follower = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
    const sara = town.stay(["read", "--follow", "--json", "--profile", "sara"]);
    const sends = await Promise.all(
      ["one", "two", "three"].map((text) =>
        town.run(["send", conversation, text, "--json", "--profile", "dara", ...PATIENT]),
      ),
    );
    expect(sends.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const text of ["one", "two", "three"]) {
      await follower.line((line) => line["text"] === text);
      await sara.line((line) => line["text"] === text);
    }
    // The holder is killed; the next command opens the profile itself.
    await follower.end("SIGKILL");
    await town.ask(["send", conversation, "four", "--profile", "dara", ...PATIENT]);
    await sara.line((line) => line["text"] === "four");
    // … and one that ends in order leaves with 0.
    expect((await sara.end("SIGINT")).code).toBe(0);
    expect(new Set(texts(sara.lines))).toEqual(new Set(["one", "two", "three", "four"]));
    expect(texts(sara.lines)).toHaveLength(4);
  });

  it("opens offline and sends later", async () => {
    const { ir, de } = await twoPeople();
    await ir.process.end("SIGTERM");
    await town.ask(["join", de.invite, "--name", "Nima", "--profile", "nima", ...PATIENT]);
    const { invite } = await town.ask(["invite", "--profile", "nima"]);
    await de.process.end("SIGTERM");
    const opened = await town.run(["open", String(invite), "--timeout", "0", "--json", "--profile", "sara"]);
    const conversation = String(opened.lines[0]?.["conversation"]);
    expect((await town.run(["send", conversation, "early", "--timeout", "0", "--profile", "sara"])).code).toBe(0);
    await town.station("de");
    await town.station("ir", ["--peer", de.url]);
    await town.ask(["send", conversation, "late", "--profile", "sara", ...PATIENT]);
    const atNima = await town.run(["read", "--json", "--profile", "nima", ...PATIENT]);
    expect(texts(atNima.lines)).toEqual(["early", "late"]);
  });
});
