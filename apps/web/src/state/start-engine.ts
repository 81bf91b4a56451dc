/*
 * Loads and opens the real engine. Only this file and the lock name its module.
 */
import type { Client } from "./client-types.ts";

/** The worker that seals and opens. */
export const mlsWorker = async (): Promise<Worker> => (await import("./mls-worker.ts")).takeMlsWorker();

/** Loads the engine's code and opens this browser's profile. */
export async function startEngine(): Promise<Client> {
  const { openClient } = await import("@chapar/client/web");
  return openClient({ mlsWorker });
}
