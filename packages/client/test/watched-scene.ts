/* The scene of lies about the station log: what Dara is told of it is written by the test. */
import { createEvidencePorts, type EvidencePorts, type Verdict, verifyBundle } from "@chapar/evidence";
import { nodeCrypto } from "@chapar/e2e/node";
import type { LogId } from "@chapar/wire";
import { expect } from "vitest";
import type { AlertView } from "../src/index.ts";
import { firstLog, type Scene, scene } from "./lying-scene.ts";
import { ScriptedLedger, signerOf } from "./scripted-ledger.ts";

const crypto = nodeCrypto();
/** What bundles are verified with. */
export const ports: EvidencePorts = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature),
);
/** Never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;
/** A scene whose station log the test writes. */
export interface Watched extends Scene {
  readonly script: ScriptedLedger;
  readonly log: LogId;
}

/** The scene, with a log of its own that says the truth as far as Dara reads it. */
export async function watched(): Promise<Watched> {
  const script = new ScriptedLedger(await signerOf("one"));
  const s = await scene((liar) => {
    liar.lie = script.watch;
    liar.answer = script.answer;
  });
  const log = await firstLog(s);
  await s.sara.client.send(s.id, { text: "seen" });
  await s.world.quiet([s.sara, s.dara]);
  await script.epoch(s.world.clock.nowMs() + 1);
  await check(s);
  expect(await s.dara.client.alerts()).toEqual([]);
  return { ...s, script, log };
}

/** Has Dara check now. */
export async function check(s: Scene): Promise<void> {
  await s.world.clock.advance(20);
  await s.world.settle(s.dara.client.check({ signal: NEVER }));
}

/** The only alert of Dara. */
export async function only(s: Scene): Promise<AlertView> {
  const [first, ...more] = await s.dara.client.alerts();
  expect(more).toEqual([]);
  if (first === undefined) throw new Error("no alert");
  return first;
}

/** The bundle of the only alert, as a stranger judges it. */
export async function verdict(s: Scene): Promise<Verdict> {
  const { id, proof } = await only(s);
  const bytes = await s.dara.client.proof(id);
  expect(bytes.byteLength).toBeLessThanOrEqual(4096);
  const judged = await verifyBundle(bytes, ports);
  if (!judged.ok) throw new Error(judged.code);
  expect(proof?.shape).toBe(judged.value.shape);
  return judged.value;
}
