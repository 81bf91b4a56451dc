/*
 * What was noticed of stations and keys, newest first, as the engine has it. Followed from when the first screen is quiet;
 * who asks earlier brings it. A new alert is announced once, by its title.
 */
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import { announce } from "./announcer.ts";
import { chats } from "./chats.ts";
import type { AlertView, PersonView } from "./client-types.ts";
import { engine, me, onEngineEvent } from "./engine.ts";
import { pausedPeople } from "./paused.ts";

/** undefined until they were read. */
export const alerts: Signal<readonly AlertView[] | undefined> = signal(undefined);

export const unseenAlerts: ReadonlySignal<number> = computed(
  () => (alerts.value ?? []).filter((alert) => !alert.seen).length,
);

/** An alert of this device by its id. */
export function alertOf(id: string | undefined): AlertView | undefined {
  return alerts.value?.find((alert) => alert.id === id);
}

/** A person of any conversation of this device. */
export function personOf(identity: string): PersonView | undefined {
  return chats.value?.flatMap(({ people }) => people).find((person) => person.identity === identity);
}

/** A person's name, safe to show; undefined for this device's own account. */
export function nameOf(identity: string | undefined): string | undefined {
  if (identity !== undefined && identity === me.value?.identity) return undefined;
  const name = identity === undefined ? "" : plainName(personOf(identity)?.name ?? "");
  return name === "" ? t("chatNobody") : name;
}

async function readPaused(rows: readonly AlertView[]): Promise<ReadonlySet<string>> {
  const client = await engine();
  const forked = new Set(rows.flatMap(({ code, person }) => (code === "chain-forked" ? [person ?? ""] : [])));
  forked.delete("");
  const paused = new Set<string>();
  for (const identity of forked) {
    // Somebody whose keys were forgotten since cannot be written to either.
    const view = await client.safety(identity).catch(() => undefined);
    if (view?.paused === true) paused.add(identity);
  }
  return paused;
}

let reading: Promise<void> | undefined;
let isStale = false;

async function readAll(): Promise<void> {
  do {
    isStale = false;
    const before = alerts.peek();
    const rows = await (await engine()).alerts();
    alerts.value = rows;
    pausedPeople.value = await readPaused(rows);
    const known = new Set(before?.map(({ id }) => id));
    if (before !== undefined && rows.some(({ id, seen }) => !seen && !known.has(id))) announce(t("noteAlert"));
  } while (isStale);
}

/** Reads the list; readings that overlap are one. */
export function loadAlerts(): Promise<void> {
  isStale = true;
  reading ??= readAll().finally(() => (reading = undefined));
  return reading;
}

/** Begins to keep the list equal to the engine's. */
export function followAlerts(): () => void {
  const stop = onEngineEvent((event) => {
    if (event.type === "alerts") void loadAlerts();
  });
  void loadAlerts();
  return stop;
}
