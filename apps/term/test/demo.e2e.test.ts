/* The demo, and the chat on a terminal: what somebody sees who tries Chapar for the first time. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CHAPAR, Town, type Line } from "./process.ts";

const PATIENT = ["--timeout", "120"];

let town: Town;
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

interface Demo {
  readonly folder: string;
  readonly people: readonly { readonly name: string; readonly profile: string; readonly invite: string }[];
  readonly echo: { readonly invite: string };
  readonly stations: readonly { readonly region: string; readonly url: string; readonly invite: string }[];
}

const texts = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === "message").map(({ text }) => text);

describe("the demo", () => {
  it("has two regions, two people who have met, a bot that answers, and leaves nothing behind", async () => {
    const running = town.stay(["demo", "--json"]);
    const demo = (await running.line(({ event }) => event === "ready")) as unknown as Demo;
    expect(demo.stations.map(({ region }) => region)).toEqual(["IR", "DE"]);

    // The people are ready: their profiles open and they have begun to write.
    for (const { profile } of demo.people) {
      const { code, lines } = await town.run(["read", "--json", "--profile", profile, ...PATIENT]);
      expect(code).toBe(0);
      expect(texts(lines)).toContain("Salaam Sara. No station between us can read this.");
    }

    // A newcomer at the other station writes to the bot, across regions, and hears it.
    await town.ask(["join", demo.stations[0]?.invite ?? "", "--name", "Nima", "--profile", "nima", ...PATIENT]);
    const { conversation } = await town.ask(["open", demo.echo.invite, "--profile", "nima", ...PATIENT]);
    const following = town.stay(["read", "--follow", "--json", "--profile", "nima"]);
    await town.ask(["send", String(conversation), "آیا کسی آنجاست؟", "--profile", "nima", ...PATIENT]);
    const answer = await following.line(({ mine }) => mine === false);
    expect(answer).toMatchObject({ senderName: "Echo", text: "آیا کسی آنجاست؟" });

    // The page behind a link is the app, on both stations.
    for (const { url } of demo.stations) expect(await (await fetch(url)).text()).toContain("<title>Chapar</title>");

    const ended = await running.end("SIGINT");
    expect(ended.code).toBe(0);
    expect(ended.lines).toHaveLength(1);
    expect(existsSync(demo.folder)).toBe(false);
  });
});

/** The chat on a pseudo-terminal of 80 by 24, as `script` gives one. */
function onTerminal(words: readonly string[]): {
  press(keys: string): void;
  shows(text: string): Promise<void>;
  ended(): Promise<number | null>;
} {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", `stty cols 80 rows 24; exec '${CHAPAR}' ${quoted}`, "/dev/null"], {
    cwd: town.folder,
    env: { ...process.env, HOME: town.folder, TERM: "xterm-256color", NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let seen = "";
  const wakers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    seen += piece;
    for (const wake of wakers) wake();
  });
  const exit = once(child, "close") as Promise<[number | null]>;
  return {
    press: (keys) => child.stdin.write(keys),
    async shows(text) {
      while (!seen.includes(text)) {
        await new Promise<void>((resolve, reject) => {
          wakers.add(resolve);
          void exit.then(() => reject(new Error(`the chat ended without showing ${text}:\n${seen}`)));
        });
        wakers.clear();
      }
      seen = seen.slice(seen.indexOf(text) + text.length);
    },
    async ended() {
      const [code] = await exit;
      return code;
    },
  };
}

describe("the chat on a terminal", () => {
  it("A-41 A-42 A-44 shows what arrives, sends what is typed, and gives the terminal back", async () => {
    const { invite } = await town.station("home", ["--region", "IR"]);
    await town.ask(["join", invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
    await town.ask(["join", invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
    const sara = await town.ask(["invite", "--profile", "sara"]);
    const { conversation } = await town.ask(["open", String(sara["invite"]), "--profile", "dara", ...PATIENT]);
    const chat = onTerminal(["chat", String(conversation), "--profile", "dara", "--bidi", "logical"]);
    await chat.shows("\u001B[?1049h");
    await chat.shows("open · direct");
    chat.press("سلام سارا\r");
    await chat.shows("✓ سلام سارا");
    const atSara = await town.run(["read", "--json", "--profile", "sara", ...PATIENT]);
    expect(texts(atSara.lines)).toEqual(["سلام سارا"]);

    // Another command on the same profile, and an answer, both appear.
    await town.ask(["send", String(conversation), "from a script", "--profile", "dara", ...PATIENT]);
    await chat.shows("✓ from a script");
    await town.ask(["send", String(conversation), "salaam Dara", "--profile", "sara", ...PATIENT]);
    await chat.shows("salaam Dara");
    // Without a PIN there is nothing to lock with.
    chat.press("/lock\r");
    await chat.shows("This profile has no PIN");
    chat.press("\u0003");
    await chat.shows("\u001B[?1049l");
    expect(await chat.ended()).toBe(0);

    // With one, what was shown goes, the engine ends, and only the PIN brings it back.
    const pin = town.path("pin");
    await writeFile(pin, "7319-a\n");
    const locking = { CHAPAR_NEW_PIN_FILE: pin, CHAPAR_PIN_FILE: pin };
    Object.assign(process.env, locking);
    try {
      await town.ask(["lock", "on", "--profile", "dara"]);
      const locked = onTerminal(["chat", String(conversation), "--profile", "dara", "--lock-after", "1440"]);
      await locked.shows("salaam Dara");
      locked.press("/lock\r");
      await locked.shows("\u001B[2J\u001B[3J");
      await locked.shows("PIN or passphrase:");
      expect((await town.run(["whoami", "--profile", "dara", "--json"])).lines).toMatchObject([{ event: "me" }]);
      locked.press("0000\r");
      await locked.shows("That does not open it.");
      locked.press("7319-a\r");
      await locked.shows("salaam Dara");
      locked.press("\u0003");
      expect(await locked.ended()).toBe(0);
    } finally {
      for (const name of Object.keys(locking)) delete process.env[name];
    }
  });
});
