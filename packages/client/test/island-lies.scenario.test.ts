/* Homes that hide, forge or take back what stands in a branch (protocol/17-island.md), and how it is noticed. */
import { CompactRange, createTreeHasher } from "@chapar/log";
import { nodeSha256 } from "@chapar/station/node";
import { decodeEntry, type LogId, type Notice } from "@chapar/wire";
import { equalBytes, fromBase32 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { branchShelf } from "../src/island/rows.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { HERE, type Island, group, island, reads } from "./island-scene.ts";
import { flip, Liar, signedHead } from "./liar.ts";
import type { Between, Person } from "./world.ts";

/** A home that somebody stands in front of. */
const through =
  (liar: Liar) =>
  (inner: Between): Between => ({ carriers: (inner.carriers ?? []).map((carrier) => liar.carrier(carrier)) });

async function branchOf(person: Person, id: string): Promise<LogId> {
  const row = await branchShelf.get(new MemoryStore(person.medium), fromBase32(id) ?? new Uint8Array(0));
  const [branch] = row?.branches ?? [];
  if (branch === undefined) throw new Error("no branch");
  return branch.log;
}

/** A group whose hub is abroad, cut off; Sara's home is lied for by a hand in front of it. */
async function cutOff(): Promise<Island & { readonly liar: Liar; readonly all: string }> {
  expect(HERE.length).toBeGreaterThan(0);
  const liar = new Liar();
  const s = await island({ Sara: through(liar) });
  const all = await group(s, s.anna, [s.dara, s.sara]);
  s.border.cut();
  await s.dara.client.send(all, { text: "one" });
  await reads(s, s.sara, all, ["one"]);
  return { ...s, liar, all };
}

const isPushOf = (body: Notice, log: LogId): body is Extract<Notice, { type: "log.push" }> =>
  body.type === "log.push" && equalBytes(body.log, log);

describe("a home that lies about a branch", () => {
  it("J-10 is told of when it promised a letter and does not give it, and the letter comes by the room", async () => {
    const s = await cutOff();
    const log = await branchOf(s.sara, s.all);
    s.liar.lie = (frame) => (frame.kind === "notice" && isPushOf(frame.body, log) ? [] : [frame]);
    // Her own receipt promises what is held back from her.
    await s.sara.client.send(s.all, { text: "two" });
    await s.world.clock.advance(90_000);
    const [alert] = await s.sara.client.alerts();
    expect(alert).toMatchObject({ code: "withheld", conversation: s.all, missing: 1 });
    s.border.join();
    await s.world.clock.advance(120_000);
    await s.world.quiet([s.anna, s.dara, s.sara]);
    for (const person of [s.anna, s.dara, s.sara])
      expect((await person.lines(s.all)).filter((line) => line === "one" || line === "two").toSorted()).toEqual([
        "one",
        "two",
      ]);
    await s.end();
  });

  it("J-10 is told of when it alters a letter, and nothing altered is shown", async () => {
    const s = await cutOff();
    const log = await branchOf(s.sara, s.all);
    s.liar.lie = (frame) => {
      if (frame.kind !== "notice" || !isPushOf(frame.body, log)) return [frame];
      const entries = frame.body.entries.map((entry) => flip(entry, 60));
      return [{ ...frame, body: { ...frame.body, entries } }];
    };
    await s.dara.client.send(s.all, { text: "two" });
    await s.world.clock.advance(120_000);
    expect((await s.sara.lines(s.all)).filter((line) => line.startsWith("["))).toEqual([]);
    expect(await s.sara.client.alerts()).toMatchObject([{ code: "altered", conversation: s.all }]);
    s.liar.repent();
    await reads(s, s.sara, s.all, ["one", "two"]);
    await s.end();
  });

  it("J-3 J-10 a commit that it puts into a branch changes nobody's group", async () => {
    const s = await cutOff();
    const log = await branchOf(s.sara, s.all);
    const epochOf = (bytes: Uint8Array): number => {
      const entry = decodeEntry(bytes);
      return entry.ok && entry.value.kind === "commit" ? entry.value.epoch : -1;
    };
    await s.anna.client.groups.rename(s.all, "renamed abroad");
    await s.world.clock.advance(5_000);
    const abroad = s.stations[0]!.store.writes.flatMap((write) => (write.kind === "chunk" ? write.chunk.entries : []));
    const commit = abroad.toSorted((a, b) => epochOf(a) - epochOf(b)).at(-1)!;
    expect(epochOf(commit)).toBeGreaterThan(0);
    const hasher = createTreeHasher(nodeSha256);
    const range = new CompactRange(hasher);
    const home = s.stations[2]!.store.writes.flatMap((write) =>
      write.kind === "chunk" && equalBytes(write.chunk.log, log) ? write.chunk.entries : [],
    );
    for (const entry of [...home, commit]) range.append(hasher.leaf(entry));
    const timeMs = s.world.clock.nowMs();
    const head = await signedHead("ir1", { logId: log, size: range.size, root: range.root(), timeMs });
    s.liar.say({ kind: "notice", body: { type: "log.push", log, first: home.length, entries: [commit], head } });
    await s.world.clock.advance(5_000);
    expect((await s.sara.client.groups.view(s.all)).title).toBe("all");
    expect((await s.sara.client.conversation(s.all))?.state).toBe("open");
    s.border.join();
    await s.world.clock.advance(120_000);
    await s.world.quiet([s.anna, s.dara, s.sara]);
    expect((await s.sara.client.groups.view(s.all)).title).toBe("renamed abroad");
    await s.end();
  });

  it("J-10 is proved false when its folder was put back to before a letter that it gave", async () => {
    const s = await cutOff();
    const at = s.stations[2]!;
    const copied = at.store.writes.length;
    await s.sara.client.send(s.all, { text: "two" });
    await reads(s, s.sara, s.all, ["one", "two"]);
    await s.world.clock.advance(30_000);
    const { writes } = at.store;
    await at.stop();
    const older = new (at.store.constructor as new () => typeof at.store)();
    await older.commit(writes.slice(0, copied));
    s.stations[2] = await s.border.station("ir1", "IR", { store: older });
    for (let i = 0; i < 60 && (await s.sara.client.alerts()).every(({ proof }) => proof === undefined); i++)
      await s.world.clock.advance(5_000);
    const proved = (await s.sara.client.alerts()).filter(({ proof }) => proof?.shape === "statements");
    expect(proved).toMatchObject([{ conversation: s.all, station: { region: "IR" } }]);
    await s.end();
  });
});
