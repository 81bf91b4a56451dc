/*
 * What the engine knows of people to compare with, read when a screen asks for it.
 */
import { signal } from "@preact/signals";
import type { SafetyView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { loadAlerts } from "../state/alerts.ts";

/** `undefined` in the map: this device has no keys of the person */
const held = signal<ReadonlyMap<string, SafetyView | undefined>>(new Map());

/** What was read of a person last. */
export function safetyOf(identity: string): SafetyView | undefined {
  return held.value.get(identity);
}

/** Whether a person was read and is not known. */
export function isUnknown(identity: string): boolean {
  return held.value.has(identity) && held.value.get(identity) === undefined;
}

/** Reads a person again. */
export async function loadSafety(identity: string): Promise<void> {
  const view = await (await engine()).safety(identity).catch(() => undefined);
  held.value = new Map(held.peek()).set(identity, view);
}

/** The digits were compared and are the same; ends a pause of sending. */
export async function markCompared(identity: string): Promise<void> {
  await (await engine()).markCompared(identity);
  await Promise.all([loadSafety(identity), loadAlerts()]);
}
