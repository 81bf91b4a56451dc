/* Door `@chapar/client/web`: a profile in the browser. */
import type { Carrier, Clock, Rng } from "@chapar/carrier";
import { systemClock, systemRng, webSocketCarrier } from "@chapar/carrier/web";
import { webCrypto } from "@chapar/e2e/web";
import type { Client } from "../api.ts";
import { openEngine } from "../engine.ts";
import { openSealed } from "../store/open-sealed.ts";
import type { VaultHolder } from "../store/sealed.ts";
import { deferredMls } from "./deferred-mls.ts";
import { openIndexedDbStore } from "./indexeddb-store.ts";
import { browserVault } from "./web-vault.ts";

/** How a profile is opened. Everything has a default. */
export interface WebClientOptions {
  /** of the profile; one tab at a time has it open */
  readonly name?: string;
  readonly clock?: Clock;
  /** for the jitter of back-off, never for secrets */
  readonly rng?: Rng;
  /** default: the browser's WebSocket */
  readonly carriers?: readonly Carrier[];
  /** where the profile's keys rest; default: non-extractable keys in IndexedDB */
  readonly vault?: VaultHolder;
  /** told of failures that nobody waits for: codes, never content */
  readonly failed?: (error: unknown) => void;
}

const DEFAULT_NAME = "profile";

/**
 * Opens a profile of this browser, or makes one. Works in a window and in a worker.
 *
 * @throws ClientError `client/profile-in-use` another tab has it open · `client/bad-profile` its keys are gone ·
 * `client/store-failed`
 * Cost: reads all conversation rows; connects to nothing before `connect`.
 */
export async function openClient(options: WebClientOptions = {}): Promise<Client> {
  const name = options.name ?? DEFAULT_NAME;
  const store = await openSealed(await openIndexedDbStore(name), options.vault ?? browserVault(name));
  const clock = options.clock ?? systemClock();
  const crypto = webCrypto();
  try {
    const client = await openEngine({
      store,
      clock,
      crypto,
      carriers: options.carriers ?? [webSocketCarrier()],
      rng: options.rng ?? systemRng(),
      mls: (authenticate) => deferredMls(({ tsMls }) => tsMls({ crypto, authenticate, nowMs: () => clock.nowMs() })),
      isOnline: () => navigator.onLine,
      ...(options.failed === undefined ? {} : { failed: options.failed }),
    });
    // A network that comes back is tried at once; before `connect` and after closing the route is idle.
    globalThis.addEventListener("online", () => {
      if (client.route().state !== "idle") client.connect();
    });
    return client;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

export { fetchMls } from "./deferred-mls.ts";
export { openIndexedDbStore } from "./indexeddb-store.ts";
export { browserVault } from "./web-vault.ts";
