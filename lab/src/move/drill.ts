/*
 * The drill of a move from a dead home (protocol/15-moving.md): real stations on ports of this machine, real engines over WebSockets, all in one
 * process. One person with many contacts and groups; letters of before, and a letter of every contact that is on its way when the home is
 * closed and its folder deleted. Counted is what everyone has in the end, by the texts.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, webSocketCarrier } from "@chapar/carrier/node";
import { type Client, openEngine } from "@chapar/client";
import { bringSessionCode, linkCode, nodeMedia, openSqliteStore } from "@chapar/client/node";
import { inviteLink, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { type RunningStation, startStation } from "@chapar/station/node";
import { seededRandom } from "../memory/seeded-random.ts";
import type { MoveCommand } from "./arguments.ts";

const crypto = nodeCrypto();
/** How many people do something at a time while the stage is set. */
const AT_ONCE = 8;
const PAGE = 500;
/** Members of a group beside the mover. */
const GROUP_PEOPLE = 5;

/** What came of it. */
export interface MoveRow {
  readonly contacts: number;
  readonly groups: number;
  /** written, those on their way when the home died among them */
  readonly messages: number;
  /** texts that a reader does not have in the end */
  readonly lost: number;
  /** texts that a reader has twice */
  readonly repeated: number;
  /** contacts whose chat with the mover goes through the new home */
  readonly linked: number;
  /** until the mover lives at the new home */
  readonly moveMs: number;
  /** until every chat and group of the mover is at the new home */
  readonly followedMs: number;
  /** until the last contact is linked again, having been away, and has read and written */
  readonly linkedMs: number;
}

/** How it is told, and how it is stopped. */
export interface DrillIo {
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal | undefined;
}

interface Somebody {
  readonly name: string;
  readonly client: Client;
}

const now = (): number => Math.round(performance.now());

async function inTurns<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  const queue = [...items.entries()];
  const hand = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hand));
}

/** Stage and people of one drill. */
class Stage {
  readonly folder: string;
  readonly #seed: number;
  readonly people: Somebody[] = [];
  readonly stations: RunningStation[] = [];
  /** who has to have which texts, by reader and chat */
  readonly owed = new Map<Client, Map<string, string[]>>();
  written = 0;

  constructor(folder: string, seed: number) {
    this.folder = folder;
    this.#seed = seed;
  }

  async station(name: string, region: string, peers: readonly string[] = []): Promise<RunningStation> {
    const station = await startStation({ dataDir: join(this.folder, name), port: 0, region, name, peers });
    this.stations.push(station);
    return station;
  }

  invite({ ref, signUpToken }: RunningStation, region: string): string {
    const invite = { home: { station: ref, region }, stationName: region, token: signUpToken, person: undefined };
    return inviteLink({ ...invite, routes: [] }, (bytes) => crypto.sha256(bytes));
  }

  async person(name: string, invite: string): Promise<Somebody> {
    const sessionCode = await bringSessionCode();
    const folder = join(this.folder, name);
    const client = await openEngine({
      store: openSqliteStore(folder),
      media: async () => nodeMedia(folder),
      clock: systemClock(),
      crypto,
      carriers: [webSocketCarrier()],
      rng: { next: seededRandom(this.#seed + this.people.length) },
      mls: (authenticate) => tsMls({ crypto, authenticate, nowMs: () => Date.now() }),
      sessionCode: () => Promise.resolve(sessionCode),
      linkCode,
      isOnline: () => true,
    });
    await client.join(invite, name);
    await client.talk.setTelling({ delivered: false, read: false });
    client.connect();
    const somebody = { name, client };
    this.people.push(somebody);
    return somebody;
  }

  /** Writes a text that everyone of a chat has to have in the end. */
  async write(from: Client, chat: string, text: string, readers: readonly Client[]): Promise<void> {
    await from.send(chat, { text });
    this.written += 1;
    for (const reader of [from, ...readers]) {
      const chats = this.owed.get(reader) ?? new Map<string, string[]>();
      this.owed.set(reader, chats);
      chats.set(chat, [...(chats.get(chat) ?? []), text]);
    }
  }

  async settled(people: readonly Somebody[]): Promise<void> {
    const signal = new AbortController().signal;
    await inTurns(people, async ({ client }) => client.settled({ signal }));
  }

  /** What is missing and what is there twice, of all that everyone has to have. */
  async counted(): Promise<{ readonly lost: number; readonly repeated: number }> {
    let [lost, repeated] = [0, 0];
    for (const [reader, chats] of this.owed) {
      for (const [chat, texts] of chats) {
        const held = await textsOf(reader, chat);
        lost += texts.filter((text) => !held.includes(text)).length;
        repeated += held.length - new Set(held).size;
      }
    }
    return { lost, repeated };
  }

  async end(): Promise<void> {
    await inTurns(this.people, async ({ client }) => client[Symbol.asyncDispose]());
    for (const station of this.stations) await station.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function textsOf(client: Client, chat: string): Promise<readonly string[]> {
  const held: string[] = [];
  for (let before: number | undefined; ;) {
    const page = await client.messages(chat, before === undefined ? { limit: PAGE } : { limit: PAGE, before });
    if (page.length === 0) return held;
    held.push(...page.filter(({ gap, text }) => gap === undefined && text !== "").map(({ text }) => text));
    before = page[0]?.position;
  }
}

/** A mover, and contacts at another station, who have talked. */
interface Cast {
  readonly mover: Somebody;
  readonly contacts: readonly { readonly person: Somebody; readonly chat: string }[];
  readonly groups: readonly { readonly id: string; readonly people: readonly Somebody[] }[];
}

async function cast(stage: Stage, command: MoveCommand, invites: readonly [string, string]): Promise<Cast> {
  const mover = await stage.person("mover", invites[0]);
  const contacts: { person: Somebody; chat: string }[] = [];
  await inTurns(Array.from({ length: command.contacts }), async (_, at) => {
    const person = await stage.person(`contact-${at}`, invites[1]);
    const chat = await mover.client.open(await person.client.invite());
    await stage.write(mover.client, chat, `hello ${at}`, [person.client]);
    contacts.push({ person, chat });
  });
  await stage.settled(stage.people);
  const groups: { id: string; people: readonly Somebody[] }[] = [];
  for (let at = 0; at < command.groups; at++) {
    const people = Array.from(
      { length: Math.min(GROUP_PEOPLE, contacts.length) },
      (_, next) => contacts[(at * GROUP_PEOPLE + next) % contacts.length]?.person,
    ).filter((person) => person !== undefined);
    const ids = people.flatMap(({ client }) => client.me()?.identity ?? []);
    groups.push({ id: await mover.client.groups.create(`group ${at}`, ids), people });
  }
  await stage.settled(stage.people);
  return { mover, contacts, groups };
}

async function talk(stage: Stage, { mover, contacts, groups }: Cast, messages: number): Promise<void> {
  const chats = contacts.length + groups.length;
  for (let at = stage.written; at < messages; at++) {
    const direct = contacts[at % chats];
    const group = groups[(at % chats) - contacts.length];
    const isMine = Math.floor(at / chats) % 2 === 0;
    if (direct !== undefined) {
      const [from, to] = isMine ? [mover, direct.person] : [direct.person, mover];
      await stage.write(from.client, direct.chat, `letter ${at}`, [to.client]);
    } else if (group !== undefined) {
      const others = group.people.map(({ client }) => client);
      await stage.write(mover.client, group.id, `letter ${at}`, others);
    }
  }
  await stage.settled(stage.people);
}

async function until(isSo: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<void> {
  while (!(await isSo())) {
    signal?.throwIfAborted();
    await systemClock().sleep(20, signal ?? new AbortController().signal);
  }
}

/** Plays it. @returns undefined when it was stopped */
export async function drillMove(command: MoveCommand, { tell, signal }: DrillIo): Promise<MoveRow | undefined> {
  const stage = new Stage(await mkdtemp(join(tmpdir(), "chapar-move-")), command.seed);
  try {
    const there = await stage.station("there", "DE");
    const next = await stage.station("next", "DE", [there.url]);
    const old = await stage.station("old", "IR", [there.url, next.url]);
    tell(`${command.contacts} contacts and ${command.groups} groups ...`);
    const played = await cast(stage, command, [stage.invite(old, "IR"), stage.invite(there, "DE")]);
    tell(`${command.messages} messages ...`);
    await talk(stage, played, command.messages);
    await played.mover.client.check({ signal: new AbortController().signal });
    if (signal?.aborted === true) return undefined;
    tell("the home dies, and letters are on their way ...");
    await old.close();
    await rm(join(stage.folder, "old"), { recursive: true, force: true });
    for (const { person, chat } of played.contacts)
      await stage.write(person.client, chat, `on its way from ${person.name}`, [played.mover.client]);
    return await moved(stage, played, { next: stage.invite(next, "DE"), command, signal });
  } finally {
    await stage.end();
  }
}

async function moved(
  stage: Stage,
  { mover, contacts }: Cast,
  of: { readonly next: string; readonly command: MoveCommand; readonly signal: AbortSignal | undefined },
): Promise<MoveRow> {
  const { client } = mover;
  const beganMs = now();
  const { home } = await client.data.move(of.next);
  const moveMs = now() - beganMs;
  await until(async () => (await client.data.moving())?.roomsLeft === 0, of.signal);
  const followedMs = now() - beganMs;
  await stage.settled(stage.people);
  const linkedMs = now() - beganMs;
  let linked = 0;
  for (const { person, chat } of contacts) {
    const identity = client.me()?.identity ?? "";
    const { changes } = await person.client.safety(identity);
    const held = await textsOf(client, chat);
    const isHere = held.includes(`on its way from ${person.name}`);
    if (isHere && changes.some(({ what }) => what === "home-moved") && client.me()?.home.key === home.key) linked += 1;
  }
  const { contacts: people, groups } = of.command;
  const counted = await stage.counted();
  return { contacts: people, groups, messages: stage.written, ...counted, linked, moveMs, followedMs, linkedMs };
}
