/*
 * One trial of the in-memory storey: does a first message come through under these rules? The traffic is a model of what the
 * engine says on a new device, recorded once and repeated in lock step. The namespaces run the engine itself and are the ones
 * that count; when they differ, this table is old.
 */
import { type Carrier, isCarrierError, type Link, raceRoutes, RouteMemory } from "@chapar/carrier";
import { Censor } from "../censor.ts";
import type { Primitives } from "../parsers/primitives.ts";
import type { ArmedRule, RuleId } from "../vocabulary.ts";
import { NAMES, PLACES } from "../addresses.ts";
import { MemoryBorder } from "./border.ts";
import { CensoredNetwork } from "./censored-network.ts";
import type { HelloKind } from "./hello.ts";
import { seededRandom } from "./seeded-random.ts";
import { VirtualClock } from "./virtual-clock.ts";

/**
 * Requests and answers of a first message, in bytes inside the records: joining, key packages, opening a conversation, the
 * message, its receipt. Recorded from the real client in the namespaces on 23 November 2026; what it says at once is one row.
 */
const EXCHANGES: readonly (readonly [number, number])[] = [
  [51, 80],
  [413, 8],
  [128, 8],
  [134, 3294],
  [144, 185],
  [146, 465],
  [156, 194],
  [27_126, 194],
  [51_716, 162],
  [238, 338],
  [27_060, 17_908],
  [27_126, 20],
  [111, 185],
  [1136, 20],
  [1136, 1599],
];
/** A message has to be at the station by then. */
export const TEXT_LIMIT_MS = 30_000;
const STATION_ROUTE = "https://station.example";

/** A trial's surroundings. */
export interface TrialOptions {
  readonly rules: readonly ArmedRule[];
  readonly seed: number;
  readonly primitives: Primitives;
  readonly turn: () => Promise<void>;
  readonly hello?: HelloKind;
}

/** What came of it. */
export interface TrialResult {
  readonly text: boolean;
  /** from the first attempt to the receipt */
  readonly tookMs: number | undefined;
  /** rules that acted, each once */
  readonly acted: readonly RuleId[];
}

/** Answers each request of the model with so many bytes. */
function serve(link: Link): void {
  let turn = 0;
  let gotBytes = 0;
  link.receive((chunk) => {
    gotBytes += chunk.byteLength;
    const [up, down] = EXCHANGES[turn] ?? [Number.POSITIVE_INFINITY, 0];
    if (gotBytes < up) return;
    turn++;
    gotBytes = 0;
    link.send(new Uint8Array(down));
  });
}

/** Makes the exchanges; true when the last one is answered. */
function converse(link: Link): Promise<boolean> {
  return new Promise((resolve) => {
    let turn = 0;
    let gotBytes = 0;
    const ask = (): void => {
      const exchange = EXCHANGES[turn];
      if (exchange === undefined) resolve(true);
      else link.send(new Uint8Array(exchange[0]));
    };
    link.receive((chunk) => {
      gotBytes += chunk.byteLength;
      if (gotBytes < (EXCHANGES[turn]?.[1] ?? 0)) return;
      turn++;
      gotBytes = 0;
      ask();
    });
    void link.ended.then(() => resolve(false));
    ask();
  });
}

/** Tries until it works or is told to stop; the memory of failures paces it, as in the engine. */
async function persist(
  carrier: Carrier,
  clock: VirtualClock,
  random: () => number,
  signal: AbortSignal,
): Promise<boolean> {
  const memory = new RouteMemory({ clock, rng: { next: random } });
  const race = { routes: [STATION_ROUTE], carriers: [carrier], clock, memory, usable: converse, signal };
  while (!signal.aborted) {
    try {
      const { link, value } = await raceRoutes(race);
      link.close();
      if (value) return true;
    } catch (error) {
      if (!signal.aborted && !isCarrierError(error)) throw error;
    }
  }
  return false;
}

/** Runs the model once. Cost: some thousand events; milliseconds. */
export async function textTrial({ rules, seed, primitives, turn, hello = "node" }: TrialOptions): Promise<TrialResult> {
  const random = seededRandom(seed);
  const clock = new VirtualClock(turn);
  const border = new MemoryBorder(clock, new Censor({ rules, primitives, random }));
  const network = new CensoredNetwork(border);
  network.listen(NAMES["station.example"] ?? PLACES.foreign.address, serve);
  const stop = new AbortController();
  clock.at(TEXT_LIMIT_MS, () => stop.abort());
  const outcome = persist(network.carrier({ hello }), clock, random, stop.signal);
  const limit = clock.sleep(TEXT_LIMIT_MS, new AbortController().signal).then(() => false);
  const text = await clock.run(Promise.race([outcome, limit]));
  return { text, tookMs: text ? clock.nowMs() : undefined, acted: [...new Set(border.acted)] };
}
