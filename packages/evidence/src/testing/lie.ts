/* What a lie is for tests, and the honest beginning that all of them share. */
import { encodeStatement, FULL_FORM, type SignedStatement } from "@chapar/log";
import type { Bundle, Verdict } from "../types.ts";
import { TestStation } from "./station.ts";

/** The room that lies are about. */
export const ROOM = "room";

/** A bundle that is false, and its twin that is not. */
export interface Lie {
  readonly name: string;
  readonly fault: Verdict["fault"];
  readonly bundle: Bundle;
  readonly honest: Bundle;
}

/** A statement that stands for itself. */
export const full = (statement: SignedStatement): Uint8Array => encodeStatement(statement, FULL_FORM);

/** A station with three entries in a room and an epoch of them. */
export async function begun(): Promise<TestStation> {
  const station = new TestStation();
  await station.append(ROOM, ["one", "two", "three"]);
  station.addOp("dara");
  station.tick();
  await station.epoch();
  station.tick();
  return station;
}
