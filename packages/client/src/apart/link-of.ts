/* The link on which a room is attended. */
import type { LogId } from "@chapar/wire";
import type { StationLink } from "../link/station-link.ts";

/** The link whose nonce the room's proofs sign: the account's own, where rooms have none of their own (U-1). @throws WireError `wire/link-ended` */
export async function linkOf(link: StationLink, log: LogId): Promise<StationLink> {
  return link.apart === undefined ? link : link.apart.on(log);
}
