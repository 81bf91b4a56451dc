/*
 * The one way from the screens to the engine. Screens read signals from here and act through `engine()`; the engine is
 * loaded, opened and told about the network here, and nowhere else. Values are snapshots and events carry ids, so the
 * same code works when the engine lives in a worker.
 */
import { batch, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { Client, ClientEvent, Me, RouteView } from "./client-types.ts";

const IDLE: RouteView = { state: "idle", kind: undefined, sinceMs: 0, bytesPerSecond: 0, queued: 0, code: undefined };

export const me: Signal<Me | undefined> = signal(undefined);
export const route: Signal<RouteView> = signal(IDLE);

type Listener = (event: ClientEvent) => void;
const listeners = new Set<Listener>();
let held: Client | undefined;
let settle: (client: Client) => void;
let opened: Promise<Client> = new Promise((resolve) => (settle = resolve));

/** The open engine; waits for it when it is still loading. */
export function engine(): Promise<Client> {
  return opened;
}

/** The open engine, or undefined while it is loading. */
export function engineNow(): Client | undefined {
  return held;
}

/** Events of the engine, also of one that is opened later. */
export function onEngineEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes an open engine into use. The app does it once; tests and the gallery do it with the in-memory one. */
export function adoptEngine(client: Client): () => void {
  if (held !== undefined) opened = new Promise((resolve) => (settle = resolve));
  held = client;
  const refresh = (): void => {
    batch(() => {
      me.value = client.me();
      route.value = client.route();
    });
  };
  const stop = client.subscribe((event) => {
    if (event.type === "route") route.value = event.route;
    else if (event.type === "me") refresh();
    // The number of waiting messages changes with them, also while no route does.
    else if (event.type === "message") route.value = client.route();
    for (const listener of listeners) listener(event);
  });
  refresh();
  settle(client);
  return stop;
}
