/*
 * Several stages at once, each in a process of its own. What comes of an order follows from the order alone, so it does not matter
 * which lane plays it, nor beside what.
 */
import type { BatchResult } from "./batch.ts";
import type { BatchOrder } from "./modes.ts";
import { Obedient } from "./obedient.ts";
import type { SeasonOrder, SeasonResult } from "./season.ts";

/** What a lane is told to play. */
export interface LaneOrders {
  batch: { readonly in: BatchOrder; readonly out: BatchResult };
  season: { readonly in: SeasonOrder; readonly out: SeasonResult };
}

/** Told of each order as it is done, in whatever order that is. */
export interface LaneListener<Out> {
  done(at: number, result: Out): void;
  /** it could not be played to its end */
  failed(at: number, error: unknown): void;
}

const makeLane = (): Obedient<LaneOrders> => new Obedient<LaneOrders>(new URL("./lane-main.ts", import.meta.url));

/**
 * Works through orders, each in the lane that is free first. What is under way when it is stopped is given up.
 *
 * @param lanes  processes, each with two stations' processes of its own; about one and a third processor each
 * @returns whether it came to the end
 */
export async function inLanes<Name extends keyof LaneOrders>(
  lanes: number,
  name: Name,
  orders: readonly LaneOrders[Name]["in"][],
  listener: LaneListener<LaneOrders[Name]["out"]>,
  signal: AbortSignal,
): Promise<boolean> {
  const stopped = new Promise<"stopped">((resolve) => {
    if (signal.aborted) resolve("stopped");
    signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
  let next = 0;
  const work = async (): Promise<void> => {
    let lane: Obedient<LaneOrders> | undefined;
    while (next < orders.length && !signal.aborted) {
      const at = next++;
      const order = orders[at];
      if (order === undefined) break;
      lane ??= makeLane();
      try {
        const result = await Promise.race([lane.tell(name, order), stopped]);
        if (result === "stopped") break;
        listener.done(at, result);
      } catch (error) {
        listener.failed(at, error);
        // Nobody knows what its stage is like now.
        await lane.dismiss();
        lane = undefined;
      }
    }
    await lane?.dismiss();
  };
  await Promise.all(Array.from({ length: Math.min(lanes, orders.length) }, work));
  return !signal.aborted;
}
