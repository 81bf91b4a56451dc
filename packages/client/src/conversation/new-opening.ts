/* An opening as it begins: known before any code that advances it is here. */
import type { StationRef } from "@chapar/wire";
import type { OpeningRow } from "./rows.ts";

const NOTHING = new Uint8Array(0);

/** An opening as it begins. */
export function newOpening(at: StationRef): OpeningRow {
  const empty = { genesis: NOTHING, writeSeed: NOTHING, readSeed: NOTHING, commit: NOTHING, welcome: NOTHING };
  return { stage: "take", at, ...empty, tree: NOTHING, welcomes: [] };
}
