/*
 * The drill of a cut border (protocol/17-island.md): chats and groups across it, their hubs on either side; days of letters while it is cut, each
 * day some seconds and then a night in which every machine sleeps; then the border opens. Counted is what everyone has in the end, by the texts.
 */
import { performance } from "node:perf_hooks";
import { SeededRng } from "@chapar/carrier/testing";
import type { IslandCommand } from "../../island/arguments.ts";
import type { IslandRow } from "../../island/row.ts";
import { heldBy, Regions, type Side, type Somebody } from "./people.ts";

const DAY_MS = 86_400_000;
/** Of a day, how long people are there; a client tries a hub for which it has letters every 2 s. */
const AWAKE_MS = 10_000;
/** After the last letter, how long people read before it is counted who has read whom on their own side. */
const READING_MS = 30_000;
const STEP_MS = 1_000;
/** Others in a group, with one at each of the other stations. */
const GROUP_OTHERS = 3;
/** Every so manyth group is renamed by its maker in the middle of the cut. */
const RENAME_EVERY = 2;
/** How long the merge may take before what is missing counts as lost. */
const MERGE_LIMIT_MS = 6 * 3_600_000;
const MERGE_STEP_MS = 1_000;

interface Chat {
  readonly id: string;
  readonly hub: Side;
  readonly people: readonly Somebody[];
  readonly isGroup: boolean;
  readonly written: { readonly text: string; readonly side: Side }[];
}

interface Meter {
  readonly realMs: number;
  readonly cpuMs: number;
}

const MICROS = 1_000;
function meter(): Meter {
  const { user, system } = process.cpuUsage();
  return { realMs: performance.now(), cpuMs: (user + system) / MICROS };
}
const since = (began: Meter, end: Meter = meter()): Meter => ({
  realMs: end.realMs - began.realMs,
  cpuMs: end.cpuMs - began.cpuMs,
});

/** Chats of each of the first half of the people with the three who come next, and a group of these four. */
async function acquaint(regions: Regions): Promise<Chat[]> {
  const { people } = regions;
  const chats: Chat[] = [];
  const makers = people.slice(0, Math.ceil(people.length / 2));
  const circles = makers.map((maker, at) => ({
    maker,
    others: Array.from({ length: GROUP_OTHERS }, (_, next) => people[(at + 1 + next) % people.length]).filter(
      (other) => other !== undefined,
    ),
  }));
  const known = new Set<string>();
  for (const { maker, others } of circles) {
    for (const other of others) {
      const pair = [maker.name, other.name].toSorted().join();
      if (known.has(pair)) continue;
      known.add(pair);
      const id = await maker.client.open(await regions.settle(other.client.invite()));
      await maker.client.send(id, { text: "hello" });
      chats.push({ id, hub: maker.side, people: [maker, other], isGroup: false, written: [] });
    }
  }
  await regions.quiet();
  for (const [at, { maker, others }] of circles.entries()) {
    const ids = others.flatMap(({ client }) => client.me()?.identity ?? []);
    const id = await regions.settle(maker.client.groups.create(`group ${at}`, ids));
    chats.push({ id, hub: maker.side, people: [maker, ...others], isGroup: true, written: [] });
  }
  await regions.quiet();
  for (const {
    id,
    people: [maker],
    isGroup,
  } of chats)
    if (isGroup) await maker?.client.send(id, { text: "before" });
  await regions.quiet();
  return chats;
}

/** One of the drill. */
class Drill {
  readonly #regions = new Regions();
  readonly #command: Omit<IslandCommand, "json">;
  readonly #rng: SeededRng;
  readonly #tell: (line: string) => void;
  #chats: readonly Chat[] = [];
  #branched = 0;
  #changed = 0;

  constructor(command: Omit<IslandCommand, "json">, tell: (line: string) => void) {
    this.#command = command;
    this.#rng = new SeededRng(command.seed);
    this.#tell = tell;
  }

  async play(): Promise<IslandRow> {
    const began = meter();
    const { days, people, messages, seed } = this.#command;
    await this.#regions.build();
    for (let at = 0; at < people; at++) await this.#regions.join(seed * MICROS + at);
    this.#chats = await acquaint(this.#regions);
    this.#tell(`${people} people, ${this.#chats.length} chats; the border is cut`);
    this.#regions.border.cut();
    for (let day = 0; day < days; day++) await this.#day(day);
    await this.#regions.pass(READING_MS);
    const inside = await this.#pairs(true);
    this.#tell("the border opens");
    this.#regions.border.join();
    const merge = await this.#merge();
    const forked = await this.#forked();
    const all = await this.#pairs(false);
    const alerts = await Promise.all(this.#regions.people.map(async ({ client }) => (await client.alerts()).length));
    await this.#regions.end();
    const groups = this.#chats.filter(({ isGroup }) => isGroup).length;
    const whole = since(began);
    return {
      days,
      people,
      groups,
      changed: this.#changed,
      messages,
      branched: this.#branched,
      owed: all.owed,
      lost: all.lost,
      twice: all.twice,
      gaps: all.gaps,
      forked,
      alerts: alerts.reduce((sum, count) => sum + count, 0),
      owedInside: inside.owed,
      unreadInside: inside.lost,
      mergeMs: merge.atMs,
      mergeRealMs: Math.round(merge.realMs),
      mergeCpuMs: Math.round(merge.cpuMs),
      realMs: Math.round(whole.realMs),
      cpuMs: Math.round(whole.cpuMs),
    };
  }

  /** Letters, evenly over the time that people are there, and a night. */
  async #day(day: number): Promise<void> {
    const { days, messages } = this.#command;
    const first = Math.floor((messages * day) / days);
    const count = Math.floor((messages * (day + 1)) / days) - first;
    const steps = AWAKE_MS / STEP_MS;
    for (let step = 0; step < steps; step++) {
      const from = Math.floor((count * step) / steps);
      const to = Math.floor((count * (step + 1)) / steps);
      for (let at = from; at < to; at++) await this.#write(first + at);
      await this.#regions.pass(STEP_MS);
    }
    if (day === Math.floor(days / 2)) await this.#rename();
    this.#tell(`day ${day + 1} of ${days}: ${first + count} messages`);
    if (day < days - 1) this.#regions.sleep(DAY_MS - AWAKE_MS);
  }

  async #write(number: number): Promise<void> {
    const chat = this.#pick(this.#chats);
    const { client, side } = this.#pick(chat.people);
    const text = `letter ${number}`;
    await client.send(chat.id, { text });
    chat.written.push({ text, side });
    if (side !== chat.hub) this.#branched += 1;
  }

  /** Groups go on to another epoch at their hubs: their branches are over when the border opens (J-6). */
  async #rename(): Promise<void> {
    const groups = this.#chats.filter(({ isGroup }) => isGroup);
    for (const [at, chat] of groups.entries()) {
      if (at % RENAME_EVERY !== 0) continue;
      await chat.people[0]?.client.groups.rename(chat.id, `another name ${at}`);
      this.#changed += 1;
    }
    await this.#regions.pass(STEP_MS);
  }

  #pick<T>(list: readonly T[]): T {
    const one = list[this.#rng.between(0, list.length - 1)];
    if (one === undefined) throw new Error("nobody to pick");
    return one;
  }

  /** Pairs of a letter and a reader, of one side alone or all of them, and what is not there or more than once. */
  async #pairs(isInside: boolean): Promise<{ owed: number; lost: number; twice: number; gaps: number }> {
    const sum = { owed: 0, lost: 0, twice: 0, gaps: 0 };
    for (const chat of this.#chats) {
      for (const { client, side } of chat.people) {
        const { texts, gaps } = await heldBy(client, chat.id);
        const held = new Set(texts);
        const owed = chat.written.filter((letter) => !isInside || letter.side === side);
        sum.owed += owed.length;
        sum.lost += owed.filter(({ text }) => !held.has(text)).length;
        sum.twice += texts.length - held.size;
        sum.gaps += gaps;
      }
    }
    return sum;
  }

  /** Lets time pass until everybody has everything; what it costs to look is left out. */
  async #merge(): Promise<Meter & { readonly atMs: number }> {
    const { nowMs } = this.#regions;
    const began = meter();
    let [realMs, cpuMs] = [0, 0];
    const open = this.#chats.flatMap((chat) => chat.people.map(({ client }) => ({ client, chat })));
    while (open.length > 0 && this.#regions.nowMs - nowMs < MERGE_LIMIT_MS) {
      await this.#regions.pass(MERGE_STEP_MS);
      const looking = meter();
      for (let next = open.at(-1); next !== undefined; next = open.at(-1)) {
        const held = new Set((await heldBy(next.client, next.chat.id)).texts);
        if (!next.chat.written.every(({ text }) => held.has(text))) break;
        open.pop();
      }
      const looked = since(looking);
      realMs += looked.realMs;
      cpuMs += looked.cpuMs;
    }
    const whole = since(began);
    return {
      atMs: this.#regions.nowMs - nowMs,
      realMs: whole.realMs - realMs,
      cpuMs: whole.cpuMs - cpuMs,
    };
  }

  /** Everybody writes in each group once more: who does not read it is in another group by now. */
  async #forked(): Promise<number> {
    await this.#regions.quiet();
    const groups = this.#chats.filter(({ isGroup }) => isGroup);
    for (const { id, people, written } of groups) {
      for (const { name, client, side } of people) {
        const text = `${name} is together again`;
        await client.send(id, { text });
        written.push({ text, side });
      }
    }
    await this.#regions.quiet();
    let forked = 0;
    for (const { id, people } of groups) {
      const titles = new Set<string>();
      let isWhole = true;
      for (const { client } of people) {
        const { texts } = await heldBy(client, id);
        isWhole &&= people.every(({ name }) => texts.includes(`${name} is together again`));
        titles.add((await client.groups.view(id)).title);
      }
      if (!isWhole || titles.size !== 1) forked += 1;
    }
    return forked;
  }
}

/** Plays it. Cost: some milliseconds of processor a letter and reader; all letters stay in memory. */
export async function playIsland(
  command: Omit<IslandCommand, "json">,
  tell: (line: string) => void = () => undefined,
): Promise<IslandRow> {
  return await new Drill(command, tell).play();
}
