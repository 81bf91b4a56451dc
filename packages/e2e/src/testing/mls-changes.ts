/* Any mix of changes, by any member, in any order: everyone who stays is in one epoch, everyone who left is out. */
import { equalBytes } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { codeOf, type Party, type World } from "./mls-party.ts";

const MAX_PARTIES = 9;

interface Round {
  readonly committer: number;
  readonly adds: number;
  readonly removes: readonly number[];
  readonly context: Uint8Array | undefined;
  /** a member starts again from its records before the round */
  readonly restarts: number;
  /** after the commit an outsider comes in by its own, or a member takes its old leaf out and comes in anew */
  readonly outside: "nobody" | "stranger" | "member";
}

const ROUND: fc.Arbitrary<Round> = fc.record({
  committer: fc.nat(),
  adds: fc.constantFrom(0, 0, 1, 1, 2, 3),
  removes: fc.oneof(fc.constant([]), fc.array(fc.nat(), { maxLength: 3 })),
  context: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined, freq: 3 }),
  restarts: fc.nat(),
  outside: fc.constantFrom("nobody", "nobody", "stranger", "member"),
});

/** A commit from outside that everybody opens. @returns who is in the group then */
async function comeIn(world: World, parties: readonly Party[], round: Round): Promise<Party[]> {
  const returning = round.outside === "member" ? parties[round.restarts % parties.length] : undefined;
  const others = parties.filter((party) => party !== returning);
  if (round.outside === "nobody" || others.length === 0 || parties.length >= MAX_PARTIES) return [...parties];
  const newcomer = returning ?? (await world.party());
  const join = await newcomer.knock(others[round.committer % others.length]!);
  await newcomer.enter(join);
  const kind = returning === undefined ? "join" : "resync";
  for (const other of others) expect(await other.open(join.frame)).toMatchObject({ kind: "commit", change: { kind } });
  return [...others, newcomer];
}

async function play(world: World, parties: readonly Party[], round: Round): Promise<Party[]> {
  await parties[round.restarts % parties.length]!.restart();
  const committer = parties[round.committer % parties.length]!;
  const gone = new Set(round.removes.map((at) => parties[at % parties.length]!).filter((party) => party !== committer));
  const room = MAX_PARTIES - (parties.length - gone.size);
  const joiners = [];
  for (let i = 0; i < Math.min(round.adds, room); i++) {
    const party = await world.party();
    joiners.push({ party, keyPackage: await party.mls.keyPackage(party.device) });
  }
  const pending = await committer.pend({
    add: joiners.map(({ keyPackage }) => keyPackage.publicBytes),
    remove: [...gone].map(({ group }) => group.ownLeaf),
    ...(round.context === undefined ? {} : { context: round.context }),
  });
  await committer.merge(pending);
  for (const party of parties) {
    if (party === committer) continue;
    expect(await party.open(pending.frame)).toMatchObject({ kind: "commit", left: gone.has(party) });
  }
  for (const { party, keyPackage } of joiners) await party.join(keyPackage, pending);
  const within = [...parties.filter((party) => !gone.has(party)), ...joiners.map(({ party }) => party)];
  const stay = await comeIn(world, within, round);
  const frame = await stay.at(-1)!.seal("round");
  for (const party of gone) expect(await codeOf(party.open(frame))).toBe("e2e/not-a-member");
  for (const party of stay.slice(0, -1)) expect(await party.read(frame)).toBe("round");
  return stay;
}

export function describeChanges(world: () => World, runs: number): void {
  it("G-10 any mix of changes by any members leaves those who stay in one epoch, those who left outside", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ROUND, { minLength: 3, maxLength: 8 }), async (rounds) => {
        let parties: Party[] = await world().group(2);
        for (const round of rounds) parties = await play(world(), parties, round);
        const [first] = parties;
        const secret = await first!.mls.exportSecret(first!.group, "test", new Uint8Array(0), 32);
        for (const { mls, group } of parties) {
          expect(equalBytes(await mls.exportSecret(group, "test", new Uint8Array(0), 32), secret)).toBe(true);
          expect(group.members()).toEqual(first!.group.members());
          expect(group.context).toEqual(first!.group.context);
        }
      }),
      { numRuns: runs },
    );
  });
}
