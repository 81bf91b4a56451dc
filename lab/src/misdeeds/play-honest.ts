/* Seasons of honest stations, several at once, and their sum as one line. */
import { inLanes } from "./lanes.ts";
import { Progress } from "./progress.ts";
import type { SeasonOrder, SeasonResult } from "./season.ts";
import { countOf } from "./tally.ts";

/** Kills of one season at most: after that new people begin at new stations. */
const KILLS_A_SEASON = 25;
/** Of seasons, how many have a restoration. */
const RESTORED_EVERY = 3;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** What to play, and how. */
export interface HonestOrder {
  readonly messages: number;
  readonly kills: number;
  readonly seed: number;
  readonly lanes: number;
}

/** One line of the answer. */
export interface HonestRow {
  readonly mode: "honest";
  readonly messages: number;
  readonly kills: number;
  /** kills while letters were under way; before the others everything had been answered */
  readonly amid: number;
  /** times that the station was put back to a backup and said so */
  readonly restores: number;
  /** stations and people that lived through a part of it each */
  readonly seasons: number;
  /** alerts that accuse, faults and lines in the place of entries, on any device; every one of them is wrong */
  readonly accusations: number;
  readonly codes: Readonly<Record<string, number>>;
  /** bundles that could be exported: every one of them would convict an honest station */
  readonly proofs: number;
  /** texts that did not reach the other side in the end: in seasons with a restoration, and in others */
  readonly undelivered: { readonly restored: number; readonly otherwise: number };
  readonly messagesPerSecond: number;
  readonly killsPerMinute: number;
  readonly virtualMs: number;
  readonly realMs: number;
  /** seeds of seasons that could not be played to their end; nothing of them is counted */
  readonly unplayed: readonly number[];
}

/** The seasons of a run. They have seeds of their own, so that one can be played alone. */
export function seasonsOf({ messages, kills, seed }: Omit<HonestOrder, "lanes">): readonly SeasonOrder[] {
  const count = Math.max(1, Math.ceil(kills / KILLS_A_SEASON));
  const part = (total: number, at: number): number =>
    Math.floor((total * (at + 1)) / count) - Math.floor((total * at) / count);
  return Array.from({ length: count }, (_, at) => ({
    seed: seed + at,
    messages: part(messages, at),
    kills: part(kills, at),
    isRestored: at % RESTORED_EVERY === RESTORED_EVERY - 1,
  }));
}

/** Adds up seasons. */
export function sumOf(results: readonly SeasonResult[], unplayed: readonly number[], realMs: number): HonestRow {
  const sum = (count: (one: SeasonResult) => number): number => results.reduce((total, one) => total + count(one), 0);
  const codes = results.flatMap(({ accusations }) => accusations);
  const messages = sum((one) => one.messages);
  const kills = sum((one) => one.kills);
  return {
    mode: "honest",
    messages,
    kills,
    amid: sum((one) => one.amid),
    restores: sum((one) => one.restores),
    seasons: results.length,
    accusations: codes.length,
    codes: countOf(codes),
    proofs: sum((one) => one.proofs),
    undelivered: {
      restored: sum((one) => (one.restores > 0 ? one.undelivered : 0)),
      otherwise: sum((one) => (one.restores > 0 ? 0 : one.undelivered)),
    },
    messagesPerSecond: Math.round((messages * SECOND_MS) / Math.max(1, realMs)),
    killsPerMinute: Math.round((kills * MINUTE_MS) / Math.max(1, realMs)),
    virtualMs: sum((one) => one.virtualMs),
    realMs: Math.round(realMs),
    unplayed,
  };
}

/** Plays seasons. @returns whether all were played, or tried */
export async function playHonest(
  order: HonestOrder,
  to: { readonly row: (row: HonestRow) => void; readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<boolean> {
  const seasons = seasonsOf(order);
  const results: SeasonResult[] = [];
  const unplayed: number[] = [];
  const progress = new Progress(order.messages, to.tell);
  const isWhole = await inLanes(
    order.lanes,
    "season",
    seasons,
    {
      done: (_, result) => {
        results.push(result);
        const { kills, restores, accusations, undelivered } = sumOf(results, unplayed, progress.elapsedMs);
        const missing = `${undelivered.restored + undelivered.otherwise} undelivered`;
        progress.add(
          result.messages,
          `${kills} kills, ${restores} restorations, ${accusations} accusations, ${missing}`,
        );
      },
      failed: (at, error) => {
        const seed = seasons[at]?.seed ?? 0;
        unplayed.push(seed);
        progress.add(seasons[at]?.messages ?? 0, `the season of seed ${seed} was not played: ${String(error)}`);
      },
    },
    to.signal,
  );
  to.row(sumOf(results, unplayed, progress.elapsedMs));
  return isWhole;
}
