/* A cut border, in words (protocol/17-island.md). */
import type { IslandView } from "@chapar/client";
import { printableLine } from "./printable.ts";

const count = (many: number, one: string, more: string): string => `${many} ${many === 1 ? one : more}`;

/** What is out of reach, what goes on, and what waits; a line each. */
export function islandWords(view: IslandView | undefined, when: (atMs: number) => string): string {
  if (view === undefined) return "Nothing that was tried is out of reach.";
  const { sinceMs, stations, chats, letters, changes } = view;
  const names = stations.map(({ name, region, urls }) => {
    const called = name === "" ? (urls[0] ?? "a station") : name;
    return printableLine(region === "" ? called : `${called} (${region})`);
  });
  const waits = changes === 0 ? "" : `, and ${count(changes, "change", "changes")} of members and roles`;
  return [
    `Cut off since ${when(sinceMs)} from ${names.join(", ")}.`,
    "Everything whose station is on this side works: sign-up, chats, groups, files, search, moving.",
    `${count(chats, "chat is", "chats are")} ordered there; people on this side go on in them among themselves.`,
    `${count(letters, "message waits", "messages wait")} for the other side${waits}.`,
  ].join("\n");
}
