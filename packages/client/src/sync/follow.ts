/* Following a log whose next body may be gone (E-17). */
import { isWireError, type LogId } from "@chapar/wire";
import type { StationLink } from "../link/station-link.ts";

/**
 * Has everything of a log pushed from an index on.
 *
 * @returns how many bodies are gone from there on: 0, or nothing is followed until the reader has read past them
 * @throws WireError with any other refusal
 */
export async function follow(link: StationLink, log: LogId, from: number): Promise<number> {
  try {
    await link.ask({ type: "log.follow", log, from }, "done");
    return 0;
  } catch (error) {
    const isGone = isWireError(error, "station/pruned") && typeof error.detail === "number" && error.detail > 0;
    if (isGone) return error.detail;
    throw error;
  }
}
