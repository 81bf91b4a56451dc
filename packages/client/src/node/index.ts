/* Door `@chapar/client/node`: a profile in a folder. */
import type { Carrier, Clock, Rng } from "@chapar/carrier";
import { systemClock, systemRng, webSocketCarrier } from "@chapar/carrier/node";
import { tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { Client } from "../api.ts";
import { openEngine } from "../engine.ts";
import { openSealed } from "../store/open-sealed.ts";
import type { VaultHolder } from "../store/sealed.ts";
import { keyFile } from "./key-file.ts";
import { openSqliteStore } from "./sqlite-store.ts";

/** How a profile is opened. Everything but the folder has a default. */
export interface NodeClientOptions {
  /** made when absent; one process at a time has it open */
  readonly profileDir: string;
  readonly clock?: Clock;
  /** for the jitter of back-off, never for secrets */
  readonly rng?: Rng;
  /** default: WebSocket over TCP and TLS */
  readonly carriers?: readonly Carrier[];
  /** where the profile's key rests; default: `profile.key` in the folder, mode 0600 */
  readonly vault?: VaultHolder;
  /** told of failures that nobody waits for: codes, never content */
  readonly failed?: (error: unknown) => void;
}

/**
 * Opens the profile in a folder, or makes one.
 *
 * @param profile  the folder, or the folder and what differs from the defaults
 * @throws ClientError `client/profile-in-use` another process has it open · `client/bad-profile` the key is missing or not
 * the one it was sealed with · `client/store-failed`
 * Cost: reads all conversation rows; connects to nothing before `connect`.
 */
export async function openClient(profile: string | NodeClientOptions): Promise<Client> {
  const options = typeof profile === "string" ? { profileDir: profile } : profile;
  const store = await openSealed(openSqliteStore(options.profileDir), options.vault ?? keyFile(options.profileDir));
  const clock = options.clock ?? systemClock();
  const crypto = nodeCrypto();
  try {
    return await openEngine({
      store,
      clock,
      crypto,
      carriers: options.carriers ?? [webSocketCarrier()],
      rng: options.rng ?? systemRng(),
      mls: (authenticate) => tsMls({ crypto, authenticate, nowMs: () => clock.nowMs() }),
      isOnline: () => true,
      ...(options.failed === undefined ? {} : { failed: options.failed }),
    });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

export { keyFile } from "./key-file.ts";
export { openSqliteStore } from "./sqlite-store.ts";
