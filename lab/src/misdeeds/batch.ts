/*
 * One batch of one mode: people write while the readers are away, the station begins to lie, the readers come back, everyone
 * goes on writing, and what each is told is noted. Every place is lied about once, so what is counted is exact.
 */
import { type BatchOrder, MODES } from "./modes.ts";
import type { Told } from "./orders.ts";
import { GOING_ON_EVERY_MS, PLAYS } from "./plays.ts";
import { checkProofs, type ProofCount } from "./proofs.ts";
import type { Stage, World } from "./stage.ts";
import { type Exported, exportProofs, type Finding, hasEverything, Watch } from "./watch.ts";

const DETECTION_LIMIT_MS = 420_000;
const REPAIR_LIMIT_MS = 240_000;

/** What came of it. */
export interface BatchResult {
  readonly order: BatchOrder;
  readonly told: readonly Told[];
  readonly findings: ReadonlyMap<number, Finding>;
  /** places where the reader had every text in the end */
  readonly repaired: ReadonlySet<number>;
  /** bundles that the people of the batch could export in the end */
  readonly proofs: readonly Exported[];
  readonly proofCount: ProofCount;
  /** failures that the engines counted, by code */
  readonly failures: ReadonlyMap<string, number>;
}

/** Plays a batch. Cost: some tens of milliseconds of processor a conversation, and a few for each virtual second. */
export async function playBatch(stage: Stage, order: BatchOrder): Promise<BatchResult> {
  const failures = new Map<string, number>();
  const failed = (code: string): void => void failures.set(code, (failures.get(code) ?? 0) + 1);
  await using world = await stage.world(order.seed, failed);
  const { told, sides, escape } = await PLAYS[MODES[order.mode]](world, order);
  const places = new Set(told.map(({ place }) => place));
  const watch = new Watch(
    world.conductor,
    sides.filter(({ place }) => places.has(place)),
  );
  for (const reader of world.readers) reader.gate.open();
  await goOn(world, watch, places);
  escape?.();
  const repaired = await awaitRepair(world, places);
  watch.end();
  const proofs = await exportProofs(world.people);
  const proofCount = await checkProofs(proofs);
  return { order, told, findings: watch.findings, repaired, proofs, proofCount, failures };
}

/** Life goes on until everything was noticed, or it is too late. */
async function goOn({ conductor, talks }: World, watch: Watch, places: ReadonlySet<number>): Promise<void> {
  const untilMs = conductor.nowMs + DETECTION_LIMIT_MS;
  const isNoticed = (): boolean => watch.findings.size === places.size;
  while (!isNoticed() && conductor.nowMs < untilMs) {
    await conductor.until(isNoticed, GOING_ON_EVERY_MS);
    for (const { place, writer, reader, id } of talks) {
      if (watch.findings.has(place)) continue;
      // A conversation that was stopped takes no more; that is what is measured, not a failure.
      await Promise.allSettled([writer.client.send(id, { text: "on" }), reader.client.send(id, { text: "and on" })]);
    }
  }
}

async function awaitRepair({ conductor, talks }: World, places: ReadonlySet<number>): Promise<ReadonlySet<number>> {
  const repaired = new Set<number>();
  const wanted = talks.filter(({ place }) => places.has(place));
  const untilMs = conductor.nowMs + REPAIR_LIMIT_MS;
  while (repaired.size < wanted.length && conductor.nowMs < untilMs) {
    await conductor.advance(GOING_ON_EVERY_MS);
    for (const talk of wanted) if (await hasEverything(talk)) repaired.add(talk.place);
  }
  return repaired;
}
