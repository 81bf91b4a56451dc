/*
 * A station killed fifty times under load, at random instants. What it acknowledged must be there afterwards, once, where
 * the receipt says, and every receipt it ever signed must agree with one history (W-32, W-33).
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { webSocketCarrier } from "@chapar/carrier/node";
import { CompactRange, createTreeHasher, decodeReceipt, verifyReceipt, type Receipt } from "@chapar/log";
import { decodeEntry, type LogId, type StationKey } from "@chapar/wire";
import { expect, it } from "vitest";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import { TestClient, TestPerson, TestRoom } from "../src/testing/index.ts";

const KILLS = 50;
const ROOMS = 4;
/** appends a writer has open at once */
const WINDOW = 24;
const COMMIT_EVERY = 150;
const CHILD = fileURLToPath(new URL("kill-child.ts", import.meta.url));
const hasher = createTreeHasher(nodeSha256);

interface Life {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Loads a station without starting it. */
function load(dataDir: string): ChildProcess {
  const env = { ...process.env, NODE_COMPILE_CACHE: `${dataDir}-code` };
  return spawn(process.execPath, [CHILD, dataDir], { stdio: ["pipe", "pipe", "inherit"], env });
}

async function start(child: ChildProcess): Promise<Life> {
  child.stdin!.write("go\n");
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function kill({ child }: Life): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** One writer of one room over all lives: what it wants to say, what was acknowledged, and every receipt. */
class Writer {
  readonly room: TestRoom;
  readonly acknowledged = new Map<string, Receipt>();
  readonly receipts: Receipt[] = [];
  #next = 0;
  /** said and not acknowledged: text to the entry last sent for it */
  readonly #open = new Map<string, Uint8Array>();

  constructor(number: number) {
    this.room = new TestRoom(number);
  }

  /** Writes over one link until it ends. */
  async run(url: string, key: StationKey): Promise<void> {
    const log = this.room.idAt(key);
    const link = await webSocketCarrier()
      .dial(url, { signal: AbortSignal.timeout(5000) })
      .catch(() => undefined);
    if (link === undefined) return;
    const client = new TestClient(link);
    await client.greet();
    const read = await client.readProof(this.room, log, 0).catch(() => undefined);
    const state = read && (await client.ask({ type: "log.open", log, read, write: undefined }));
    if (state?.type !== "log.state") return;
    this.room.epoch = state.epoch;
    await client.openRoom(this.room, log);
    const retries = [...this.#open.keys()];
    await Promise.all(Array.from({ length: WINDOW }, () => this.#write(client, log, key, retries)));
  }

  async #write(client: TestClient, log: LogId, key: StationKey, retries: string[]): Promise<void> {
    while (client.ended === undefined) {
      const text = retries.shift() ?? `${this.room.number} ${this.#next++}`;
      const isCommit = Number(text.split(" ")[1]) % COMMIT_EVERY === COMMIT_EVERY - 1;
      for (let entry = this.#open.get(text); ; entry = undefined) {
        entry ??= isCommit ? this.room.commit({ text }) : this.room.message(text);
        this.#open.set(text, entry);
        const answer = await client.ask({ type: "log.append", log, entry });
        if (answer.type === "receipt") {
          await this.#acknowledge(text, entry, log, key, answer.receipt);
          break;
        }
        if (answer.type !== "error" || client.ended !== undefined) return;
        const isBehind = ["station/stale-epoch", "station/lost-race", "station/not-allowed"].includes(answer.code);
        expect(isBehind, answer.code).toBe(true);
        this.room.epoch = answer.detail ?? this.room.epoch;
        await client.openRoom(this.room, log);
      }
    }
  }

  async #acknowledge(text: string, entry: Uint8Array, log: LogId, key: StationKey, bytes: Uint8Array): Promise<void> {
    const decoded = decodeReceipt(bytes, { stationKey: key, logId: log, leafHash: hasher.leaf(entry) });
    if (!decoded.ok) throw new Error(decoded.code);
    this.receipts.push(decoded.value);
    this.acknowledged.set(text, decoded.value);
    this.#open.delete(text);
    const { value } = decoded;
    if (value.index % 50 === 0) {
      expect((await verifyReceipt(value, key, { hasher, verify: nodeVerifier() })).ok).toBe(true);
    }
  }

  /** Reads the whole log and compares it with everything that was ever said about it. */
  async check(client: TestClient, log: LogId): Promise<number> {
    await client.ask({ type: "log.open", log, read: await client.readProof(this.room, log, 0), write: undefined });
    const entries: Uint8Array[] = [];
    for (;;) {
      const page = await client.expect("log.entries", {
        type: "log.read",
        log,
        from: entries.length,
        maxBytes: 512 * 1024,
      });
      if (page.entries.length === 0) break;
      entries.push(...page.entries);
    }
    const range = new CompactRange(hasher);
    const roots = entries.map((entry) => {
      range.append(hasher.leaf(entry));
      return Buffer.from(range.root()).toString("hex");
    });
    const places = new Map<string, number>();
    for (const [index, entry] of entries.entries()) {
      const decoded = decodeEntry(entry);
      if (!decoded.ok || decoded.value.kind === "genesis") continue;
      const text = Buffer.from(decoded.value.frame).toString("utf8").replaceAll("\0", "");
      expect(places.has(text), `twice: ${text}`).toBe(false);
      places.set(text, index);
    }
    for (const [text, receipt] of this.acknowledged) expect(places.get(text), `lost: ${text}`).toBe(receipt.index);
    for (const receipt of this.receipts) {
      expect(Buffer.from(receipt.root).toString("hex")).toBe(roots[receipt.size - 1]);
    }
    return this.acknowledged.size;
  }
}

it(
  "W-33 W-32 loses and repeats nothing that was acknowledged when it is killed fifty times under load",
  { timeout: 220_000 },
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "chapar-kill-"));
    try {
      const writers = Array.from({ length: ROOMS }, (_, i) => new Writer(i + 1));
      let life = await start(load(dataDir));
      const first = new TestClient(await webSocketCarrier().dial(life.url, { signal: AbortSignal.timeout(5000) }));
      await first.greet();
      const key = first.hello!.station;
      const person = new TestPerson("owner", { key, urls: [life.url] });
      await first.expect("done", { type: "account.register", ops: person.ops, token: new Uint8Array(0) });
      await first.auth(person.identity, person.phone);
      for (const { room } of writers) await first.expect("log.state", { type: "log.create", genesis: room.genesis });
      for (let kills = 0; kills < KILLS; kills++) {
        const next = load(dataDir);
        const running = writers.map((writer) => writer.run(life.url, key));
        await sleep(20 + Math.random() * 350);
        await kill(life);
        await Promise.all(running);
        life = await start(next);
      }
      const client = new TestClient(await webSocketCarrier().dial(life.url, { signal: AbortSignal.timeout(5000) }));
      await client.greet();
      let acknowledged = 0;
      for (const writer of writers) acknowledged += await writer.check(client, writer.room.idAt(key));
      expect(acknowledged).toBeGreaterThan(1000);
      await kill(life);
    } finally {
      for (const folder of [dataDir, `${dataDir}-code`]) rmSync(folder, { recursive: true, force: true });
    }
  },
);
