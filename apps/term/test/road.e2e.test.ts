/*
 * Two ways to one station, and the one in use is taken away while people write: its connections destroyed, or frozen without a
 * word. Real processes; every byte between people and their station passes one of two crossings.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Crossing, freePort } from "./crossing.ts";
import { Town, type Line, type Staying } from "./process.ts";

/** Under a loaded machine a command may wait longer than its usual half minute. */
const PATIENT = ["--timeout", "120"];

let town: Town;
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

interface Scene extends AsyncDisposable {
  readonly web: Crossing;
  readonly burst: Crossing;
  readonly conversation: string;
  /** Sara's side, which stays and prints what arrives */
  readonly reading: Staying;
  /** holds Dara's profile, so that every `send` of hers goes over one session */
  readonly holding: Staying;
}

/** Sara and Dara at one station behind two crossings, both connected and in a conversation. */
async function scene(): Promise<Scene> {
  const port = await freePort();
  const [web, burst] = await Promise.all([Crossing.open(port), Crossing.open(port)]);
  const ways = ["--url", `http://${web.front}`, "--route", `burst+http://${burst.front}`];
  const up = town.stay(["up", "--data", town.path("home"), "--port", String(port), "--json", ...ways]);
  const { invite } = await up.line(({ event }) => event === "ready");
  for (const name of ["sara", "dara"]) {
    await town.ask(["join", String(invite), "--name", name, "--profile", name, ...PATIENT]);
  }
  const reading = town.stay(["read", "--follow", "--json", "--profile", "sara"]);
  const holding = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
  const sara = await town.ask(["invite", "--profile", "sara"]);
  const { conversation } = await town.ask(["open", String(sara["invite"]), "--profile", "dara", ...PATIENT]);
  return {
    web,
    burst,
    conversation: String(conversation),
    reading,
    holding,
    async [Symbol.asyncDispose]() {
      await web[Symbol.asyncDispose]();
      await burst[Symbol.asyncDispose]();
    },
  };
}

const isText = (text: string) => (line: Line) => line["event"] === "message" && line["text"] === text;
const texts = (lines: readonly Line[]): string[] =>
  lines.filter(({ event, mine }) => event === "message" && mine === false).map(({ text }) => String(text));

/** Dara writes a few letters at once; each has its receipt, and Sara has it. */
async function write({ conversation, reading }: Scene, words: readonly string[]): Promise<void> {
  for (const text of words) await town.ask(["send", conversation, text, "--profile", "dara", ...PATIENT]);
  await reading.line(isText(words.at(-1) ?? ""));
}

describe("two ways to one station", () => {
  for (const [how, state] of [
    ["its connections are destroyed", "shut"],
    ["it is frozen without a word", "frozen"],
  ] as const) {
    it(`P-1 a conversation goes on when ${how}: nothing is lost, nothing comes twice`, async () => {
      await using s = await scene();
      await write(s, ["one", "two"]);
      const before = s.burst.passedBytes;
      // The next letter is under way while the way falls.
      const writing = write(s, ["three", "four"]);
      s.web.set(state);
      await writing;
      expect(s.burst.passedBytes).toBeGreaterThan(before);
      const [shut, open] = [s.web.passedBytes, s.burst.passedBytes];
      // Now the other one falls, and the first is back.
      s.web.set("open");
      s.burst.set(state);
      await write(s, ["five", "six"]);
      expect(s.web.passedBytes).toBeGreaterThan(shut);
      expect(s.burst.passedBytes).toBe(open);
      expect(texts(s.reading.lines)).toEqual(["one", "two", "three", "four", "five", "six"]);
      // Neither person's program was started anew.
      expect([s.reading.child.exitCode, s.holding.child.exitCode]).toEqual([null, null]);
    });
  }

  it("P-52 P-53 every invite names both ways, and one given by hand stays on its device", async () => {
    await using s = await scene();
    const own = `ss://YTpi@127.0.0.1:9/?station=http://${s.web.front}`;
    await town.ask(["route", "add", own, "--profile", "dara"]);
    const { lines } = await town.run(["route", "list", "--json", "--profile", "dara"]);
    expect(lines.map(({ uri, from }) => [from, uri])).toEqual([
      ["home", `http://${s.web.front}`],
      ["station", `burst+http://${s.burst.front}`],
      ["you", own],
    ]);
    // Over the second way alone somebody new gets in, by Dara's invite.
    s.web.set("shut");
    const { invite } = await town.ask(["invite", "--profile", "dara"]);
    await town.ask(["join", String(invite), "--name", "Nima", "--profile", "nima", ...PATIENT]);
    const known = await town.run(["route", "list", "--json", "--profile", "nima"]);
    expect(known.lines.map(({ uri }) => uri)).toEqual([`http://${s.web.front}`, `burst+http://${s.burst.front}`]);
  });
});
