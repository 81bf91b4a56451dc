/* A process that plays batches and seasons, one after the other, on a stage of its own. */
import { rmSync } from "node:fs";
import { playBatch } from "./batch.ts";
import type { LaneOrders } from "./lanes.ts";
import { obey } from "./obedient.ts";
import { playSeason } from "./season.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();
// Also when this process fails: what it has in memory as a folder would stay there.
process.on("exit", () => rmSync(stage.root, { recursive: true, force: true }));

obey<LaneOrders>({ batch: (order) => playBatch(stage, order), season: (order) => playSeason(stage, order) }, () =>
  stage[Symbol.asyncDispose](),
);
