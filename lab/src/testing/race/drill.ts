/*
 * The race of everybody (protocol/12-groups.md F-67, F-140): people at two stations change one group at the same moment and write between their
 * changes. Stations are processes, links are WebSockets, engines keep their data in folders; in the middle every link is cut, the hub
 * is killed, and engines are begun anew. Counted is what every device has in the end.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@chapar/carrier/node";
import type { ConversationIdText } from "@chapar/client";
import type { RaceCommand } from "../../race/arguments.ts";
import type { RaceRow } from "../../race/row.ts";
import { CuttableLinks, KillableStation } from "./killable.ts";
import { Racer } from "./people.ts";

/** How many people do something at a time while the stage is set. */
const AT_ONCE = 8;
const LOOK_MS = 200;
/** Engines that are begun anew in the middle. */
const RESTARTED = 2;

const MICROS = 1_000;
const now = (): number => Math.round(performance.now());
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / MICROS);
};

async function inTurns<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  const queue = [...items.entries()];
  const hand = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hand));
}

/** Stage and people of one race. */
class Race {
  readonly hub: KillableStation;
  readonly other: KillableStation;
  readonly links = new CuttableLinks();
  readonly racers: Racer[];
  readonly #signal: AbortSignal = new AbortController().signal;
  kills = 0;
  restarts = 0;

  constructor(folder: string, { people, seed }: Omit<RaceCommand, "json">) {
    this.hub = new KillableStation(join(folder, "hub"), "hub");
    this.other = new KillableStation(join(folder, "other"), "other");
    const racer = (at: number): Racer => new Racer(`racer-${at}`, folder, this.links, seed + at * people);
    this.racers = Array.from({ length: people }, (_, at) => racer(at));
  }

  get first(): Racer {
    const [first] = this.racers;
    if (first === undefined) throw new RangeError("a race has people");
    return first;
  }

  async settled(): Promise<void> {
    // Somebody who is done first may hear from the others again.
    for (let round = 0; round < 2; round++)
      await Promise.all(this.racers.map(({ client }) => client.settled({ signal: this.#signal })));
  }

  async until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await systemClock().sleep(LOOK_MS, this.#signal);
  }

  /** A group of all of them, in which all are admins. */
  async group(): Promise<ConversationIdText> {
    await Promise.all([this.hub.start(), this.other.start()]);
    await inTurns(this.racers, (racer, at) => racer.join(at % 2 === 0 ? this.hub : this.other));
    await this.settled();
    const { client } = this.first;
    const others = this.racers.slice(1);
    await inTurns(others, async (other) => {
      await client.send(await client.open(await other.client.invite()), { text: `hello ${other.name}` });
    });
    await this.settled();
    const id = await client.groups.create(
      "Race",
      others.map(({ identity }) => identity),
    );
    await this.until(async () => (await client.groups.view(id)).people.length === this.racers.length);
    for (const { identity } of others) await client.groups.setRole(id, identity, "admin");
    await this.until(async () => {
      const views = await Promise.all(this.racers.map((racer) => racer.client.groups.view(id).catch(() => undefined)));
      return views.every((view) => view?.rights.rename === true);
    });
    await this.settled();
    return id;
  }

  /** The epoch of the first, whose engine is begun anew for it. */
  async epoch(id: ConversationIdText): Promise<number> {
    await this.first.stop();
    const { epoch } = await this.first.facts(id);
    await this.first.start();
    this.first.client.connect();
    return epoch;
  }

  /** Everything that goes wrong, one after the other as the letters come. */
  async disturb(id: ConversationIdText, letters: number): Promise<void> {
    const share = (part: number) => async (): Promise<boolean> =>
      (await this.first.texts(id)).length >= Math.floor(letters * part);
    await this.until(share(0.2));
    this.links.cut();
    await this.until(share(0.4));
    await this.hub.kill();
    this.kills += 1;
    await this.hub.start();
    await this.until(share(0.6));
    for (const racer of this.racers.slice(-RESTARTED)) {
      await racer.stop();
      await racer.start();
      racer.client.connect();
      this.restarts += 1;
    }
  }

  async end(): Promise<void> {
    await inTurns(this.racers, (racer) => racer.stop());
    await Promise.all([this.hub.kill(), this.other.kill()]);
  }
}

interface Counted {
  readonly lost: number;
  readonly twice: number;
  readonly faults: number;
  readonly seen: readonly string[];
}

async function count({ racers }: Race, id: ConversationIdText, letters: readonly string[]): Promise<Counted> {
  let [lost, twice, faults] = [0, 0, 0];
  const seen: string[] = [];
  const written = new Set(letters);
  for (const racer of racers) {
    const texts = await racer.texts(id);
    const held = texts.filter((text) => written.has(text));
    lost += letters.length - new Set(held).size;
    twice += held.length - new Set(held).size;
    const chat = await racer.client.conversation(id);
    faults += texts.length - held.length + (chat?.state === "open" && chat.fault === undefined ? 0 : 1);
    seen.push(await racer.seen(id));
  }
  return { lost, twice, faults, seen };
}

/** Plays it. */
export async function playRace(command: Omit<RaceCommand, "json">, tell: (text: string) => void): Promise<RaceRow> {
  const folder = await mkdtemp(join(tmpdir(), "chapar-race-"));
  const race = new Race(folder, command);
  try {
    tell(`${command.people} people ...`);
    const id = await race.group();
    const { racers } = race;
    const before = await race.epoch(id);
    const letters: string[] = [];
    tell(`${command.changes} changes ...`);
    const [beganMs, beganCpuMs] = [now(), cpuMs()];
    const all = Array.from({ length: command.changes }, async (_, at) => {
      const { client, name } = racers[at % racers.length] ?? race.first;
      const text = `letter ${at} of ${name}`;
      letters.push(text);
      await client.groups.rename(id, `change ${at} by ${name}`);
      await client.send(id, { text });
    });
    await Promise.all(all);
    await race.disturb(id, letters.length);
    await race.until(async () => {
      const held = await Promise.all(racers.map((racer) => racer.texts(id)));
      return held.every((texts) => texts.length >= letters.length);
    });
    await race.settled();
    const [raceMs, spentMs] = [now() - beganMs, cpuMs() - beganCpuMs];
    const { seen, ...counted } = await count(race, id, letters);
    await race.end();
    const facts = await Promise.all(racers.map((racer) => racer.facts(id)));
    const [own] = facts;
    const isApart = (at: number): boolean => facts[at]?.state !== own?.state || seen[at] !== seen[0];
    return {
      people: command.people,
      changes: command.changes,
      letters: letters.length,
      commits: (own?.epoch ?? 0) - before,
      breaks: facts.reduce(
        (sum, { ended }) => sum + ended.filter((epoch, at) => at > 0 && epoch !== (ended[at - 1] ?? 0) + 1).length,
        0,
      ),
      apart: facts.filter((_, at) => isApart(at)).length,
      owed: letters.length * racers.length,
      ...counted,
      kills: race.kills,
      cuts: race.links.cuts,
      restarts: race.restarts,
      raceMs,
      cpuMs: spentMs,
    };
  } finally {
    await race.end();
    await rm(folder, { recursive: true, force: true });
  }
}
