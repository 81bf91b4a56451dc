/*
 * A lie of each shape, false in each way that it can be, with an honest twin that has the same objects and shows nothing. Made by
 * copies of an honest station that went different ways, so every object is one that a station would sign.
 */
import type { StationKey } from "@chapar/wire";
import type { Lie } from "./lie.ts";
import { checkpointLies, foldLies, identityLies } from "./lies-of-ledgers.ts";
import { duplicateLies, headsLies, logLies, statementLies } from "./lies-of-logs.ts";
import { manifestLies, unansweredLies } from "./lies-of-words.ts";
import { TestStation } from "./station.ts";

/** Every lie; the accused is always the station of `testSigner(1)`. */
export async function makeLies(): Promise<readonly Lie[]> {
  const lies = [
    await statementLies(),
    await logLies(),
    await headsLies(),
    await checkpointLies(),
    await identityLies(),
    await manifestLies(),
    await unansweredLies(),
    await duplicateLies(),
    await foldLies(),
  ];
  return lies.flat();
}

/** The station that the lies are of. */
export const LIAR: StationKey = new TestStation().key;
