/* A terminal that is killed in the middle of a large file, in both directions: real processes, and what flows when they begin again. */
import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Town } from "./process.ts";
import { Weir } from "./weir.ts";

const FILE_BYTES: number = 24 * 1024 * 1024;
const CUT_BYTES: number = 14 * 1024 * 1024;
/** What may flow twice: what was under way, and one piece of a download that was not full. */
const TWICE_BYTES: number = 6 * 1024 * 1024;
const PATIENT = ["--timeout", "120"];

let town: Town;
let weir: Weir;
beforeEach(async () => {
  town = await Town.open();
  weir = await Weir.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
  await weir[Symbol.asyncDispose]();
});

const hashed = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("a terminal that is killed", () => {
  it("F-92 F-93 goes on with a file where it was, sending and saving", async () => {
    const { invite: home } = await town.station("de", ["--port", String(weir.port), "--url", weir.url]);
    await town.ask(["join", home, "--name", "Sara", "--profile", "sara", ...PATIENT]);
    await town.ask(["join", home, "--name", "Dara", "--profile", "dara", ...PATIENT]);
    const { invite } = await town.ask(["invite", "--profile", "dara"]);
    const { conversation } = await town.ask(["open", String(invite), "--profile", "sara", ...PATIENT]);
    const id = String(conversation);
    const file = randomBytes(FILE_BYTES);
    await writeFile(town.path("film.bin"), file);

    // The line dies in the middle, and then the process.
    let cut = weir.set(CUT_BYTES);
    const sending = town.stay(["send", id, "--file", town.path("film.bin"), "--profile", "sara", ...PATIENT]);
    await cut;
    await sending.end("SIGKILL");
    void weir.set();
    const following = town.stay(["read", id, "--follow", "--json", "--profile", "sara"]);
    const sent = await following.line(({ state }) => state === "at-station");
    expect(sent).toMatchObject({ attachment: { fileName: "film.bin", sizeBytes: FILE_BYTES } });
    expect(weir.flowed).toBeLessThan(FILE_BYTES - CUT_BYTES + TWICE_BYTES);
    await following.end("SIGINT");

    await town.run(["read", "--profile", "dara", ...PATIENT]);
    cut = weir.set(CUT_BYTES);
    const saving = town.stay(["save", id, "--to", town.path("saved"), "--profile", "dara", ...PATIENT]);
    await cut;
    await saving.end("SIGKILL");
    void weir.set();
    const saved = await town.ask(["save", id, "--to", town.path("saved"), "--profile", "dara", ...PATIENT]);
    expect(hashed(await readFile(String(saved["savedTo"])))).toBe(hashed(file));
    expect(weir.flowed).toBeLessThan(FILE_BYTES - CUT_BYTES + TWICE_BYTES);
  });
});
