/*
 * A channel with 10,000 readers at a real station: everybody has an account and an inbox, asks by the link, is let in by a whole client that leads, and
 * reads the board. The station is a process of its own; the leader, the whole clients and the light readers share this one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chainPorts, inviteLink } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { Client } from "@chapar/client";
import { openClient } from "@chapar/client/node";
import { foldChain } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { inBatches } from "./load/batches.ts";
import { LoadLink } from "./load/link.ts";
import { type ChannelPlace, inboxOf, LightReader, placeOf } from "./load/readers.ts";
import { bytesOfFolder, startStationProcess } from "./load/station-process.ts";

const WHOLE = 4;
const AT_ONCE = 50;
/** Readers that follow the board while something is published. */
const FOLLOWING = 1000;
const RUNS = 11;
const TERMS = { approval: false, expiresMs: 0, limit: 0 };
const POLL_MS = 1000;
const NEVER = new AbortController().signal;

/** One measured step. */
export interface ReadersResult {
  readonly case: string;
  readonly readers: number;
  readonly ms?: number;
  readonly bytes?: number;
  readonly note?: string;
}

type Print = (result: ReadersResult) => void;

async function timed<T>(run: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const begunMs = performance.now();
  const value = await run();
  return { value, ms: performance.now() - begunMs };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const hundredth = (ms: number): number => Math.round(ms * 100) / 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(client: Client, done: () => Promise<boolean>): Promise<void> {
  while (!(await done()))
    await new Promise<void>((resolve) => {
      const stop = client.subscribe(() => {
        stop();
        resolve();
      });
    });
}

class Run {
  readonly #print: Print;
  readonly #count: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "chapar-bench-channel-"));
  readonly #clients: Client[] = [];

  constructor(count: number, print: Print) {
    this.#count = count;
    this.#print = print;
  }

  async #person(name: string, invite: string): Promise<Client> {
    const client = await openClient({ profileDir: join(this.#folder, name) });
    this.#clients.push(client);
    await client.join(invite, name);
    client.connect();
    return client;
  }

  #say(name: string, of: Omit<ReadersResult, "case" | "readers">): void {
    const ms = of.ms === undefined ? {} : { ms: hundredth(of.ms) };
    this.#print({ case: name, readers: this.#count, ...of, ...ms });
  }

  async run(): Promise<void> {
    const station = await startStationProcess();
    try {
      await this.#measure(station);
    } finally {
      for (const client of this.#clients) await client[Symbol.asyncDispose]();
      await station.close();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  async #measure(station: Awaited<ReturnType<typeof startStationProcess>>): Promise<void> {
    const { url } = station;
    const first = await LoadLink.dial(url);
    const { station: key, region } = first.hello;
    const invite = inviteLink(
      {
        home: { station: { key, urls: [url] }, region },
        stationName: "bench",
        token: new Uint8Array(0),
        person: undefined,
        routes: [],
      },
      (bytes) => nodeCrypto().sha256(bytes),
    );
    let sara = await this.#person("Sara", invite);
    const id = await sara.channels.create({ name: "News" });
    await sara.settled({ signal: NEVER });
    const link = await sara.channels.makeLink(id, TERMS);
    await sara.settled({ signal: NEVER });
    const place = await placeOfLeader(first, sara, link);
    first.close();
    await sara[Symbol.asyncDispose]();

    const empty = { rss: station.residentBytes(), disk: bytesOfFolder(station.folder) };
    const made = await timed(() => inBatches(this.#count, AT_ONCE, () => LightReader.register(url)));
    const readers = made.value;
    this.#say("account and inbox at the station, each", { ms: made.ms / this.#count });
    const settled = { rss: station.residentBytes(), disk: bytesOfFolder(station.folder) };
    this.#say("station: memory for each account", { bytes: Math.round((settled.rss - empty.rss) / this.#count) });
    this.#say("station: store for each account", { bytes: Math.round((settled.disk - empty.disk) / this.#count) });

    const asked = await timed(() => asking(url, readers, place));
    this.#say("asking, each", { ms: asked.ms / this.#count, bytes: readers[0]?.askBytes ?? 0 });
    sara = await openClient({ profileDir: join(this.#folder, "Sara") });
    this.#clients.push(sara);
    const letIn = await timed(async () => {
      sara.connect();
      while ((await sara.channels.view(id)).readerCount !== this.#count) await pause(POLL_MS);
      await sara.settled({ signal: NEVER });
    });
    this.#say("all let in after the leader came online", { ms: letIn.ms });
    this.#say("letting in, each", { ms: letIn.ms / this.#count });
    const heard = await timed(() => inBatches(this.#count, AT_ONCE, (at) => readerAt(readers, at).hear(place)));
    if (!heard.value.every(Boolean)) throw new Error("somebody was not let in");
    this.#say("hearing and opening the grant, each", {
      ms: heard.ms / this.#count,
      bytes: readers[0]?.grantBytes ?? 0,
    });
    const joined = { rss: station.residentBytes(), disk: bytesOfFolder(station.folder) };
    this.#say("station: memory for each reader beside the account", {
      bytes: Math.round((joined.rss - settled.rss) / this.#count),
    });
    this.#say("station: store for each reader beside the account", {
      bytes: Math.round((joined.disk - settled.disk) / this.#count),
    });

    const whole: Client[] = [];
    const joins: number[] = [];
    for (let at = 0; at < WHOLE; at++) {
      const client = await this.#person(`Whole ${at}`, invite);
      whole.push(client);
      await client.settled({ signal: NEVER });
      const { ms } = await timed(async () => {
        await client.channels.join(link);
        await until(client, async () => (await client.channels.view(id)).standing === "in");
      });
      joins.push(ms);
    }
    this.#say("joining beside all of them, a whole client", { ms: median(joins), note: `median of ${WHOLE}` });

    await this.#listing(sara, id);
    await this.#publish(url, sara, { id, place, readers, whole });
    await this.#remove(sara, { id, place, readers, whole });
    this.#say("station: memory in all", { bytes: station.residentBytes() });
    this.#say("station: store in all", { bytes: bytesOfFolder(station.folder) });
  }

  async #listing(sara: Client, id: string): Promise<void> {
    const measure = async (name: string, run: () => Promise<unknown>): Promise<void> => {
      const runs: number[] = [];
      for (let at = 0; at < RUNS; at++) runs.push((await timed(run)).ms);
      this.#say(name, { ms: median(runs), note: `median of ${RUNS}` });
    };
    await measure("the channel as its leader sees it", () => sara.channels.view(id));
    await measure("50 readers from the middle", () => sara.channels.readers(id, { from: this.#count >> 1, limit: 50 }));
    await measure("readers by a part of a name", () =>
      sara.channels.readers(id, { from: 0, limit: 50, name: "er 77" }),
    );
  }

  async #publish(url: string, sara: Client, of: Scene): Promise<void> {
    const { id, place, readers, whole } = of;
    const message = await timed(async () => {
      const sent = await sara.send(id, { text: "The pass is open again, and the bakery too." });
      await sara.receipt(sent.id, { signal: NEVER });
    });
    this.#say("publishing, until the hub's receipt", { ms: message.ms });
    const fetched = await timed(() => inBatches(this.#count, AT_ONCE, (at) => readerAt(readers, at).fetch(place)));
    if (!fetched.value.every((letters) => letters === 1)) throw new Error("somebody did not read it");
    this.#say("connecting, fetching and opening a post, each, all one after another", {
      ms: fetched.ms / this.#count,
      bytes: readers[0]?.fetchedBytes ?? 0,
      note: "with the board's beginning",
    });
    for (const client of whole) await until(client, async () => (await client.messages(id, { limit: 1 })).length === 1);
    const links = await inBatches(Math.min(FOLLOWING, this.#count), AT_ONCE, async (at) => {
      const link = await LoadLink.dial(url);
      await readerAt(readers, at).openBoard(link, place);
      return link;
    });
    let come = 0;
    const all = Promise.withResolvers<undefined>();
    for (const link of links) {
      link.onPush = ({ entries }) => {
        come += entries.length;
        if (come >= links.length) all.resolve(undefined);
      };
    }
    const { size } = readerAt(readers, 0);
    for (const link of links) await link.ask({ type: "log.follow", log: place.log, from: size });
    const pushed = await timed(async () => {
      await sara.send(id, { text: "And the library." });
      await all.promise;
    });
    this.#say(`publishing, until the last of ${links.length} who follow has it`, { ms: pushed.ms });
    for (const link of links) link.close();
  }

  async #remove(sara: Client, { id, place, readers, whole }: Scene): Promise<void> {
    const [gone] = readers;
    if (gone === undefined) throw new Error("nobody reads");
    const page = await sara.channels.readers(id, { from: 0, limit: 1, name: "Reader 0." });
    const [view] = page.readers;
    if (view === undefined) throw new Error("not in the register");
    const before = (await sara.channels.view(id)).readerCount ?? 0;
    const removed = await timed(async () => {
      await sara.channels.remove(id, [view.identity]);
      await until(sara, async () => (await sara.channels.view(id)).readerCount === before - 1);
    });
    this.#say("taking out 1, until the new period stands", { ms: removed.ms });
    await sara.send(id, { text: "Not for all." });
    await sara.settled({ signal: NEVER });
    const sizes = readers.map(({ fetchedBytes }) => fetchedBytes);
    const fetched = await timed(() => inBatches(readers.length, AT_ONCE, (at) => readerAt(readers, at).fetch(place)));
    const [out, ...others] = fetched.value;
    if (out !== undefined || !others.every((letters) => letters === 1))
      throw new Error("the wrong ones were taken out");
    this.#say("coming to the new period, each", {
      ms: fetched.ms / readers.length,
      bytes: readerAt(readers, 1).fetchedBytes - (sizes[1] ?? 0),
      note: "fetching one post and the commit, and coming to its keys; who was taken out reads neither",
    });
    for (const client of whole)
      await until(client, async () => (await client.messages(id, { limit: 9 })).at(-1)?.text === "Not for all.");
  }
}

interface Scene {
  readonly id: string;
  readonly place: ChannelPlace;
  readonly readers: readonly LightReader[];
  readonly whole: readonly Client[];
}

function readerAt(readers: readonly LightReader[], index: number): LightReader {
  const reader = readers[index];
  if (reader === undefined) throw new Error("no such reader");
  return reader;
}

async function asking(url: string, readers: readonly LightReader[], place: ChannelPlace): Promise<void> {
  await inBatches(readers.length, AT_ONCE, async (at) => {
    const link = await LoadLink.dial(url);
    await readerAt(readers, at).ask(link, place, `Reader ${at}.`);
    link.close();
  });
}

async function placeOfLeader(link: LoadLink, leader: Client, url: string): Promise<ChannelPlace> {
  const identity = fromBase32(leader.me()?.identity ?? "");
  const served = await link.ask({ type: "identity.get", identity: identity as never, at: undefined });
  if (served.type !== "identity.ops") throw new Error(served.type);
  const chain = await foldChain(
    served.ops.map((op) => op.slice()),
    chainPorts(nodeCrypto()),
  );
  if (!chain.ok) throw new Error(chain.code);
  const [device] = chain.value.devices;
  if (device === undefined) throw new Error("no device");
  return placeOf(url, { inbox: inboxOf(chain.value, link.hello.station), leader: device.device });
}

/** Runs it. @param readers  how many there are */
export async function benchChannelReaders(readers: number, print: Print): Promise<void> {
  await new Run(readers, print).run();
}
