/* Lies about logs: shapes 1 statements, 2 log, 3 heads and 8 duplicate. */
import {
  consistencyProof,
  contradiction,
  contradictionByProof,
  encodeContradiction,
  inclusionProof,
  type SignedStatement,
} from "@chapar/log";
import { nth, testHasher } from "@chapar/log/testing";
import { utf8 } from "@chapar/wire/bytes";
import type { Bundle } from "../types.ts";
import { begun, full, type Lie, ROOM } from "./lie.ts";
import { TestStation } from "./station.ts";

const hasher = testHasher();

/** Lies of one shape. */
export async function statementLies(): Promise<Lie[]> {
  const station = await begun();
  const fork = station.copy();
  const { key } = station;
  const shrunk = new TestStation(station.signer, station.timeMs + 5);
  const a = await station.append(ROOM, ["four", "five"]);
  fork.tick();
  const b = await fork.append(ROOM, ["FOUR", "five"]);
  const c = await fork.append(ROOM, ["six", "seven"]);
  const small = await shrunk.append(ROOM, ["one"]);
  const later = await station.append(ROOM, ["six"]);
  const { tree } = fork.room(ROOM);
  const bridge = { other: tree.root(5), proof: await consistencyProof(5, 7, tree.reader, hasher) };
  const leaf = { other: hasher.leaf(utf8("FOUR")), proof: await inclusionProof(3, 7, tree.reader, hasher) };
  const found = [
    contradiction(a.head, b.head),
    contradiction(nth(a.receipts, 0), nth(c.receipts, 0)),
    contradiction(nth(a.receipts, 0), nth(b.receipts, 0)),
    contradiction(a.head, small.head),
    contradictionByProof(a.head, c.head, bridge, hasher),
    contradictionByProof(nth(a.receipts, 0), c.head, leaf, hasher),
  ].flatMap((one) => (one === undefined ? [] : [one]));
  // The receipts of one index are equal in size here: a later one of the fork makes the shape by itself.
  fork.tick();
  const again = await fork.append(ROOM, ["FOUR", "eight"]);
  const sameIndex = contradiction(nth(a.receipts, 0), nth(again.receipts, 0));
  if (sameIndex !== undefined) found.push(sameIndex);
  const unique = new Map(found.map((one) => [one.shape, one]));
  return [...unique.values()].map((one) => ({
    name: `statements ${one.shape}`,
    fault: one.shape,
    bundle: { shape: "statements", station: key, contradiction: encodeContradiction(one) },
    honest: {
      shape: "statements",
      station: key,
      contradiction: encodeContradiction({ shape: "same-size", a: a.head, b: later.head }),
    },
  }));
}

/** Lies of one shape. */
export async function logLies(): Promise<Lie[]> {
  const station = await begun();
  const fork = station.copy();
  const { key } = station;
  const short = station.copy();
  const a = await station.append(ROOM, ["four"]);
  const longer = await station.append(ROOM, ["five", "six"]);
  station.tick();
  await fork.append(ROOM, ["FOUR"]);
  fork.tick();
  await fork.epoch();
  const four = await fork.headClaim(ROOM);
  await fork.append(ROOM, ["FIVE", "SIX", "SEVEN"]);
  await fork.epoch();
  const seven = await fork.headClaim(ROOM);
  await station.epoch();
  const honestClaim = await station.headClaim(ROOM);
  short.tick(2);
  await short.epoch();
  const three = await short.headClaim(ROOM);
  // Signed after an epoch of seven entries, and has five.
  const behind = new TestStation(station.signer, fork.timeMs + 1);
  const late = await behind.append(ROOM, ["1", "2", "3", "4", "5"]);
  const { tree } = fork.room(ROOM);
  const bridge = { other: tree.root(6), proof: await consistencyProof(6, 7, tree.reader, hasher) };
  const own = station.room(ROOM).tree;
  const down = { other: own.root(4), proof: await consistencyProof(4, 6, own.reader, hasher) };
  const same = { other: own.root(4), proof: await consistencyProof(4, 6, own.reader, hasher) };
  const log = (statement: SignedStatement, claim: typeof four, by?: typeof bridge): Bundle => ({
    shape: "log",
    station: key,
    statement: full(statement),
    claim,
    bridge: by,
  });
  const honest = log(longer.head, honestClaim);
  return [
    { name: "log other-root", fault: "other-root", bundle: log(a.head, four), honest },
    { name: "log omitted", fault: "omitted", bundle: log(a.head, three), honest },
    { name: "log rolled-back", fault: "rolled-back", bundle: log(late.head, seven), honest },
    {
      name: "log other-prefix of the epoch",
      fault: "other-prefix",
      bundle: log(longer.head, seven, bridge),
      honest: log(a.head, honestClaim, same),
    },
    {
      name: "log other-prefix of the statement",
      fault: "other-prefix",
      bundle: log(longer.head, four, down),
      honest: log(a.head, honestClaim, same),
    },
  ];
}

/** Lies of one shape. */
export async function headsLies(): Promise<Lie[]> {
  const station = await begun();
  const { key } = station;
  const log = station.log(ROOM);
  const fork = station.copy();
  const without = new TestStation(station.signer, station.timeMs);
  await station.append(ROOM, ["four"]);
  await station.epoch();
  const four = await station.headClaim(ROOM);
  await fork.append(ROOM, ["FOUR"]);
  await fork.append("other", ["one"]);
  await fork.epoch();
  const other = await fork.headClaim(ROOM);
  const shrunk = (await begun()).copy();
  for (let i = 0; i < 3; i++) await shrunk.epoch();
  await without.append("other", ["one"]);
  for (let i = 0; i < 3; i++) await without.epoch();
  await station.append(ROOM, ["five"]);
  await station.epoch();
  const heads = (earlier: typeof four, later: typeof four): Bundle => ({
    shape: "heads",
    station: key,
    log,
    earlier,
    later,
  });
  const honest = heads(four, await station.headClaim(ROOM));
  return [
    { name: "heads other-root", fault: "other-root", bundle: heads(four, other), honest },
    { name: "heads rolled-back", fault: "rolled-back", bundle: heads(four, await shrunk.headClaim(ROOM)), honest },
    { name: "heads lost", fault: "lost", bundle: heads(four, await without.headClaim(ROOM)), honest },
  ];
}

/** Lies of one shape. */
export async function duplicateLies(): Promise<Lie[]> {
  const station = await begun();
  const { key } = station;
  const room = station.room(ROOM);
  room.append(utf8("two"), station.timeMs);
  const { head } = await station.append(ROOM, ["five"]);
  const leafHash = hasher.leaf(utf8("two"));
  const place = async (index: number) => ({
    index,
    proof: await inclusionProof(index, head.size, room.tree.reader, hasher),
  });
  const shape = "duplicate";
  const bundle = { shape, station: key, statement: full(head), leafHash } as const;
  return [
    {
      name: "duplicate twice",
      fault: "twice",
      bundle: { ...bundle, places: [await place(1), await place(3)] },
      honest: { ...bundle, places: [await place(1), await place(1)] },
    },
  ];
}
