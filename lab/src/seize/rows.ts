/*
 * What a finder of the database can read off it without a key: rows that name a person and a room, or two people, side by side; and guesses from the
 * order in which rows came.
 */
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { Named, Room } from "./month.ts";
import { type Needle, Needles } from "./needles.ts";
import { type Guess, type Score, scoreOf } from "./scores.ts";

/** What a row names. */
export interface Names {
  readonly people: ReadonlySet<string>;
  /** hex of rooms' ids */
  readonly rooms: ReadonlySet<string>;
}

/** What was found at rest. */
export interface AtRest {
  readonly rows: number;
  /** pairs of a person and a room, or of two people, that one row names; each counted once */
  readonly edges: readonly string[];
  /** who is in which room, guessed from what came into whose inbox next to what came into the room */
  readonly byOrder: Score;
}

/** How far apart two rows stand at most that the guesser takes for caused by each other. */
const NEAR_ROWS = 3;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function bytesOf(value: SQLOutputValue): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(typeof value === "string" ? value : "", "utf8");
}

/** Pairs that stand in one row. A person beside their own devices is no pair. */
export function pairsOf({ people, rooms }: Names): readonly string[] {
  const persons = [...people].toSorted();
  return [
    ...persons.flatMap((one, at) => persons.slice(at + 1).map((other) => `${one} - ${other}`)),
    ...persons.flatMap((one) => [...rooms].map((room) => `${one} in ${room}`)),
  ];
}

/** Whose name it is: a person's, or a room's in hexadecimal. */
type Whose = readonly ["person" | "room", string];

/** Needles for everything that names somebody or a room; an id is looked for as bytes and as hexadecimal. */
export function namesAsNeedles(people: readonly Named[], rooms: readonly Room[]): Needles<Whose> {
  const needlesOf = (id: Uint8Array, label: Whose): readonly Needle<Whose>[] =>
    [id, Buffer.from(hex(id), "latin1")].map((bytes) => ({ bytes, label }));
  return new Needles([
    ...people.flatMap(({ person, ids }) => ids.flatMap((id) => needlesOf(id, ["person", person]))),
    ...rooms.flatMap(({ log }) => needlesOf(log, ["room", hex(log)])),
  ]);
}

/** Reads every row of every table. */
export function readRows(file: string, people: readonly Named[], rooms: readonly Room[]): AtRest {
  using database = new DatabaseSync(file, { readOnly: true });
  const needles = namesAsNeedles(people, rooms);
  const edges = new Set<string>();
  const logs = new Map(
    database
      .prepare("SELECT number, id FROM logs")
      .all()
      .map(({ number, id }) => [Number(number), hex(bytesOf(id ?? null))]),
  );
  let rows = 0;
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  for (const { name } of tables) {
    for (const row of database.prepare(`SELECT * FROM "${String(name)}"`).iterate()) {
      rows += 1;
      const found = { people: new Set<string>(), rooms: new Set<string>() };
      const number = row["log"];
      // A row that names a log by its number names it.
      const ofLog = typeof number === "number" ? (logs.get(number) ?? "") : "";
      const whole = Buffer.concat([...Object.values(row).map(bytesOf), Buffer.from(ofLog, "latin1")]);
      needles.scan(whole, ([kind, which]) => found[kind === "person" ? "people" : "rooms"].add(which));
      for (const pair of pairsOf(found)) edges.add(pair);
    }
  }
  return { rows, edges: [...edges].toSorted(), byOrder: guessByOrder(database, logs, people, rooms) };
}

/** The order in which chunks of logs came is kept, so what a message causes stands beside it. */
function guessByOrder(
  database: DatabaseSync,
  logs: ReadonlyMap<number, string>,
  people: readonly Named[],
  rooms: readonly Room[],
): Score {
  const chunks = database
    .prepare("SELECT log FROM chunks ORDER BY number")
    .all()
    .map(({ log }) => logs.get(Number(log)) ?? "");
  const owner = new Map(people.map(({ inbox, person }) => [inbox, person]));
  const known = new Set(rooms.map(({ log }) => hex(log)));
  const scores = new Map<string, number>();
  for (const [at, log] of chunks.entries()) {
    if (!known.has(log)) continue;
    for (const near of chunks.slice(Math.max(0, at - NEAR_ROWS), at + NEAR_ROWS + 1)) {
      const person = owner.get(near);
      if (person !== undefined) scores.set(`${person} ${log}`, (scores.get(`${person} ${log}`) ?? 0) + 1);
    }
  }
  const guesses = rooms.flatMap(({ log, members }) =>
    people.map(({ person }): Guess => ({
      score: scores.get(`${person} ${hex(log)}`) ?? 0,
      isTrue: members.includes(person),
    })),
  );
  return scoreOf(guesses);
}
