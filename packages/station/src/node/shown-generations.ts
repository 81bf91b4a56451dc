/* Which generations of a station's log its witnesses show (E-3): a restoration begins one that none of them has seen. */
import { generationKey, MAX_GENERATIONS } from "@chapar/evidence";
import { monitorPath, openCheckpoint } from "@chapar/log";
import type { StationKey } from "@chapar/wire";
import type { WitnessParty } from "../ledger/witnesses.ts";
import { nodeSha256, nodeVerifier } from "./node-crypto.ts";
import { peekCheckpoint } from "./witness-post.ts";

const LIMIT_MS = 10_000;
/** Generations asked for beyond the highest that is known. */
const LOOK_AHEAD = 4;

/**
 * The highest generation above one that any witness shows under the station's own signature; undefined when none does. Witnesses that
 * cannot be reached say nothing.
 */
export async function shownGenerations(
  witnesses: readonly WitnessParty[],
  station: StationKey,
  above: number,
): Promise<number | undefined> {
  const primitives = { sha256: nodeSha256, ed25519: nodeVerifier() };
  const isShown = async ({ url }: WitnessParty, generation: number): Promise<boolean> => {
    const key = generationKey(station, generation, nodeSha256);
    try {
      const signal = AbortSignal.timeout(LIMIT_MS);
      const bytes = await peekCheckpoint(`${url}/${monitorPath(key.name, nodeSha256)}`, signal);
      const opened = await openCheckpoint(bytes, [key], primitives);
      return opened.ok && opened.value.checkpoint.origin === key.name;
    } catch {
      return false;
    }
  };
  let highest: number | undefined;
  for (let next = above + 1; next <= Math.min(MAX_GENERATIONS, (highest ?? above) + LOOK_AHEAD); next++) {
    const shown = await Promise.all(witnesses.map((one) => isShown(one, next)));
    if (shown.includes(true)) highest = next;
  }
  return highest;
}
