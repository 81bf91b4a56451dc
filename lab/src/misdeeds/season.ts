/*
 * The other half of the question: stations that tell the truth and have bad luck. People at two stations write all the time, in
 * bursts; one of the stations is killed in the middle of it and started again on its folder, or on a backup that it is restored
 * from openly, again and again. Whatever accuses anybody then is wrong.
 */
import { join } from "node:path";
import { isClientError } from "@chapar/client";
import { seededRandom } from "../memory/seeded-random.ts";
import type { Stage, Talk, World } from "./stage.ts";
import { exportProofs, isAccusing, toldAt } from "./watch.ts";

/** People on each side; everyone of one side writes with everyone of the other. */
const SIDE = 3;
/** Of each side, people at home at the other station. */
const ABROAD = 1;
/** Virtual time after which everyone's watch has looked at everything. */
const WATCHED_MS = 75_000;
/** The longest time between a text and the kill. */
const KILL_WITHIN_MS = 400;
/** Virtual time that everyone gets to read and send everything after a kill, and in the end. */
const CALM_MS = 30_000;
const SETTLE_MS = 180_000;
/** Kills between two times that everything is looked at. */
const KILLS_A_LOOK = 5;
/** Every so manyth kill is the other station's. */
const OTHER_EVERY = 5;
/** Of the texts of a round, how many go into one conversation in one burst. */
const BURST_SHARE = 0.5;
/** Where in a season the restoration is, if there is one. */
const RESTORED_AT = 0.75;
/** Texts of a round that the backup does not have. */
const LOST_SHARE = 0.1;
/** Steps of a text that people are told of, on both sides: from being written to having a receipt and being read. */
const STEPS = 5;
const PAGE_LINES = 200;

/** What to play. */
export interface SeasonOrder {
  readonly seed: number;
  /** texts to be written */
  readonly messages: number;
  readonly kills: number;
  /** whether the station is once put back to a backup */
  readonly isRestored: boolean;
}

/** What came of it. */
export interface SeasonResult {
  readonly order: SeasonOrder;
  readonly messages: number;
  readonly kills: number;
  /** kills while letters were under way */
  readonly amid: number;
  readonly restores: number;
  /** alerts that accuse, faults and lines in the place of entries, on any device, by code */
  readonly accusations: readonly string[];
  /** bundles that could be exported */
  readonly proofs: number;
  /** texts that did not reach the other side in the end */
  readonly undelivered: number;
  readonly virtualMs: number;
}

/** A world in which people write, and how much they have. */
class Season {
  readonly world: World;
  readonly #random: () => number;
  messages = 0;
  amid = 0;
  /** steps of texts that people were told of */
  #steps = 0;
  readonly #ends: readonly (() => void)[];
  readonly #activity = (): number => this.#steps;

  constructor(world: World, random: () => number) {
    this.world = world;
    this.#random = random;
    this.#ends = world.people.map(({ client }) =>
      client.subscribe(({ type }) => {
        if (type === "message") this.#steps += 1;
      }),
    );
    // While texts are being written nothing moves on any link, and yet nothing rests.
    world.conductor.activities.add(this.#activity);
  }

  #pick(): Talk {
    const { talks } = this.world;
    const talk = talks[Math.floor(this.#random() * talks.length)];
    if (talk === undefined) throw new Error("nobody talks");
    return talk;
  }

  /** A side that the seed picks writes. A conversation that a restoration ended takes nothing more. */
  async #chat(talk: Talk): Promise<void> {
    const from = this.#random() < 0.5 ? talk.writer : talk.reader;
    const text = `line ${this.messages++}`;
    try {
      await from.client.send(talk.id, { text });
      talk.texts.push(text);
    } catch (error) {
      if (!isClientError(error, "client/closed-conversation")) throw error;
      this.messages -= 1;
    }
  }

  /** Texts, a part of them in one conversation. */
  async #write(count: number): Promise<void> {
    const loud = this.#pick();
    const texts = Array.from({ length: count }, () => (this.#random() < BURST_SHARE ? loud : this.#pick()));
    await Promise.all(texts.map((talk) => this.#chat(talk)));
  }

  /** Everyone writes, and a station is killed after a part of the steps that this takes, or soon after all of them. */
  async killOnce(texts: number, isOther: boolean): Promise<void> {
    const { world } = this;
    const all = this.#steps + STEPS * texts;
    const wanted = all - this.#random() * STEPS * texts;
    const limitMs = Math.floor(this.#random() * KILL_WITHIN_MS);
    const written = this.#write(texts);
    await world.conductor.amid(() => this.#steps >= wanted, limitMs);
    if (this.#steps < all) this.amid += 1;
    await (isOther ? world.killHonest() : world.killLiar());
    await written;
    await world.calm(CALM_MS);
  }

  end(): void {
    for (const end of this.#ends) end();
    this.world.conductor.activities.delete(this.#activity);
  }

  /** The folder is lost, and what comes back is as old as the backup: what was written since is known to people alone. */
  async restoreOnce(texts: number): Promise<void> {
    const { world } = this;
    const to = join(world.folder, "backup.sqlite");
    await world.stage.liar.tell("save", { to });
    await this.#write(texts);
    await world.calm(CALM_MS);
    await world.killLiar(to);
    await world.calm(SETTLE_MS);
  }
}

/** What anybody is told. */
async function accusations({ talks, people }: World): Promise<readonly string[]> {
  const codes: string[] = [];
  for (const { client } of people) {
    for (const alert of await client.alerts()) if (isAccusing(alert)) codes.push(alert.code);
  }
  for (const { id, writer, reader } of talks) {
    for (const { client } of [writer, reader]) {
      const told = await toldAt(client, id);
      // A conversation that a restoration broke stands still and says why; that accuses nobody.
      const isExplained = (await client.alerts()).some(
        ({ code, conversation }) => code === "restored" && (conversation === undefined || conversation === id),
      );
      if (told !== undefined && !isExplained) codes.push(told);
    }
  }
  return codes;
}

async function undelivered({ talks }: World): Promise<number> {
  let missing = 0;
  for (const { id, writer, reader, texts } of talks) {
    for (const { client } of [writer, reader]) {
      const shown = new Set<string>();
      for (let before: number | undefined; ;) {
        const page = await client.messages(id, { limit: PAGE_LINES, ...(before === undefined ? {} : { before }) });
        if (page.length === 0) break;
        for (const line of page) shown.add(line.text);
        before = page[0]?.position;
      }
      missing += texts.filter((text) => !shown.has(text)).length;
    }
  }
  return missing;
}

/** Plays people's lives at two stations, one of which is killed again and again. */
export async function playSeason(stage: Stage, order: SeasonOrder): Promise<SeasonResult> {
  const random = seededRandom(order.seed);
  await using world = await stage.world(order.seed, () => undefined);
  const virtualFromMs = world.conductor.nowMs;
  await world.gather(SIDE, SIDE, ABROAD);
  world.pair(SIDE * SIDE);
  await world.begin();
  await world.acquaint();
  const season = new Season(world, random);
  let restores = 0;
  for (let kill = 0; kill < order.kills; kill++) {
    const texts = Math.ceil((order.messages - season.messages) / (order.kills - kill));
    if (order.isRestored && restores === 0 && kill >= order.kills * RESTORED_AT) {
      await season.restoreOnce(Math.ceil(texts * LOST_SHARE));
      restores += 1;
    }
    await season.killOnce(
      Math.max(0, Math.min(texts, order.messages - season.messages)),
      kill % OTHER_EVERY === OTHER_EVERY - 1,
    );
    if (kill % KILLS_A_LOOK === KILLS_A_LOOK - 1) await world.conductor.advance(WATCHED_MS);
  }
  await world.calm(SETTLE_MS);
  await world.conductor.advance(WATCHED_MS);
  season.end();
  return {
    order,
    messages: season.messages,
    kills: order.kills,
    amid: season.amid,
    restores,
    accusations: await accusations(world),
    proofs: (await exportProofs(world.people)).length,
    undelivered: await undelivered(world),
    virtualMs: world.conductor.nowMs - virtualFromMs,
  };
}
