/*
 * Loads and opens the real engine. The only file that names its module.
 */
import type { Client } from "./client-types.ts";

/** Loads the engine's code and opens this browser's profile. */
export async function startEngine(): Promise<Client> {
  const { openClient } = await import("@chapar/client/web");
  return openClient();
}
