/* A removal as an operator orders it, of a station that runs on a real folder and of one that is stopped. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webSocketCarrier } from "@chapar/carrier/node";
import { decodeManifest, type Manifest } from "@chapar/evidence";
import { decodeLedgerLeaf, type LogId } from "@chapar/wire";
import { afterEach, expect, it } from "vitest";
import { removeEntry, SqliteStore, startStation, type RunningStation } from "../src/node/index.ts";
import { TestClient, TestPerson, TestRoom } from "../src/testing/index.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-remove-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const room = new TestRoom(1);

function start(dataDir: string): Promise<RunningStation> {
  return startStation({ dataDir, port: 0, region: "IR", name: "test", signUp: "open" });
}

async function openRoom(station: RunningStation): Promise<{ client: TestClient; log: LogId }> {
  const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: new AbortController().signal }));
  await client.greet();
  const person = new TestPerson("alice", station.ref);
  await client.expect("done", { type: "account.register", ops: person.ops, token: new Uint8Array(0) });
  await client.auth(person.identity, person.phone);
  const log = room.idAt(station.key);
  await client.expect("log.state", { type: "log.create", genesis: room.genesis });
  await client.openRoom(room, log);
  return { client, log };
}

async function manifest(client: TestClient, log: LogId): Promise<Manifest> {
  const ask = { type: "log.manifest", log, reader: undefined, first: 0, count: 256 } as const;
  const decoded = decodeManifest((await client.expect("log.manifest", ask)).manifest);
  if (!decoded.ok) throw new Error(decoded.code);
  return decoded.value;
}

/** Says something to the control socket of a folder and answers what comes back. */
async function say(dataDir: string, line: string): Promise<string> {
  const socket = createConnection(join(dataDir, "control.sock"));
  await once(socket, "connect");
  socket.end(line);
  let text = "";
  for await (const piece of socket.setEncoding("utf8")) text += String(piece);
  return text;
}

it(
  "R-30 E-15 is done by the station that runs, and on the folder of one that is stopped",
  { timeout: 60_000 },
  async () => {
    const dataDir = folder();
    const order = { reason: "court order", reference: "12/34" };
    const first = await start(dataDir);
    const { client, log } = await openRoom(first);
    for (const text of ["1", "2", "3"]) {
      await client.expect("receipt", { type: "log.append", log, entry: room.message(text) });
    }
    expect(statSync(join(dataDir, "control.sock")).mode & 0o777).toBe(0o600);
    const running = await removeEntry(dataDir, { ...order, log, index: 1 });
    const seen = await manifest(client, log);
    expect(seen.items.map((item) => item.status)).toEqual(["present", "removed", "present", "present"]);
    expect(seen.tombstones).toEqual([{ offset: 1, ...running }]);
    await expect(removeEntry(dataDir, { ...order, log, index: 1 })).rejects.toMatchObject({ code: "station/pruned" });
    await expect(removeEntry(dataDir, { ...order, log, index: 9 })).rejects.toMatchObject({
      code: "station/out-of-range",
    });
    await first.close();

    const stopped = await removeEntry(dataDir, { ...order, log, index: 3 });
    await using second = await start(dataDir);
    const again = await openRoom(second);
    const after = await manifest(again.client, log);
    expect(after.items.map((item) => item.status)).toEqual(["present", "removed", "present", "removed"]);
    expect(after.tombstones).toEqual([
      { offset: 1, ...running },
      { offset: 3, ...stopped },
    ]);
    await second.close();
    await using store = await SqliteStore.open({ dataDir });
    for (const place of [running, stopped]) {
      const [bytes] = await store.ledger.leaves(place.ledgerIndex, 1);
      expect(decodeLedgerLeaf(bytes!)).toMatchObject({ ok: true, value: { kind: "tombstone", ...order } });
    }
  },
);

it("R-30 refuses a folder without a station and lines that are no order, and changes nothing for them", async () => {
  const dataDir = folder();
  const room9 = new TestRoom(9).idAt(new Uint8Array(32) as never);
  const order = { log: room9, index: 1, reason: "a", reference: "b" };
  await expect(removeEntry(dataDir, order)).rejects.toMatchObject({ code: "station/no-folder" });
  await using _station = await start(dataDir);
  const lines = [
    "",
    "no json",
    "null",
    "[]",
    '{"op":"stop"}',
    '{"op":"remove","log":"a","index":1}',
    "x".repeat(100_000),
  ];
  for (const line of lines) {
    expect(JSON.parse(await say(dataDir, `${line}\n`))).toEqual({ ok: false, code: "station/bad-removal" });
  }
  const negative = { op: "remove", log: "a".repeat(52), index: -1, reason: "a", reference: "b" };
  expect(await say(dataDir, `${JSON.stringify(negative)}\n`)).toContain("station/bad-removal");
  await expect(removeEntry(dataDir, order)).rejects.toMatchObject({ code: "station/unknown-log" });
});
