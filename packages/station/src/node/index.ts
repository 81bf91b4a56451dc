/* Door `@chapar/station/node`: a station that runs, and its store. */
export { startStation, type RunningStation, type StationConfig } from "./start-station.ts";
export { addWitness, type WitnessHint } from "./ledger-files.ts";
export type { LogSink } from "./operator-log.ts";
export { SqliteStore } from "./sqlite-store.ts";
