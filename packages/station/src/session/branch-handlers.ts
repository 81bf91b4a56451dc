/* Making a branch (protocol/17-island.md): by who has the mirrored room open for reading on this link. */
import type { GenesisEntry } from "@chapar/wire";
import type { LinkState } from "./services.ts";

/** Whether this link may make a branch. @throws StationError as `Branches.check` */
export async function needBranch(session: LinkState, genesis: GenesisEntry): Promise<void> {
  if (genesis.of === undefined) return;
  await session.services.federation.branches.check(session.readable(genesis.of.room).log, genesis);
}
