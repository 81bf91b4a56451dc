/* What a person is told of a cut border (J-9). */
import { type ConversationRow, outboxShelf, owedShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { IslandView } from "../data-api.ts";
import { wishShelf } from "../groups/wish-row.ts";
import { knownStation } from "../trust/stations.ts";
import { stationView } from "../views.ts";
import { idText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { cutShelf } from "./rows.ts";

/** Stations that the home cannot reach, and what waits for them; undefined: all that were tried answered. */
export async function islandView(member: Member): Promise<IslandView | undefined> {
  const cuts = (await cutShelf.range(member.store, {})).map(({ value }) => value);
  if (cuts.length === 0) return undefined;
  const waiting = { letters: 0, changes: 0, chats: 0 };
  const regions = new Map<string, string>();
  for (const row of member.book.all()) {
    for (const identity of member.book.others(row)) {
      const home = (await member.contacts.get(identity))?.state.home;
      if (home !== undefined) regions.set(idText(home.station.key), home.region);
    }
    const hub = row.room?.hub;
    if (hub === undefined || !cuts.some(({ station }) => equalBytes(station.key, hub.key))) continue;
    waiting.chats += 1;
    waiting.letters += await lettersOf(member, row);
    waiting.changes += (await wishShelf.range(member.store, { prefix: row.id })).length;
  }
  const stations = cuts.map(({ station }) => {
    const { ref, region, name } = knownStation(member, station);
    return stationView(ref, region === "" ? (regions.get(idText(ref.key)) ?? "") : region, name);
  });
  return { sinceMs: Math.min(...cuts.map(({ sinceMs }) => sinceMs)), stations, ...waiting };
}

/** Own letters that the hub has not: in the outbox, or in a branch. */
async function lettersOf({ store }: Member, { id }: ConversationRow): Promise<number> {
  const out = await outboxShelf.range(store, { prefix: id });
  const owed = await owedShelf.range(store, { prefix: id });
  return out.filter(({ value }) => value.visible && !value.receipted).length + owed.length;
}
