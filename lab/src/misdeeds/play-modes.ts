/*
 * Batches of every mode that was asked for, several at once; a mode's line comes as soon as its last batch has. When it is stopped,
 * the lines are of what was played until then.
 */
import type { BatchResult } from "./batch.ts";
import { inLanes } from "./lanes.ts";
import { type BatchOrder, type Mode, MODE_NAMES } from "./modes.ts";
import { Progress } from "./progress.ts";
import { type MisdeedRow, tally } from "./tally.ts";

/** Conversations of one batch at most. */
const BATCH = 64;

/** What to play, and how. */
export interface ModesOrder {
  readonly modes: readonly Mode[];
  /** lies over all modes */
  readonly count: number;
  readonly seed: number;
  /** only the lie at this place of each batch */
  readonly place: number | undefined;
  readonly lanes: number;
}

/** Injections of each mode: the count shared out, the first ones get what is left over. */
function share(count: number, modes: readonly Mode[], at: number): number {
  return Math.floor(count / modes.length) + (at < count % modes.length ? 1 : 0);
}

/** The batches of a run. They have seeds of their own, so that one can be played alone. */
export function batchesOf({ modes, count, seed, place }: Omit<ModesOrder, "lanes">): readonly BatchOrder[] {
  return modes.flatMap((mode, at) => {
    const wanted = share(count, modes, at);
    return Array.from({ length: Math.ceil(wanted / BATCH) }, (_, batch) => ({
      mode,
      seed: seed + batch,
      count: Math.min(BATCH, wanted - batch * BATCH),
      only: place,
    }));
  });
}

/** A batch as it is done; what engines failed at says where to look when something was missed. */
function batchLine({ order, told, findings, failures }: BatchResult): string {
  const failed = [...failures].map(([code, count]) => `${count} ${code}`).join(", ");
  const missed = findings.size < told.length && failed !== "" ? ` (${failed})` : "";
  const mode = `mode ${MODE_NAMES.indexOf(order.mode) + 1} of ${MODE_NAMES.length}`;
  return `${mode}, ${order.mode}, seed ${order.seed}: ${findings.size} of ${told.length} noticed${missed}`;
}

/** Plays batches. @returns whether all were played, or tried */
export async function playModes(
  order: ModesOrder,
  to: { readonly row: (row: MisdeedRow) => void; readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<boolean> {
  const batches = batchesOf(order);
  const results = new Map<number, BatchResult>();
  const unplayed = new Set<number>();
  const untold = new Set(order.modes);
  const row = (mode: Mode): void => {
    untold.delete(mode);
    const of = [...batches.keys()].filter((at) => batches[at]?.mode === mode);
    const played = of.flatMap((at) => results.get(at) ?? []);
    const seeds = of.flatMap((at) => (unplayed.has(at) ? (batches[at]?.seed ?? []) : []));
    if (played.length + seeds.length > 0) to.row(tally(mode, played, seeds));
  };
  const settle = (at: number): void => {
    const mode = batches[at]?.mode;
    const isOpen = batches.some((one, i) => one.mode === mode && !results.has(i) && !unplayed.has(i));
    if (mode !== undefined && !isOpen) row(mode);
  };
  const progress = new Progress(order.count, to.tell);
  const isWhole = await inLanes(
    order.lanes,
    "batch",
    batches,
    {
      done: (at, result) => {
        results.set(at, result);
        progress.add(result.order.count, batchLine(result));
        settle(at);
      },
      failed: (at, error) => {
        unplayed.add(at);
        const batch = batches[at];
        progress.add(batch?.count ?? 0, `${batch?.mode}, seed ${batch?.seed} was not played: ${String(error)}`);
        settle(at);
      },
    },
    to.signal,
  );
  for (const mode of untold) row(mode);
  return isWhole;
}
