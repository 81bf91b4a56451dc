/* How each manner of lying is played, up to the moment in which those it is for come back. */
import { join } from "node:path";
import { seededRandom } from "../memory/seeded-random.ts";
import type { BatchOrder, Manner } from "./modes.ts";
import type { Target, Told } from "./orders.ts";
import type { Talk, World } from "./stage.ts";
import { makeSubject, type Subject } from "./subject.ts";
import { type Side, sidesOf } from "./watch.ts";

/** How often everyone writes once more while the station lies. */
export const GOING_ON_EVERY_MS = 60_000;
const EPOCHS_MS = 25_000;
const ORDER_LIMIT_MS = 420_000;
/** Texts written while the reader is away: from 3 to 6. */
const TEXTS = { least: 3, more: 4 } as const;

/** What is being lied about, and who may notice. */
interface Scene {
  readonly told: readonly Told[];
  readonly sides: readonly Side[];
  /** what people do once they were told: without it whoever holds a message could not be reached by anybody */
  readonly escape?: () => void;
}

type Play = (world: World, order: BatchOrder) => Promise<Scene>;

/** People for so many conversations: as near to a square as it goes. */
function crowd(count: number): { readonly writers: number; readonly readers: number } {
  const readers = Math.ceil(Math.sqrt(count));
  return { readers, writers: Math.ceil(count / readers) };
}

const isChosen =
  ({ only }: BatchOrder) =>
  ({ place }: { readonly place: number }): boolean =>
    only === undefined || only === place;

/** Everyone knows each other. */
async function friends(world: World, { count }: BatchOrder, sides = crowd(count)): Promise<void> {
  await world.gather(sides.writers, sides.readers);
  world.pair(count);
  await world.begin();
  await world.acquaint();
}

/** The writers write and epochs take it up, while the readers are away. */
async function writeAlone(world: World, seed: number): Promise<void> {
  const random = seededRandom(seed * 31 + 7);
  for (const reader of world.readers) reader.gate.shut();
  for (const talk of world.talks) {
    const count = TEXTS.least + Math.floor(random() * TEXTS.more);
    for (let i = 0; i < count; i++) await world.write(talk, "away");
  }
  await world.quiet(world.writers);
  await world.conductor.advance(EPOCHS_MS);
}

async function beginLie(
  { stage, conductor }: World,
  order: BatchOrder,
  targets: readonly Target[],
): Promise<readonly Told[]> {
  const { mode, seed } = order;
  return await conductor.carriedOut(stage.liar.tell("lie", { mode, seed, targets }), ORDER_LIMIT_MS);
}

const toReader = ({ place, log, held, writer, reader }: Talk): Target => {
  return { place, log, held, victim: reader.identity, subject: writer.identity };
};

/** The lie is about what was written while the readers were away. */
const aboutTheMissed: Play = async (world, order) => {
  await friends(world, order);
  await writeAlone(world, order.seed);
  const targets = world.talks.filter(isChosen(order)).map(toReader);
  return { told: await beginLie(world, order, targets), sides: sidesOf(world.talks, false) };
};

/** The station goes on from a copy of its folder. */
const rollBack: Play = async (world, order) => {
  const { stage, conductor, talks } = world;
  await friends(world, order);
  const from = join(world.folder, "backup");
  await conductor.carriedOut(stage.liar.tell("backUp", { to: from }), ORDER_LIMIT_MS);
  await world.quiet();
  await writeAlone(world, order.seed);
  await conductor.carriedOut(stage.liar.tell("restart", { from }), ORDER_LIMIT_MS);
  const told = talks.filter(isChosen(order)).map(({ place, held }) => ({ place, how: `back at ${held}` }));
  return { told, sides: sidesOf(talks, false) };
};

/** Whoever is lied to about somebody's keys is so in the moment in which they begin to write to them. */
const whileOpening: Play = async (world, order) => {
  const { writers, readers } = crowd(order.count);
  await world.gather(writers, readers);
  world.pair(order.count);
  const targets = world.talks.filter(isChosen(order)).map(({ place, log, held, writer, reader }) => {
    return { place, log, held, victim: writer.identity, subject: reader.identity };
  });
  const told = await beginLie(world, order, targets);
  await world.begin();
  return { told, sides: sidesOf(world.talks, false) };
};

/** The readers are led to a second process; from here on each side has its own history. */
const twoFaces: Play = async (world, order) => {
  const { stage, conductor, talks, liar } = world;
  await friends(world, order);
  for (const reader of world.readers) reader.gate.shut();
  const twin = await conductor.carriedOut(stage.liar.tell("twin", undefined), ORDER_LIMIT_MS);
  for (const reader of world.readers) reader.gate.detours.set(liar.url, twin.url);
  await writeAlone(world, order.seed);
  for (const { reader, id } of talks) await reader.client.send(id, { text: "to nobody" });
  const told = talks
    .filter(isChosen(order))
    .map(({ place, held }) => ({ place, how: `two histories from ${held} on` }));
  // Everybody's inbox rests at the station, once on each face: only on a way that ends at the same face as the others' do they meet.
  const escape = (): void => {
    for (const { gate } of world.readers) {
      gate.detours.clear();
      gate.cut();
    }
  };
  return { told, sides: sidesOf(talks, false), escape };
};

/** Each reader is shown a station log of its own; rooms are as they are. */
const anotherLog: Play = async (world, order) => {
  await friends(world, order, { writers: 1, readers: order.count });
  await writeAlone(world, order.seed);
  const targets = world.talks.filter(isChosen(order)).map(toReader);
  const told = await beginLie(world, order, targets);
  return { told, sides: sidesOf(world.talks, true).filter(({ by }) => by === "reader") };
};

/** Writers begin to write to people whose newest op they are not shown. */
const asBefore: Play = async (world, order) => {
  const { writers, readers } = crowd(order.count);
  await world.gather(writers, 0);
  const subjects: Subject[] = [];
  const revokes = order.mode === "hide-revocation";
  for (let i = 0; i < readers; i++) subjects.push(await makeSubject(world.conductor, world.home, revokes));
  await world.conductor.advance(EPOCHS_MS);
  const pairs = subjects
    .flatMap((subject) => world.writers.map((writer) => ({ subject, writer })))
    .slice(0, order.count)
    .map((pair, place) => ({ ...pair, place }));
  const targets = pairs.filter(isChosen(order)).map(({ place, subject, writer }) => {
    const { identity, former } = subject;
    return { place, log: new Uint8Array(0), held: 0, victim: writer.identity, subject: identity, former };
  });
  const told = await beginLie(world, order, targets);
  const sides: Side[] = [];
  for (const { place, subject, writer } of pairs) {
    const id = await writer.client.open(world.inviteOf(subject.identity));
    await writer.client.send(id, { text: "who reads this?" });
    sides.push({ place, id, by: "sender", client: writer.client, isWide: false });
  }
  return { told, sides };
};

/** The play of each manner. */
export const PLAYS: Readonly<Record<Manner, Play>> = {
  "at-rest": aboutTheMissed,
  hole: aboutTheMissed,
  "in-flight": aboutTheMissed,
  "rolled-back": rollBack,
  opening: whileOpening,
  former: asBefore,
  twin: twoFaces,
  "second-log": anotherLog,
};
