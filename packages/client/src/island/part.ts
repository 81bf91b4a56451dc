/* Going on while the hub of a room is out of reach (protocol/17-island.md): brought when the first hub is, or a branch is told of. */
import { idText } from "@chapar/wire";
import type { StationLink } from "../link/station-link.ts";
import type { MakeSessionPart } from "../session/part.ts";
import type { Branches } from "./branches.ts";

/** What a genesis says that begins a branch. */
const BRANCH = 2;

/** The part. */
export const islandPart: MakeSessionPart = (member, tools) => {
  let made: Promise<Branches> | undefined;
  let on: Branches | undefined;
  const branches = (): Promise<Branches> =>
    (made ??= import("./branches.ts").then((code) => (on = new code.Branches(member, tools))));
  const run = (name: string, work: (them: Branches, link: StationLink) => Promise<void>): void =>
    tools.run(`island ${name}`, async (link) => work(await branches(), link));
  return {
    name: "island",
    begin: () =>
      tools.run("island", async (link) => {
        const kept = await member.store.range("branch", { limit: 1 });
        if (made || kept.length > 0) await (await branches()).begin(link);
      }),
    end: () => on?.end(),
    push: (link, push) => {
      if (made === undefined && push.entries[0]?.[2] !== BRANCH) return;
      branches().then(
        (them) => them.push(link, push),
        (error: unknown) => member.failed(error),
      );
    },
    moved: (row, epoch) => {
      if (epoch) on?.over(row);
    },
    isHeld: (row) => on?.isHeld(row) ?? false,
    unreachable: (row) => run(idText(row.id), (them, link) => them.cut(link, row)),
    unseen: (station) => run("probe", (them, link) => them.unseen(link, station)),
  };
};
