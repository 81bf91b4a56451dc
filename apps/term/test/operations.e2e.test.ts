/*
 * An operator's bad day, with real processes: a station is copied while people write, its folder is lost, the copy is put back, and people go
 * on where they were; and copies that are none, or of another station, leave a folder as it was.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Line, Town } from "./process.ts";

let town: Town;
beforeEach(async () => {
  town = await Town.open();
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

const PATIENT = ["--timeout", "120"];
const LIMIT_MS = 240_000;
const texts = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === "message").map(({ text }) => text);
const codeOf = async (args: readonly string[]): Promise<unknown> => {
  const { code, lines } = await town.run([...args, "--json"]);
  expect(code).not.toBe(0);
  return lines.at(-1)?.["code"];
};
const contents = (name: string): string =>
  readdirSync(town.path(name))
    .filter((file) => file.startsWith("station."))
    .sort()
    .map((file) => `${file} ${readFileSync(town.path(`${name}/${file}`)).toString("base64")}`)
    .join("\n");

describe("a station's operator", { timeout: LIMIT_MS }, () => {
  it("O-1 O-3 O-11 O-32 copies a station that runs, loses it, puts it back, people write on, and nobody has a proof against it", async () => {
    const first = await town.station("ir", ["--region", "IR"]);
    await town.ask(["join", first.invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
    await town.ask(["join", first.invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
    const { invite } = await town.ask(["invite", "--profile", "dara"]);
    const { conversation } = await town.ask(["open", String(invite), "--profile", "sara", ...PATIENT]);
    const chat = String(conversation);
    await town.ask(["send", chat, "in the copy", "--profile", "sara", ...PATIENT]);
    const made = await town.ask(["station", "backup", "copy", "--key", "copy.key", "--data", "ir"]);
    expect(made).toMatchObject({ event: "backup", file: town.path("copy"), key: town.path("copy.key") });
    await town.ask(["send", chat, "after the copy", "--profile", "sara", ...PATIENT]);
    await first.process.end("SIGKILL");
    await rm(town.path("ir"), { recursive: true });

    const restored = await town.ask(["station", "restore", "copy", "--key", "copy.key", "--data", "ir"]);
    expect(restored).toMatchObject({ event: "restored", generation: 2 });
    const looked = await town.run(["station", "doctor", "--data", "ir", "--json"]);
    expect(looked.lines.map(({ ok }) => ok)).not.toContain(false);
    expect(looked.code).toBe(0);
    const port = new URL(first.url).port;
    await using again = town.stay(["up", "--data", "ir", "--port", port, "--json"]);
    await again.line(({ event }) => event === "ready");

    await town.ask(["send", chat, "after the loss", "--profile", "sara", ...PATIENT]);
    await using dara = town.stay(["read", "--follow", "--json", "--profile", "dara"]);
    await dara.line(({ text }) => text === "after the loss");
    // What the copy lacks comes back from the device that wrote it, when that is there.
    await using sara = town.stay(["read", "--follow", "--json", "--profile", "sara"]);
    await dara.line(({ text }) => text === "after the copy");
    for (const text of ["in the copy", "after the copy", "after the loss"])
      expect(texts(dara.lines).filter((one) => one === text)).toHaveLength(1);
    await dara.end("SIGTERM");
    await sara.end("SIGTERM");
    for (const profile of ["sara", "dara"]) {
      const { lines, code } = await town.run(["alerts", "--profile", profile, "--json"]);
      expect(code).toBe(0);
      for (const alert of lines) expect(alert).toMatchObject({ event: "alert", code: "restored", proof: null });
    }
    const report = await vi.waitFor(
      async () => await town.ask(["report", "make", "--period", "2026-01-01..2036-01-01", "--data", "ir"]),
      { timeout: LIMIT_MS / 2, interval: 1_000 },
    );
    expect(report).toMatchObject({ incidents: 1 });
    const page = readFileSync(town.path(String(report["page"])), "utf8");
    expect(page).toContain("restored");
  });

  it("O-2 O-6 refuses copies that are cut, of another key or of another station, and an upgrade under a station that runs", async () => {
    const running = await town.station("ir", ["--region", "IR"]);
    const other = await town.station("de", ["--region", "DE"]);
    expect(await codeOf(["station", "upgrade", "before", "--data", "ir"])).toBe("station/folder-in-use");
    await town.ask(["station", "backup", "copy", "--key", "copy.key", "--data", "ir"]);
    await town.ask(["station", "backup", "copy-de", "--key", "de.key", "--data", "de"]);
    await running.process.end("SIGTERM");
    await other.process.end("SIGTERM");
    const upgraded = await town.ask(["station", "upgrade", "before", "--key", "copy.key", "--data", "ir"]);
    expect(upgraded).toMatchObject({ event: "upgraded", from: upgraded["to"], key: town.path("copy.key") });

    const [was, wasDe] = [contents("ir"), contents("de")];
    const whole = readFileSync(town.path("copy"));
    writeFileSync(town.path("cut"), whole.subarray(0, whole.byteLength - 1));
    const restore = (copy: string, key: string, data: string): Promise<unknown> =>
      codeOf(["station", "restore", copy, "--key", key, "--data", data]);
    expect(await restore("cut", "copy.key", "ir")).toBe("station/damaged-backup");
    expect(await restore("copy", "de.key", "ir")).toBe("station/wrong-backup-key");
    expect(await restore("copy", "copy.key", "de")).toBe("station/foreign-backup");
    expect(await restore("copy", "none.key", "ir")).toBe("station/bad-backup-key");
    expect([contents("ir"), contents("de")]).toEqual([was, wasDe]);

    writeFileSync(town.path("de/station.sqlite"), "not a database");
    const looked = await town.run(["station", "doctor", "--data", "de", "--json"]);
    expect(looked.lines).toContainEqual(expect.objectContaining({ event: "folder", what: "database", ok: false }));
    expect(looked.code).toBe(69);
  });
});
