/*
 * Stands in for `@chapar/client/web` in the gallery and the screenshots: the address's query says which world.
 */
import type { Client } from "../state/client-types.ts";
import { MemoryClient } from "./memory-client.ts";
import { fill } from "./sample.ts";

/** Opens the in-memory engine; `?world=empty|full|long|new`, `?route=…`, `?queued=n`. */
export async function openClient(): Promise<Client> {
  const client = new MemoryClient();
  const query = new URLSearchParams(location.search);
  const world = query.get("world") ?? "full";
  const found = await fill(client);
  const shown = world === "full" || world === "long" ? client : new MemoryClient();
  if (world === "empty") shown.become("Dara");
  for (const [text, preview] of client.invites) shown.invites.set(text, preview);
  if (world === "long") {
    const id = shown.addRoom({ identity: "archive", name: "Archive", home: undefined });
    for (let at = 0; at < 3000; at += 1)
      shown.addMessage(id, {
        mine: at % 3 === 0,
        text: `${at}: ${"word ".repeat(1 + ((at * 7) % 23))}`,
        atMs: Date.now() - (3000 - at) * 600_000,
      });
  }
  const state = query.get("route");
  if (state !== null) {
    shown.setRoute({
      state: state as "open",
      bytesPerSecond: state === "open" ? 11_300 : 0,
      queued: Number(query.get("queued") ?? 0),
      sinceMs: Date.now() - 600_000,
      code: state === "refused" ? "station/quota" : undefined,
    });
  }
  Object.assign(globalThis, { memoryClient: shown, rooms: found });
  return shown;
}

/** The in-memory engine seals nothing. */
export async function fetchMls(): Promise<void> {}
