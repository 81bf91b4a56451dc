/* `audit` of a station that runs on a real folder: what it says when all is there, when something is gone, and when the answer is not the station's. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { webSocketCarrier } from "@chapar/carrier/node";
import { type RunningStation, startStation } from "@chapar/station/node";
import { TestClient, TestPerson, TestRoom } from "@chapar/station/testing";
import { idText } from "@chapar/wire";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeSettings } from "../station-settings.ts";
import { CommandStage } from "../testing/command-stage.ts";

const NONCE = "5a".repeat(32);
const LIMIT_MS = 60_000;
const stage = new CommandStage();
beforeEach(() => stage.begin());
afterEach(() => stage.end());

async function start(): Promise<RunningStation> {
  const station = await startStation({ dataDir: stage.folder, port: 0, region: "IR", name: "test", signUp: "open" });
  const port = Number(new URL(station.url).port);
  writeSettings(stage.folder, { region: "IR", name: "test", port, url: undefined, routes: [] });
  return station;
}

async function talk(station: RunningStation): Promise<void> {
  const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: new AbortController().signal }));
  await client.greet();
  const person = new TestPerson("alice", station.ref);
  await client.expect("done", { type: "account.register", ops: person.ops, token: new Uint8Array(0) });
  await client.auth(person.identity, person.phone);
  const room = new TestRoom(1);
  const log = room.idAt(station.key);
  await client.expect("log.state", { type: "log.create", genesis: room.genesis });
  await client.openRoom(room, log);
  await client.expect("receipt", { type: "log.append", log, entry: room.message("one") });
}

const audit = (...words: string[]): ReturnType<typeof stage.chapar> =>
  stage.chapar(["audit", "--nonce", NONCE, "--within", "60000", ...words], { profile: false });
const here = (...words: string[]): ReturnType<typeof stage.chapar> => audit("--data", stage.folder, ...words);

describe("audit", () => {
  it(
    "K-42 K-43 says what is proven, and ends with 1 when something is missing or late",
    { timeout: LIMIT_MS },
    async () => {
      const first = await start();
      await talk(first);
      await first.close();
      const second = await start();
      // The epoch that takes the room is the first of this start.
      await vi.waitFor(async () => expect((await here("--json")).lines[0]).toMatchObject({ sampled: 8 }), {
        timeout: LIMIT_MS / 2,
        interval: 6_000,
      });
      const { lines, code } = await here("--json", "--count", "3");
      expect(code).toBe(0);
      const station = idText(second.key);
      expect(lines).toMatchObject([{ event: "audit", holds: true, station, sampled: 3, proven: 3, missing: 0 }]);
      const { lines: keys } = await stage.chapar(["audit", "key", "--json", "--data", stage.folder], {
        profile: false,
      });
      const key = String(keys[0]?.["key"]);
      const far = await audit(
        "--url",
        second.url.replace(/^ws/u, "http"),
        "--key",
        key,
        "--within",
        "0",
        "--count",
        "1",
      );
      expect(far.stdout).toMatch(/^1 sampled · 1 proven · 0 missing · \d+ ms\n/u);
      expect(far.code).toBe(1);
      await second.close();

      const db = new DatabaseSync(join(stage.folder, "station.sqlite"));
      expect(db.prepare("DELETE FROM chunks WHERE first = 1").run().changes).toBe(1);
      db.close();
      await using third = await start();
      expect(third.key).toEqual(second.key);
      const gone = await here("--json", "--count", "1");
      expect(gone.lines).toMatchObject([{ holds: true, sampled: 1, proven: 0, missing: 1 }]);
      expect(gone.code).toBe(1);
      const other = await here("--json", "--station", "a".repeat(52));
      expect(other.lines).toMatchObject([{ holds: false, fault: "other-station" }]);
      expect(other.code).toBe(65);
      const path = join(stage.folder, "checkpoint");
      writeFileSync(path, "nothing\n");
      expect((await here("--json", "--checkpoint", path)).lines).toMatchObject([{ holds: false, fault: "bad-epoch" }]);
    },
  );

  it("K-42 believes nothing else that answers at an address, however much it says", { timeout: LIMIT_MS }, async () => {
    const piece = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const server = createServer((_request, response) => {
      const more = (): void => {
        sent += piece.byteLength;
        response.write(piece, (error) => (error ? undefined : more()));
      };
      more();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const path = join(stage.folder, "checkpoint");
    writeFileSync(path, "nothing\n");
    const url = `http://127.0.0.1:${port}`;
    const { lines, code } = await audit("--url", url, "--key", "0".repeat(64), "--checkpoint", path, "--json");
    server.closeAllConnections();
    server.close();
    expect(lines).toMatchObject([{ event: "audit", holds: false, fault: "not-an-answer" }]);
    expect(code).toBe(65);
    expect(sent).toBeLessThan(100 * 1024 * 1024);
  });

  it("K-43 asks for a nonce, an address and a key, and a folder in which a station has run", async () => {
    const bare = await stage.chapar(["audit", "--data", stage.folder], { profile: false });
    expect(bare).toMatchObject({ code: 64 });
    expect(bare.stderr).toContain("--nonce");
    expect((await audit("--url", "http://127.0.0.1:9")).stderr).toContain("--key");
    expect((await here("--count", "33")).code).toBe(64);
    expect((await here("--json")).lines).toMatchObject([{ event: "error", code: "station/no-folder" }]);
  });
});
