/* A station's process: obeys `orders.ts` over the channel that `fork` makes, until it is killed or its driver is gone. */
import { setImmediate } from "node:timers/promises";
import { restoreStation } from "@chapar/station/node";
import { LabError } from "../errors.ts";
import { Knave } from "./knave.ts";
import { obey } from "./obedient.ts";
import type { Orders } from "./orders.ts";

let knave: Knave | undefined;

const need = (): Knave => {
  if (knave === undefined) throw new LabError("lab/not-ready", "no station was opened");
  return knave;
};

const acts: { readonly [Name in keyof Orders]: (value: Orders[Name]["in"]) => Promise<Orders[Name]["out"]> } = {
  open: async (order) => {
    await knave?.stop();
    if (order.restoreFrom !== undefined) {
      await restoreStation(order.restoreFrom, order.dataDir, { nowMs: order.nowMs });
    }
    knave = new Knave(order);
    return await knave.start();
  },
  move: async (untilMs) => need().move(untilMs),
  leap: async (toMs) => need().leap(toMs),
  ops: async ({ identity }) => need().ops(identity),
  pulse: async () => {
    // Turns of this process cost less than questions to it: it looks twice by itself.
    for (let before = -1, pulse = need().pulse(); ; pulse = need().pulse()) {
      if (pulse.activity === before && pulse.busy === 0) return pulse;
      before = pulse.activity;
      await setImmediate();
    }
  },
  backUp: async ({ to }) => {
    await need().backUp(to);
    return undefined;
  },
  save: async ({ to }) => {
    await need().save(to);
    return undefined;
  },
  restart: async ({ from }) => {
    await need().restart(from);
    return undefined;
  },
  lie: async (order) => need().lie(order),
  twin: async () => ({ url: await need().twin() }),
  close: async () => {
    await knave?.stop();
    knave = undefined;
    return undefined;
  },
};

// The driver is gone, and with it everyone who could tell this process anything.
obey<Orders>(acts, () => Promise.resolve());
