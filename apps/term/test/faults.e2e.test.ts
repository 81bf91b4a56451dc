/*
 * What a person loses when things are killed or full: nothing that was acknowledged, and nothing twice. Real processes,
 * real SIGKILL, a real full disk.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

const texts = (lines: readonly Line[]): string[] =>
  lines.filter(({ event }) => event === "message").map(({ text }) => String(text));

/** Sara and Dara at one station, and their conversation. */
async function twoPeople(): Promise<{ readonly station: Staying; readonly conversation: string }> {
  const { process: station, invite } = await town.station("home", ["--region", "IR"]);
  await town.ask(["join", invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
  await town.ask(["join", invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
  const sara = await town.ask(["invite", "--profile", "sara"]);
  const { conversation } = await town.ask(["open", String(sara["invite"]), "--profile", "dara", ...PATIENT]);
  return { station, conversation: String(conversation) };
}

/** The same every run: a fault that was found can be found again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

describe("a station that is killed while people write", () => {
  const ROUNDS = 8;

  it("loses nothing it acknowledged and repeats nothing", async () => {
    const { station, conversation } = await twoPeople();
    const random = seeded(1);
    let current = station;
    const enough = new AbortController();
    let sent = 0;
    const acknowledged: string[] = [];
    // Three writers at once, as three commands on one profile.
    const writer = async (name: string): Promise<void> => {
      for (let index = 0; !enough.signal.aborted; index += 1) {
        const text = `${name} ${index}`;
        sent += 1;
        const { code } = await town.run(["send", conversation, text, "--profile", "dara", ...PATIENT]);
        if (code === 0) acknowledged.push(text);
      }
    };
    const writing = Promise.all(["a", "b", "c"].map((name) => writer(name)));
    for (let round = 0; round < ROUNDS; round += 1) {
      // The kill falls anywhere in a write; before it each round has its own acknowledgement, however slow the machine is.
      await vi.waitUntil(() => acknowledged.length > round, { timeout: 60_000, interval: 20 });
      await delay(random() * 1_200);
      await current.end("SIGKILL");
      current = (await town.station("home")).process;
    }
    enough.abort();
    await writing;
    const { code, lines } = await town.run(["read", conversation, "--json", "--profile", "sara", ...PATIENT]);
    expect(code).toBe(0);
    const read = texts(lines);
    expect(new Set(read).size).toBe(read.length);
    expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS);
    expect(acknowledged.filter((text) => !read.includes(text))).toEqual([]);
    // What was only kept on the device has come too, by now: nothing waits any more.
    expect(read).toHaveLength(sent);
    for (const name of ["a", "b", "c"]) {
      const own = read.filter((text) => text.startsWith(name)).map((text) => Number(text.slice(2)));
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });
});

describe("a person's process that is killed", () => {
  it("while sending: each message arrives once or not at all, and the profile goes on", async () => {
    const { conversation } = await twoPeople();
    const random = seeded(2);
    const acknowledged: string[] = [];
    for (let index = 0; index < 16; index += 1) {
      const text = `m${index}`;
      const sending = town.stay(["send", conversation, text, "--json", "--profile", "dara", ...PATIENT]);
      const first = await Promise.race([
        delay(100 + random() * 700),
        sending.line(({ event }) => event === "receipt").catch(() => undefined),
      ]);
      await sending.end("SIGKILL");
      if (first !== undefined) acknowledged.push(text);
    }
    await town.ask(["send", conversation, "last", "--profile", "dara", ...PATIENT]);
    const { code, lines } = await town.run(["read", conversation, "--json", "--profile", "sara", ...PATIENT]);
    expect(code).toBe(0);
    const read = texts(lines);
    expect(new Set(read).size).toBe(read.length);
    expect(acknowledged.filter((text) => !read.includes(text))).toEqual([]);
    expect(read.at(-1)).toBe("last");
    const order = read.slice(0, -1).map((text) => Number(text.slice(1)));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it("while receiving: everything is there once when it comes back", async () => {
    const { conversation } = await twoPeople();
    const random = seeded(3);
    let sent = 0;
    for (let round = 0; round < 8; round += 1) {
      const reading = town.stay(["read", "--follow", "--json", "--profile", "sara"]);
      for (let index = 0; index < 3; index += 1) {
        await town.ask(["send", conversation, `m${sent}`, "--profile", "dara", ...PATIENT]);
        sent += 1;
      }
      await delay(random() * 500);
      await reading.end("SIGKILL");
    }
    const { code, lines } = await town.run(["read", conversation, "--json", "--profile", "sara", ...PATIENT]);
    expect(code).toBe(0);
    expect(texts(lines)).toEqual(Array.from({ length: sent }, (_, index) => `m${index}`));
  });
});

describe("a folder that cannot hold a station", () => {
  it("is refused with a sentence when a file stands where it should be", async () => {
    writeFileSync(town.path("file"), "");
    const { code, lines, stderr } = await town.run(["up", "--data", town.path("file"), "--port", "0", "--json"]);
    expect(code).toBe(73);
    expect(lines).toMatchObject([{ event: "error", code: "term/cannot-write" }]);
    expect(stderr).toBe("");
  });

  it("is refused with a sentence when it is read-only", async () => {
    const folder = town.path("locked");
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    const asOther = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    if (asOther.length > 0) {
      // Root writes anywhere, so this asks what an ordinary user is told: by the folder's own mode, through the same code.
      chmodSync(town.folder, 0o755);
    }
    const said = await town.run(["up", "--data", folder, "--port", "0", "--json"], "", asOther);
    expect(said.lines).toMatchObject([{ event: "error", code: "term/cannot-write" }]);
    expect(said.code).toBe(73);
  });

  it("that is taken by a running station is not shared", async () => {
    await town.station("home");
    const { code, lines } = await town.run(["up", "--data", town.path("home"), "--port", "0", "--json"]);
    expect(code).toBe(73);
    expect(lines).toMatchObject([{ event: "error", code: "station/folder-in-use" }]);
  });
});

describe("a disk that is full", () => {
  it("acknowledges nothing it cannot keep, and goes on when there is room", async () => {
    const disk = town.path("disk");
    mkdirSync(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]);
    if (mounted.status !== 0) {
      process.stderr.write(
        "NOT RUN: a full disk needs the right to mount a small file system; run as root outside a locked container\n",
      );
      expect(mounted.status).not.toBe(0);
      return;
    }
    try {
      const { process: station, invite } = await town.station("disk/home", ["--region", "IR"]);
      await town.ask(["join", invite, "--name", "Sara", "--profile", "sara", ...PATIENT]);
      await town.ask(["join", invite, "--name", "Dara", "--profile", "dara", ...PATIENT]);
      const sara = await town.ask(["invite", "--profile", "sara"]);
      const opened = await town.ask(["open", String(sara["invite"]), "--profile", "dara", ...PATIENT]);
      const conversation = String(opened["conversation"]);
      await town.ask(["send", conversation, "before", "--profile", "dara", ...PATIENT]);
      // The rest of the disk is somebody else's now.
      spawnSync("dd", ["if=/dev/zero", `of=${disk}/ballast`, "bs=4096"]);
      const refused = await town.run([
        "send",
        conversation,
        "while full",
        "--json",
        "--timeout",
        "3",
        "--profile",
        "dara",
      ]);
      expect([75, 77]).toContain(refused.code);
      expect(refused.lines.some(({ event }) => event === "receipt")).toBe(false);
      expect(refused.lines.at(-1)).toMatchObject({ event: "error" });
      expect(station.child.exitCode).toBeNull();
      spawnSync("rm", [`${disk}/ballast`]);
      await town.ask(["send", conversation, "after", "--profile", "dara", ...PATIENT]);
      const { lines } = await town.run(["read", conversation, "--json", "--profile", "sara", ...PATIENT]);
      expect(texts(lines)).toEqual(["before", "while full", "after"]);
      await station.end("SIGTERM");
      // A station that does not fit at all says so.
      spawnSync("dd", ["if=/dev/zero", `of=${disk}/ballast`, "bs=4096"]);
      const full = await town.run(["up", "--data", town.path("disk/second"), "--port", "0", "--json"]);
      expect(full.lines).toMatchObject([{ event: "error" }]);
      expect([73, 74]).toContain(full.code);
      expect(existsSync(town.path("disk/second/up.json"))).toBe(false);
    } finally {
      spawnSync("umount", ["-l", disk]);
    }
  });
});
