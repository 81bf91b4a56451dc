/* Requests that are for another station: passed on for people, never for a peer (W-24). */
import type { Request, Response, StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { LedgerAnswers, LinkState } from "./services.ts";

/** The other station a request is for, if any. @throws StationError `station/not-allowed` a peer asks (W-24) */
export function otherStation(session: LinkState, at: StationRef | undefined): StationRef | undefined {
  if (at === undefined || equalBytes(at.key, session.services.self.ref.key)) return undefined;
  if (session.peer !== undefined) throw stationError("station/not-allowed");
  return at;
}

/** Asks another station. @throws StationError `station/peer-unreachable` · `station/peer-refused` */
export async function forward(session: LinkState, at: StationRef, body: Request): Promise<Response> {
  session.services.ports.observer.count("forwards", 1, body.type);
  return await session.services.federation.forward(at, body);
}

/** The station log. @throws StationError `wire/unknown-frame`: as a station answers that is older than the log */
export function needLedger(session: LinkState): LedgerAnswers {
  const { ledger } = session.services;
  if (ledger === undefined) throw stationError("wire/unknown-frame");
  return ledger;
}
