/* Dara reads two rooms at one station, and everything that reaches her passes a liar. */
import type { TestStation } from "@chapar/station/testing";
import type { Frame, LogId } from "@chapar/wire";
import { decodeSignedHead } from "@chapar/log";
import { fromBase32 } from "@chapar/wire/bytes";
import { Liar, type Lie, signedHead } from "./liar.ts";
import { type Person, World } from "./world.ts";

/** A push of a log. */
export type Push = Extract<Extract<Frame, { kind: "notice" }>["body"], { type: "log.push" }>;

/** Two rooms of one reader. */
export interface Scene {
  readonly world: World;
  readonly station: TestStation;
  readonly liar: Liar;
  readonly sara: Person;
  readonly dara: Person;
  readonly nima: Person;
  /** between Sara and Dara, whose station lies to Dara */
  readonly id: string;
  /** between Nima and Dara */
  readonly other: string;
  readonly end: () => Promise<void>;
}

/** Dara reads two rooms; all that reaches her passes the liar. */
export async function scene(prepare: (liar: Liar) => void = () => undefined): Promise<Scene> {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const liar = new Liar();
  prepare(liar);
  const sara = await world.person("Sara", station);
  const nima = await world.person("Nima", station);
  const dara = await world.person("Dara", station, { carriers: [liar.carrier(world.stations.network.carrier())] });
  const id = await sara.client.open(await dara.client.invite());
  const other = await nima.client.open(await dara.client.invite());
  await sara.client.send(id, { text: "before" });
  for (const person of [sara, dara, nima]) person.client.connect();
  await world.quiet([sara, dara, nima]);
  const end = async (): Promise<void> => {
    for (const person of [sara, dara, nima]) await person.stop();
    await station.stop();
  };
  return { world, station, liar, sara, dara, nima, id, other, end };
}

/** A lie about pushes of one room only. */
export function ofRoom(log: Uint8Array, change: (push: Push) => readonly Push[]): Lie {
  return (frame) => {
    if (frame.kind !== "notice" || frame.body.type !== "log.push") return [frame];
    if (Buffer.compare(frame.body.log, log) !== 0) return [frame];
    return change(frame.body).map((body) => ({ kind: "notice", body }));
  };
}

async function roomOf(person: Person, message: string): Promise<LogId> {
  const receipt = await person.client.receipt(message, { signal: new AbortController().signal });
  return fromBase32(receipt.log) as LogId;
}

/** The log of the room between Sara and Dara. */
export async function firstLog(s: Scene): Promise<LogId> {
  const [first] = await s.sara.client.messages(s.id, { limit: 1 });
  return roomOf(s.sara, first?.id ?? "");
}

/** Says a head of the size that is held and another root. */
export async function fork(s: Scene): Promise<{ readonly log: LogId; readonly key: Uint8Array }> {
  const log = await firstLog(s);
  const heads: Uint8Array[] = [];
  s.liar.lie = ofRoom(log, (push) => {
    heads.push(push.head);
    return [push];
  });
  await s.sara.client.send(s.id, { text: "true" });
  await s.world.quiet([s.sara, s.dara]);
  const key = s.station.ref.key;
  const held = decodeSignedHead(heads.at(-1) ?? new Uint8Array(0), { stationKey: key, logId: log });
  if (!held.ok) throw new Error(held.code);
  const { size, batch } = held.value;
  const root = new Uint8Array(32).fill(9);
  const head = await signedHead("one", { logId: log, size, root, timeMs: batch.timeMs + 1 });
  s.liar.say({ kind: "notice", body: { type: "log.push", log, first: size, entries: [], head } });
  await s.world.clock.advance(1_000);
  return { log, key };
}
