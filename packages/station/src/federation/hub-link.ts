/* The link over which a mirror asks its hub for a resident. */
import type { Request, Response } from "@chapar/wire";
import { isStationError, type StationCode, stationError } from "../errors.ts";
import type { LinkState } from "../session/services.ts";
import type { Following } from "./following.ts";
import type { Peers } from "./peers.ts";

/**
 * The link on which the hub pushes; while it does not, because it went back behind our copy for instance, any other one to it.
 *
 * @throws StationError `station/peer-unreachable`, at once when the hub was out of reach a moment ago: the loop dials again and again
 */
export async function linkTo(peers: Peers, { session, mirror, isCut }: Following): Promise<LinkState> {
  const open = session ?? (isCut ? peers.current(mirror.hub.key) : undefined);
  if (open === undefined && isCut) throw stationError("station/peer-unreachable");
  return open ?? (await peers.link(mirror.hub));
}

/** Asks; a link on which the hub does not answer in time is given up, for a cut line tells nobody. @throws StationError */
export async function askForResident(peers: Peers, session: LinkState, body: Request): Promise<Response> {
  try {
    return await peers.askOn(session, body);
  } catch (error) {
    if (isStationError(error) && error.code === "station/peer-unreachable") session.frames.goodbye("wire/idle");
    throw error;
  }
}

/** An answer that is a refusal becomes one of ours. @throws StationError */
export function throwIfError(answer: Response): void {
  if (answer.type === "error") throw stationError(answer.code satisfies StationCode, answer.detail);
}
