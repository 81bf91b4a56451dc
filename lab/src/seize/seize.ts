/*
 * A station is seized: after a month its memory is read while it runs, then it is killed and its folder is searched. What is found is
 * counted, and whoever guesses is scored.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { Stage } from "../misdeeds/stage.ts";
import { readFolder, readMemory, whyNoMemory } from "./image.ts";
import { listen } from "./line.ts";
import { MemoryGuesser } from "./memory.ts";
import { type MonthOrder, openMonth } from "./month.ts";
import { formsOf, Needles } from "./needles.ts";
import { readRows } from "./rows.ts";
import type { Score } from "./scores.ts";

/** One line of the answer. */
export interface SeizureRow {
  readonly people: number;
  readonly messages: number;
  readonly days: number;
  readonly profile: MonthOrder["profile"];
  /** texts, names, file names, files and terms that were looked for */
  readonly secrets: number;
  readonly diskBytes: number;
  /** null where no memory could be read */
  readonly memoryBytes: number | null;
  /** bytes of the words of the run that were found, on disk and in memory */
  readonly plaintextBytes: number;
  readonly rows: number;
  /** pairs of a person and a room, or of two people, that a row of the database names */
  readonly edges: number;
  /** guesses of who is in which room */
  readonly atRestByOrder: Score;
  readonly inMemory: Score | null;
  /** pairs of an account and a room that links which were open had shown: a memory of that moment has them, however hard they are to read there */
  readonly openLinks: number;
  /** guesses of who talks with whom, by a listener at every line */
  readonly liveTap: Score;
  readonly realMs: number;
}

/** Plays a month, and seizes the station. */
export async function seize(order: MonthOrder, tell: (line: string) => void): Promise<SeizureRow> {
  const began = performance.now();
  await using stage = new Stage();
  const { month, world } = await openMonth(stage, order);
  await using _ = world;
  await month.play(tell);
  const truth = await month.truth();
  const plain = new Needles(truth.words.flatMap(formsOf).map((bytes) => ({ bytes, label: undefined })));
  const guesser = new MemoryGuesser(truth);
  const overlap = Math.max(plain.mostBytes, guesser.mostBytes);
  let plaintextBytes = 0;
  const look = (piece: Buffer): void => plain.scan(piece, (_label, _at, sizeBytes) => (plaintextBytes += sizeBytes));
  const { pid } = stage.liar;
  let memoryBytes: number | null = null;
  if (whyNoMemory() === undefined && pid !== undefined) {
    memoryBytes = readMemory(pid, overlap, (piece) => {
      look(piece);
      guesser.look(piece);
    });
  }
  await stage.killLiar();
  const seized = `${month.folder}-seized`;
  cpSync(month.folder, seized, { recursive: true });
  // The people are still there, and go on.
  await world.killLiar();
  const diskBytes = readFolder(seized, overlap, look);
  const { rows, edges, byOrder } = readRows(join(seized, "station.sqlite"), truth.people, truth.rooms);
  const names = truth.people.map(({ person }) => person);
  const pairs = new Set(truth.rooms.map(({ members }) => members.toSorted().join(" ")));
  return {
    people: names.length,
    messages: order.messages,
    days: order.days,
    profile: order.profile,
    secrets: truth.secrets,
    diskBytes,
    memoryBytes,
    plaintextBytes,
    rows,
    edges: edges.length,
    atRestByOrder: byOrder,
    inMemory: memoryBytes === null ? null : guesser.score(),
    openLinks: truth.openLinks,
    liveTap: listen(truth.line, names, (one, other) => pairs.has([one, other].toSorted().join(" "))),
    realMs: Math.round(performance.now() - began),
  };
}
