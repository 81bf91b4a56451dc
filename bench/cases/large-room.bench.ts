/*
 * A group of 1,000 over a real station with real engines: one who makes it, one who reads, one who comes last. The others are accounts with an
 * inbox and key packages at the same station, and no engine: nothing of the group's work is left out by it but what their devices would do. Station and
 * engines share one process, so times are of all of them together.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, sealStore, type Table, TABLES } from "@chapar/client";
import { keyFile, openClient, openSqliteStore } from "@chapar/client/node";
import { fillContacts } from "@chapar/client/testing";
import { createIdentity, inviteLink, mlsDevice, type NewIdentity, signerOf, SUITE_NUMBERS, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { type RunningStation, startStation } from "@chapar/station/node";
import { accountMessage, deviceId, encodeEntry, idText, inboxGenesis } from "@chapar/wire";
import { LoadLink } from "../load/link.ts";

/** One figure of a large room. */
export interface LargeRoomResult {
  readonly case: string;
  readonly people: number;
  readonly ms?: number;
  readonly bytes?: number;
  readonly count?: number;
}

type Print = (result: LargeRoomResult) => void;

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
const MESSAGES = 300;
const LOOK_MS = 20;
/** An account may be opened ten times over one link. */
const ACCOUNTS_A_LINK = 10;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tenth = (ms: number): number => Math.round(ms * 10) / 10;

/** Waits until something is so. @returns milliseconds since `sinceMs` */
async function until(isSo: () => Promise<boolean> | boolean, sinceMs: number): Promise<number> {
  while (!(await isSo())) await pause(LOOK_MS);
  return tenth(performance.now() - sinceMs);
}

/** What a profile holds of a conversation's letters, keys and log: the rows, without the pages and journals of the disk. */
async function bytesOf(folder: string): Promise<number> {
  const store = openSqliteStore(folder);
  try {
    const rows = await Promise.all((Object.keys(TABLES) as Table[]).map((table) => store.range(table, {})));
    return rows.flat().reduce((sum, { key, value }) => sum + key.byteLength + value.byteLength, 0);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** An account with an inbox and one key package, as a device leaves them at its home. */
async function settle(link: LoadLink, station: RunningStation, person: NewIdentity): Promise<void> {
  const { bundle, state } = person;
  const device = await signerOf(bundle.deviceSeed, crypto);
  const inboxReadKey = (await signerOf(bundle.inboxReadSeed, crypto)).publicKey;
  const id = deviceId(device.publicKey);
  const ops = state.ops.map(({ bytes }) => bytes);
  await link.ask({ type: "account.register", ops, token: station.signUpToken });
  const { station: key, nonce } = link.hello;
  const signature = await device.sign(accountMessage(key, nonce, bundle.identity, id));
  await link.ask({ type: "account.auth", identity: bundle.identity, device: id, signature });
  await link.ask({ type: "log.create", genesis: encodeEntry(inboxGenesis({ device: id, inboxReadKey }, sha256)) });
  const { publicBytes } = await mls.keyPackage(await mlsDevice(bundle, crypto), "x25519");
  await link.ask({ type: "keys.put", suite: SUITE_NUMBERS.x25519, packages: [publicBytes] });
}

async function crowd(station: RunningStation, count: number): Promise<readonly NewIdentity[]> {
  const people: NewIdentity[] = [];
  let link = await LoadLink.dial(station.url);
  for (let at = 0; at < count; at++) {
    if (at % ACCOUNTS_A_LINK === 0) {
      link.close();
      link = await LoadLink.dial(station.url);
    }
    const person = await createIdentity({ station: station.ref, region: "DE" }, Date.now(), crypto);
    await settle(link, station, person);
    people.push(person);
  }
  link.close();
  return people;
}

/** People of the measurement, and where their profiles rest. */
class Scene {
  readonly root: string;
  readonly station: RunningStation;
  readonly #open = new Map<string, Client>();

  constructor(root: string, station: RunningStation) {
    this.root = root;
    this.station = station;
  }

  folder(name: string): string {
    return join(this.root, name);
  }

  get clients(): readonly Client[] {
    return [...this.#open.values()];
  }

  client(name: string): Client {
    const client = this.#open.get(name);
    if (client === undefined) throw new Error(`${name} is not here`);
    return client;
  }

  async open(name: string): Promise<Client> {
    const client = await openClient({ profileDir: this.folder(name) });
    this.#open.set(name, client);
    return client;
  }

  async close(name: string): Promise<void> {
    await this.client(name)[Symbol.asyncDispose]();
    this.#open.delete(name);
  }

  async person(name: string): Promise<Client> {
    const client = await this.open(name);
    const home = { station: this.station.ref, region: "DE" };
    const token = this.station.signUpToken;
    await client.join(inviteLink({ home, stationName: "bench", token, person: undefined, routes: [] }, sha256), name);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#open.keys()) await this.close(name);
    await this.station.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The one who makes the group, with everyone among the people that they know. */
async function maker(scene: Scene, people: readonly NewIdentity[]): Promise<Client> {
  await scene.person("Sara");
  await scene.close("Sara");
  const folder = scene.folder("Sara");
  const store = sealStore(openSqliteStore(folder), await keyFile(folder).unlock(false));
  await fillContacts(
    store,
    people.map(({ state }, at) => ({ name: `Person ${at}`, state })),
  );
  await store[Symbol.asyncDispose]();
  return scene.open("Sara");
}

async function messages(scene: Scene, id: string, people: number, print: Print): Promise<void> {
  const sara = scene.client("Sara");
  const rest = async (): Promise<number> => {
    await scene.close("Dara");
    return bytesOf(scene.folder("Dara"));
  };
  const before = await rest();
  const dara = await scene.open("Dara");
  dara.connect();
  await dara.settled({ signal: new AbortController().signal });
  const sinceMs = performance.now();
  for (let at = 0; at < MESSAGES; at++) await sara.send(id, { text: `message ${at} ${"x".repeat(120)}` });
  const isThere = async (): Promise<boolean> =>
    (await dara.conversation(id))?.last?.text?.startsWith(`message ${MESSAGES - 1} `) === true;
  const ms = await until(isThere, sinceMs);
  print({
    case: "message, written until another engine has read it, of 300 in a row",
    people,
    ms: tenth(ms / MESSAGES),
    count: MESSAGES,
  });
  const bytes = Math.round(((await rest()) - before) / MESSAGES);
  print({ case: "message, rows in a reader's profile", people, bytes, count: MESSAGES });
}

/** Makes a group of so many people, and uses it. Cost: some ten minutes at 1,000 on two cores, most of it what the station lets one link ask. */
export async function benchLargeRoom(people: number, print: Print): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "chapar-large-room-"));
  const station = await startStation({
    dataDir: join(root, "station"),
    port: 0,
    host: "127.0.0.1",
    region: "DE",
    name: "bench",
    peers: [],
    signUp: "open",
  });
  await using scene = new Scene(root, station);
  const others = await crowd(station, people - 3);
  const sara = await maker(scene, others);
  const [dara, omid] = [await scene.person("Dara"), await scene.person("Omid")];
  for (const client of scene.clients) client.connect();
  for (const client of [dara, omid]) {
    const chat = await sara.open(await client.invite());
    await sara.send(chat, { text: "hello" });
  }
  const signal = new AbortController().signal;
  await Promise.all(scene.clients.map((client) => client.settled({ signal })));
  const idOf = (client: Client): string => client.me()?.identity ?? "";

  const begunMs = performance.now();
  const ids = [idOf(dara), ...others.map(({ state }) => idText(state.identity))];
  const id = await sara.groups.create("A thousand", ids, { large: true });
  const size = async (client: Client): Promise<number> =>
    (await client.conversation(id)) === undefined ? 0 : (await client.groups.view(id)).people.length;
  print({
    case: "everybody is in, as the maker sees it",
    people,
    ms: await until(async () => (await size(sara)) === people - 1, begunMs),
  });
  print({
    case: "everybody is in, as one who came first sees it",
    people,
    ms: await until(async () => (await size(dara)) === people - 1, begunMs),
  });

  const addedMs = performance.now();
  await sara.groups.add(id, [idOf(omid)]);
  print({
    case: "one more, asked for until they are in with an engine of their own",
    people,
    ms: await until(async () => (await size(omid)) === people, addedMs),
  });
  const viewMs = performance.now();
  await omid.groups.view(id);
  print({ case: "the list of everybody, read from an engine", people, ms: tenth(performance.now() - viewMs) });

  const namedMs = performance.now();
  await sara.groups.rename(id, "A thousand of us");
  const isNamed = async (): Promise<boolean> => (await omid.conversation(id))?.title === "A thousand of us";
  print({ case: "a new name, wanted until another engine shows it", people, ms: await until(isNamed, namedMs) });
  const goneMs = performance.now();
  await sara.groups.remove(id, ids.at(-1) ?? "");
  const isGone = async (): Promise<boolean> => (await size(omid)) === people - 1;
  print({ case: "somebody taken out, wanted until another engine shows it", people, ms: await until(isGone, goneMs) });
  await messages(scene, id, people, print);
}
