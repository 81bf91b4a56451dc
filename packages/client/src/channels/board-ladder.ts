/* Who is asked for what a hub owes of a board (H-14): the home again, the hub and the homes of whoever writes, a witness; readers do not know each other. */
import type { IdentityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Ladder } from "../repair/ladder.ts";
import type { SessionTools } from "../session/part.ts";
import type { Boards } from "./board.ts";
import { channelShelf } from "./rows.ts";

/** The ladder of boards. */
export function boardLadder(member: Member, { logs, access, rng, watch }: SessionTools, boards: Boards): Ladder {
  return new Ladder(
    member,
    {
      logs,
      access,
      witnesses: (station) => watch.witnesses(station),
      climbs: ({ kind }) => kind === "channel",
      reader: async (row) => boards.reader(row),
      people: async (row) => peopleOf(member, row),
      offer: async (row, page, source) => boards.offer(row, page, source),
      ask: async (_, row) => {
        boards.open(row);
        return 0;
      },
      skip: async (row, to) => boards.skip(row, to),
      found: () => watch.judge(),
    },
    rng,
  );
}

/** Whoever writes here and is somebody else. */
async function peopleOf({ store, profile }: Member, { id }: ConversationRow): Promise<readonly IdentityId[]> {
  const channel = await channelShelf.get(store, id);
  return channel?.writers.filter((one) => !equalBytes(one, profile.row.identity)) ?? [];
}
