/*
 * Disks that are full or read-only, for real. A small tmpfs needs root and a folder that may not be written needs the
 * opposite; whichever this run cannot make is said and not counted as passed.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webSocketCarrier } from "@chapar/carrier/node";
import { expect, it } from "vitest";
import { startStation, type RunningStation } from "../src/node/index.ts";
import { TestClient, TestPerson, TestRoom } from "../src/testing/index.ts";

function tryRun(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function resident(station: RunningStation): Promise<{ client: TestClient; room: TestRoom }> {
  const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: new AbortController().signal }));
  await client.greet();
  const person = new TestPerson("alice", station.ref);
  await client.expect("done", { type: "account.register", ops: person.ops, token: station.signUpToken });
  await client.auth(person.identity, person.phone);
  const room = new TestRoom(1);
  await client.expect("log.state", { type: "log.create", genesis: room.genesis });
  await client.openRoom(room, room.idAt(station.key));
  return { client, room };
}

it("W-33 acknowledges nothing on a full disk, and goes on by itself when there is room", async (context) => {
  const mount = mkdtempSync(join(tmpdir(), "chapar-full-"));
  if (!tryRun("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", mount)) {
    rmSync(mount, { recursive: true });
    context.skip("not run: a small tmpfs cannot be mounted here (needs root)");
  }
  try {
    await using station = await startStation({ dataDir: join(mount, "data"), port: 0, region: "IR", name: "full" });
    const { client, room } = await resident(station);
    const log = room.idAt(station.key);
    const ballast = join(mount, "ballast");
    writeFileSync(ballast, new Uint8Array(9 * 1024 * 1024));
    const acknowledged: Uint8Array[] = [];
    let refused = "";
    for (let i = 0; i < 2000 && refused === ""; i++) {
      const entry = room.message(`m${i}`, { bucketBytes: 32_768 });
      const answer = await client.ask({ type: "log.append", log, entry });
      if (answer.type === "receipt") acknowledged.push(entry);
      else if (answer.type === "error") refused = answer.code;
    }
    expect(refused).toBe("station/storage-full");
    expect(
      await client.refused({ type: "log.append", log, entry: room.message("still full", { bucketBytes: 32_768 }) }),
    ).toBe("station/storage-full");
    rmSync(ballast);
    await client.expect("receipt", { type: "log.append", log, entry: room.message("room again") });
    let read = 1;
    while (read < acknowledged.length + 2) {
      const page = await client.expect("log.entries", { type: "log.read", log, from: read, maxBytes: 500_000 });
      for (const entry of page.entries) expect(entry).toEqual(acknowledged[read++ - 1] ?? room.message("room again"));
    }
    expect(await client.refused({ type: "log.read", log, from: read + 1, maxBytes: 1000 })).toBe(
      "station/out-of-range",
    );
  } finally {
    tryRun("umount", "-l", mount);
    rmSync(mount, { recursive: true, force: true });
  }
});

it("refuses a folder that cannot be written with a typed error", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "chapar-read-only-"));
  const isRoot = process.getuid?.() === 0;
  // Root may write anywhere but to a read-only mount.
  const isReady = isRoot
    ? tryRun("mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", folder)
    : (chmodSync(folder, 0o500), true);
  try {
    if (!isReady) context.skip("not run: no read-only folder can be made here");
    const config = { port: 0, region: "IR", name: "read-only" };
    await expect(startStation({ ...config, dataDir: folder })).rejects.toMatchObject({
      code: "station/storage-failed",
    });
    await expect(startStation({ ...config, dataDir: join(folder, "below") })).rejects.toMatchObject({
      code: "station/storage-failed",
    });
  } finally {
    if (isRoot) tryRun("umount", "-l", folder);
    else chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder);
  try {
    await using station = await startStation({ dataDir: folder, port: 0, region: "IR", name: "writable" });
    expect(station.url).toContain("http://127.0.0.1:");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
