/*
 * From nothing to a station with a signed policy and a verified report, by the five commands of the README, in real processes; and one
 * flipped byte.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Town } from "./process.ts";

const FIVE = join(import.meta.dirname, "../../../README.md");
const LIMIT_MS = 240_000;
let town: Town;

beforeAll(async () => {
  town = await Town.open();
});
afterAll(() => town[Symbol.asyncDispose]());

/** The commands of the README between its marks, as words. */
function commands(): string[][] {
  const text = readFileSync(FIVE, "utf8");
  const [, block = ""] = /<!-- five:begin -->\n```sh\n([\s\S]*?)```/u.exec(text) ?? [];
  return block
    .split("\n")
    .map((line) => line.replace(/#.*$/u, "").trim())
    .filter((line) => line !== "")
    .map((line) => line.split(/\s+/u).slice(1));
}

describe("five commands", { timeout: LIMIT_MS }, () => {
  it("K-30 K-31 lead from nothing to a station with a signed policy and a verified report", async () => {
    const five = commands();
    expect(five.map(([name, what]) => `${name} ${what}`)).toEqual([
      "policy init",
      "policy sign",
      "up --data",
      "report make",
      "report verify",
    ]);
    const [init = [], sign = [], up = [], make = [], verify = []] = five;
    await town.ask(init);
    await town.ask(sign);
    await using station = town.stay([...up, "--port", "0", "--json"]);
    await station.line((line) => line["event"] === "ready");
    // The policy is in the log with the second epoch, some ten seconds after the start.
    const made = await vi.waitFor(
      async () => {
        const line = await town.ask(make);
        expect(line["policies"]).toHaveLength(1);
        return line;
      },
      { timeout: LIMIT_MS / 2, interval: 1_000 },
    );
    const checked = await town.ask(verify);
    expect(checked).toMatchObject({ event: "report", holds: true, region: "IR", unexplainedBytes: 0 });
    expect(checked["classes"]).toEqual(made["classes"]);
    const page = readFileSync(town.path(String(made["page"])), "utf8");
    expect(page).toContain("<h2>What rests here</h2>");
    expect(page).not.toMatch(/<script|src=|href=/u);
    const path = town.path(String(made["path"]));
    const bytes = readFileSync(path);
    const at = Math.floor(bytes.byteLength / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const { code, lines } = await town.run([...verify, "--json"]);
    expect(code).toBe(65);
    expect(lines[0]).toMatchObject({ holds: false });
    expect(String(lines[0]?.["reason"])).not.toBe("");
  });
});
