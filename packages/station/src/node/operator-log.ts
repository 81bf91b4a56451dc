/*
 * The operator's log: one JSON object a line by pino, with an event from a fixed list, perhaps a code and a number, and
 * nothing else. There is no way to hand it an address, an id or content: the type of `note` has no place for one.
 */
import { pino, type Logger } from "pino";
import type { StationEvent } from "../ports.ts";

/** Where lines go. */
export interface LogSink {
  write(line: string): void;
}

const WARNINGS: ReadonlySet<StationEvent> = new Set([
  "storage failed",
  "peer cut off",
  "mirror parted from its hub",
  "ledger behind its witness",
  "unforeseen failure",
]);

/** Makes the function that notes events; without a sink nothing is written. */
export function operatorLog(
  sink: LogSink | undefined,
): (event: StationEvent, fields?: { readonly code?: string; readonly count?: number }) => void {
  if (sink === undefined) return () => undefined;
  // No pid and no host name: neither is anybody's business.
  const logger: Logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, sink);
  return (event, fields) => logger[WARNINGS.has(event) ? "warn" : "info"]({ ...fields }, event);
}
