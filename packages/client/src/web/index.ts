/* Door `@chapar/client/web`: a profile in the browser. */
import type { Carrier, Clock, Rng } from "@chapar/carrier";
import type { LookView } from "./look-view.ts";
import { systemClock, systemRng } from "@chapar/carrier/web";
import { webCrypto } from "@chapar/e2e/web";
import type { Client } from "../client-api.ts";
import { openEngine } from "../engine.ts";
import { ClientError } from "../errors.ts";
import type { OpenRoad } from "../link/road.ts";
import { openSealed } from "../store/open-sealed.ts";
import type { VaultHolder } from "../store/sealed.ts";
import { deferredMls } from "./deferred-mls.ts";
import { openIndexedDbStore } from "./indexeddb-store.ts";
import { browserVault } from "./web-vault.ts";
import type { MlsWorker } from "./worker-mls.ts";

export type { LookView } from "./look-view.ts";

/** How a profile is opened. Everything but the worker has a default. */
export interface WebClientOptions {
  /** of the profile; one tab at a time has it open */
  readonly name?: string;
  /** whose files it has; default: of the same name */
  readonly media?: string;
  readonly clock?: Clock;
  /** for the jitter of back-off, never for secrets */
  readonly rng?: Rng;
  /** drive bare links instead of sessions. By default the home is reached by sessions over WebSockets and bursts */
  readonly carriers?: readonly Carrier[];
  /** where the profile's keys rest; default: non-extractable keys in IndexedDB */
  readonly vault?: VaultHolder;
  /** starts the worker of `@chapar/client/mls-worker`, from an address that the page allows; asked again when one has ended (G-81) */
  readonly mlsWorker: () => Worker | Promise<Worker>;
  /** told of failures that nobody waits for: codes, never content */
  readonly failed?: (error: unknown) => void;
}

const DEFAULT_NAME = "profile";

/** The road is fetched when a first connection is wanted: writing needs none of it. */
const webRoad: OpenRoad = async (ports) => (await import("./web-road.ts")).openWebRoad(ports);

/** Fetches the code of the road, and of what is done over it, ahead of the first connection. */
export async function fetchRoad(): Promise<void> {
  await Promise.all([import("./web-road.ts"), import("../home-session.ts")]);
}

/** Fetches the doctor's code ahead: on the day it is asked for, a frozen line would not bring it. */
export async function fetchLook(): Promise<void> {
  await import("./look.ts");
}

/**
 * Looks at ways from this browser; with `isWide` also whether any ordinary page abroad answers.
 *
 * @param options.far  `host:port` of such pages, one that answers is enough; asked only with `isWide`, which needs the person's word (P-122)
 * @throws the signal's reason
 * Cost: 64 KiB there and back over each way, up to 30 s.
 */
export async function lookFromHere(
  routes: readonly string[],
  options: { readonly isWide: boolean; readonly far: readonly string[]; readonly signal: AbortSignal },
): Promise<LookView> {
  return await (await import("./look.ts")).look(routes, options);
}

/** As the browser knows it; not every one says. */
function isDear(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean; effectiveType?: string } };
  return connection?.saveData === true || /2g/.test(connection?.effectiveType ?? "");
}

/**
 * Opens a profile of this browser, or makes one. Works in a window and in a worker.
 *
 * @throws ClientError `client/profile-in-use` another tab has it open · `client/bad-profile` its keys are gone ·
 * `client/store-failed`
 * Cost: reads all conversation rows; connects to nothing before `connect`.
 */
export async function openClient(options: WebClientOptions): Promise<Client> {
  const name = options.name ?? DEFAULT_NAME;
  const store = await openSealed(await openIndexedDbStore(name), options.vault ?? browserVault(name));
  const clock = options.clock ?? systemClock();
  const crypto = webCrypto();
  const worker = async (): Promise<MlsWorker> =>
    (groups = new (await import("./worker-mls.ts")).MlsWorker(() => start()));
  let start = options.mlsWorker;
  let groups: MlsWorker | undefined;
  try {
    const client = await openEngine({
      store,
      clock,
      crypto,
      carriers: options.carriers ?? [],
      ...(options.carriers === undefined ? { road: webRoad } : {}),
      rng: options.rng ?? systemRng(),
      mls: (authenticate, lost, findPsk) =>
        deferredMls(async () => (await worker()).mls({ authenticate, lost, findPsk, nowMs: () => clock.nowMs() })),
      isOnline: () => navigator.onLine,
      isDear,
      media: async () => (await import("./opfs-shelf.ts")).webMedia(options.media ?? name),
      ...(options.failed === undefined ? {} : { failed: options.failed }),
    });
    // A network that comes back is tried at once; before `connect` and after closing the route is idle.
    globalThis.addEventListener("online", () => {
      if (client.route().state !== "idle") client.connect();
    });
    const close = client[Symbol.asyncDispose].bind(client);
    return Object.assign(client, {
      [Symbol.asyncDispose]: async () => {
        await close();
        start = () => Promise.reject(new ClientError("client/closed"));
        await groups?.end();
      },
    });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

export { openIndexedDbStore } from "./indexeddb-store.ts";
export { browserVault } from "./web-vault.ts";
