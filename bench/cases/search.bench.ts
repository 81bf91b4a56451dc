/*
 * `./chapar bench search`: search over 100,000 messages of one profile in Node: the size of the index against the text, the time to build
 * it, and the time to the first twenty hits of words that are rare, common, begun, and of two at once. The text is made up: words
 * of four alphabets that are as frequent as words are (Zipf), 4 to 24 in a message.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { sealStore } from "@chapar/client";
import { keyFile, openClient, openSqliteStore } from "@chapar/client/node";
import { fillConversation, type FilledMessage } from "@chapar/client/testing";
import { inviteLink } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { stationKey } from "@chapar/wire";

/** One figure of search. */
export interface SearchResult {
  readonly case: string;
  readonly ms?: number;
  readonly p95Ms?: number;
  /** of this process, all threads; what a shared machine does not change much */
  readonly processorMs?: number;
  readonly bytes?: number;
  readonly percent?: number;
  readonly note: string;
}

const MESSAGES = 100_000;
const CHATS = 20;
const WORDS = 40_000;
const RUNS = 15;
const ALPHABETS = ["ابپتجچخدرزسشفقکگلمنهوی", "ءابتثجحدرسشعفقكلمنهوي", "etaoinshrdlucmfw", "оеаинтсрвлкмдпу"];
const SINCE_MS = Date.UTC(2025, 0, 1);

/** Numbers that are the same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = numbers(7);
const letters = ALPHABETS.map((alphabet) => Array.from(alphabet));
const vocabulary = Array.from({ length: WORDS }, (_, rank) => {
  const alphabet = letters[rank % letters.length] ?? [];
  const length = 2 + Math.floor(Math.log2(rank + 2) / 2 + random() * 4);
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
});
/** A word by Zipf's law: rank r about as often as 1/r. */
const word = (): string => vocabulary[Math.min(WORDS - 1, Math.floor(Math.exp(random() * Math.log(WORDS))) - 1)] ?? "";

let textBytes = 0;
function* messages(count: number): Generator<FilledMessage> {
  for (let at = 0; at < count; at += 1) {
    const text = Array.from({ length: 4 + Math.floor(random() * 21) }, word).join(" ");
    textBytes += Buffer.byteLength(text);
    yield { text, atMs: SINCE_MS + at * 60_000, mine: at % 3 === 0 };
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
/** Processor time since a reading, a run. */
function processorMs(before: NodeJS.CpuUsage, runs: number): number {
  const { user, system } = process.cpuUsage(before);
  return tenth((user + system) / 1000 / runs);
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

async function prepare(folder: string): Promise<void> {
  const home = {
    station: { key: stationKey(new Uint8Array(32).fill(1)), urls: ["https://station.example"] },
    region: "IR",
  };
  const invite = { home, stationName: "bench", token: new Uint8Array(16), person: undefined, routes: [] };
  const fresh = await openClient(folder);
  await fresh.join(
    inviteLink(invite, (bytes) => nodeCrypto().sha256(bytes)),
    "Bench",
  );
  await fresh[Symbol.asyncDispose]();
  const store = sealStore(openSqliteStore(folder), await keyFile(folder).unlock(false));
  for (let chat = 0; chat < CHATS; chat += 1)
    await fillConversation(store, chat, `Person ${chat}`, messages(MESSAGES / CHATS));
  await store[Symbol.asyncDispose]();
}

/** Bytes of the index on disk, keys and sealing included. */
function indexBytes(folder: string): Promise<number> {
  const store = openSqliteStore(folder);
  return store
    .range("search", {})
    .then((rows) => rows.reduce((sum, { key, value }) => sum + key.byteLength + value.byteLength, 0))
    .finally(() => store[Symbol.asyncDispose]());
}

/** Runs the cases. */
export async function benchSearch(print: (result: SearchResult) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "chapar-bench-"));
  try {
    await prepare(folder);
    const client = await openClient(folder);
    const begun = performance.now();
    const building = process.cpuUsage();
    const taken = await client.search.catchUp();
    print({
      case: "build",
      ms: Math.round(performance.now() - begun),
      processorMs: processorMs(building, 1),
      note: `${taken} messages, ${textBytes} B of text`,
    });
    const [rare = "", common = "", other = ""] = [vocabulary[30_001], vocabulary[2], vocabulary[37]];
    const queries: Record<string, string> = {
      "a rare word": rare,
      "a common word": common,
      "the beginning of a word": common.slice(0, 2),
      "two words": `${common} ${other}`,
      "a word that is nowhere": "qqqqqqq",
    };
    for (const [name, words] of Object.entries(queries)) {
      const times: number[] = [];
      let hits = 0;
      const before = process.cpuUsage();
      for (let run = 0; run < RUNS; run += 1) {
        const from = performance.now();
        hits = (await client.search.find({ words })).hits.length;
        times.push(performance.now() - from);
      }
      const p95Ms = tenth(times.toSorted((a, b) => a - b)[Math.floor(RUNS * 0.95)] ?? 0);
      const note = `${hits} hits shown, median of ${RUNS}`;
      print({ case: name, ms: tenth(median(times)), p95Ms, processorMs: processorMs(before, RUNS), note });
    }
    await client[Symbol.asyncDispose]();
    const again = await openClient(folder);
    const from = performance.now();
    await again.search.find({ words: rare });
    print({ case: "the first search after a start", ms: tenth(performance.now() - from), note: "the index is read" });
    await again[Symbol.asyncDispose]();
    const bytes = await indexBytes(folder);
    print({
      case: "index",
      bytes,
      percent: tenth((bytes / textBytes) * 100),
      note: "of the text's bytes, sealed, keys included",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
