/* A link in cells (protocol/18-unlinkability.md §2). */
import { type Clock, dialerCells, type Rng } from "@chapar/carrier";
import type { StationLink } from "../link/station-link.ts";

/** Has a link go on in cells; before anything else is asked on it. @throws WireError `wire/link-ended` and what the station refused with */
export async function pace(link: StationLink, ports: { readonly clock: Clock; readonly rng: Rng }): Promise<void> {
  await link.ask({ type: "cells" }, "done");
  link.through((inner) => dialerCells(inner, ports));
}
