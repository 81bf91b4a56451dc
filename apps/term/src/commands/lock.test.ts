import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openClient } from "@chapar/client/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../cli.ts";
import { passLock } from "../lock/pass-lock.ts";
import { tell } from "../sentences.ts";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const profileDir = (): string => join(stage.folder, "profile");

/** Files with secrets, as scripts give them. */
function envOf(pin: string | undefined, next?: string): Record<string, string> {
  const env: Record<string, string> = {};
  const put = (name: string, text: string | undefined): void => {
    if (text === undefined) return;
    env[name] = join(stage.folder, name);
    writeFileSync(env[name], `${text}\n`);
  };
  put("CHAPAR_PIN_FILE", pin);
  put("CHAPAR_NEW_PIN_FILE", next);
  return env;
}

/** Runs `lock …` over the real folder. */
async function lock(words: readonly string[], pin?: string, next?: string): Promise<Record<string, unknown>> {
  let stdout = "";
  try {
    await runCommandLine(["lock", ...words, "--json", "--profile", profileDir()], {
      root: stage.folder,
      env: envOf(pin, next),
      stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
      stdout: { write: (text: string) => (stdout += text) } as unknown as NodeJS.WriteStream,
      stderr: { write: () => true },
      signal: new AbortController().signal,
      engine: () => Promise.reject(new Error("not needed")),
    });
  } catch (error) {
    return { event: "error", code: tell(error).code };
  }
  return JSON.parse(stdout.trim()) as Record<string, unknown>;
}

/** Opens the real engine as any command does. @returns what the profile calls itself by its folder */
async function open(pin: string | undefined): Promise<string> {
  const source = { env: envOf(pin), stdin: Readable.from([]), stderr: { write: () => true } };
  try {
    const options = await passLock(profileDir(), source);
    await (await openClient(options))[Symbol.asyncDispose]();
    return "storeDir" in options ? String(options.storeDir).slice(profileDir().length) : "";
  } catch (error) {
    return tell(error).code;
  }
}

describe("chapar lock", () => {
  it("A-1 A-6 puts a PIN on, changes it, takes it off and puts it on again", async () => {
    expect(await lock(["status"])).toMatchObject({ code: "term/no-profile" });
    expect(await open(undefined)).toBe("");
    expect(await lock(["status"])).toEqual({ event: "lock", state: "none" });
    expect(await lock(["change"], "1234", "4321")).toMatchObject({ code: "term/no-lock" });
    expect(await lock(["on"], undefined, "12")).toMatchObject({ code: "term/bad-pin" });
    expect(await lock(["on"], undefined, "1234")).toEqual({ event: "locked" });
    expect(await lock(["on"], undefined, "1234")).toMatchObject({ code: "term/bad-pin" });
    // A script without a PIN is told so and changes nothing.
    expect(await open(undefined)).toBe("term/locked");
    expect(await open("0000")).toBe("term/wrong-pin");
    const place = await open("1234");
    expect(place).toMatch(/^.[123]$/u);
    expect(await lock(["change"], "1234", "a longer phrase")).toEqual({ event: "pin-changed" });
    expect(await open("1234")).toBe("term/wrong-pin");
    expect(await lock(["off"], "a longer phrase")).toEqual({ event: "lock-off" });
    expect(await open(undefined)).toBe(place);
    expect(await lock(["on"], undefined, "1234")).toEqual({ event: "locked" });
    expect(await open("1234")).toBe(place);
  });

  it("A-4 lets no more be tried for a while after three wrong ones", async () => {
    await open(undefined);
    await lock(["on"], undefined, "1234");
    for (let count = 0; count < 3; count += 1) expect(await open("0000")).toBe("term/wrong-pin");
    expect(await open("1234")).toBe("term/too-soon");
    expect(await lock(["off"], "1234")).toMatchObject({ code: "term/too-soon" });
  });

  it("A-20 A-30 opens a second profile with a second PIN, and destroys all of the folder at the word", async () => {
    await open(undefined);
    await lock(["on"], undefined, "1234");
    expect(await lock(["decoy"], "1234", "1234")).toMatchObject({ code: "term/bad-pin" });
    expect(await lock(["decoy"], "1234", "9999")).toEqual({ event: "decoy" });
    expect(await lock(["wipe-word"], "1234", "pomegranate")).toEqual({ event: "wipe-word" });
    const [main, second] = [await open("1234"), await open("9999")];
    expect(second).toMatch(/^.[123]$/u);
    expect(second).not.toBe(main);
    expect(await open("9999")).toBe(second);
    expect(await lock(["wipe-word", "--remove"], "1234")).toEqual({ event: "wipe-word-removed" });
    expect(await lock(["decoy", "--remove"], "1234")).toEqual({ event: "decoy-removed" });
    expect(await open("9999")).toBe("term/wrong-pin");
    expect(await lock(["wipe-word"], "1234", "pomegranate")).toEqual({ event: "wipe-word" });
    // It looks like a folder that nobody joined with yet.
    expect(await open("pomegranate")).toBe("");
    expect(readdirSync(profileDir()).filter((name) => !name.startsWith("profile."))).toEqual([]);
    expect(await lock(["status"])).toEqual({ event: "lock", state: "none" });
  });
});
