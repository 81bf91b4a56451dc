/* Door `@chapar/station/node`: a station that runs, and its store. */
export type { DnsDoorConfig } from "./dns-door.ts";
export type { LanDoorConfig } from "./lan-door.ts";
export type { SsDoorConfig } from "./ss-door.ts";
export type { ExitConfig } from "./exit-service.ts";
export type { VolunteersConfig } from "./help-service.ts";
export { startStation, type RunningStation, type StationConfig, type StationSurroundings } from "./start-station.ts";
export { removeEntry } from "./remove-entry.ts";
export { dropReport, type KeptReport, keptReports } from "./reports.ts";
export { addWitness, loadWitnesses, removeWitness, type WitnessHint } from "./ledger-files.ts";
export { shownGenerations } from "./shown-generations.ts";
export type { LogSink } from "./operator-log.ts";
export { SqliteStore } from "./sqlite-store.ts";
export { backupStation } from "./station-backup.ts";
export { backupSealed, isSealedBackup, readBackupKey } from "./sealed-backup.ts";
export { restoreStation, type Restored, type RestoreOptions } from "./station-restore.ts";
export { keepPolicy, type KeptPolicy, loadPolicy, peekPolicy, POLICY_FILE } from "./region-policy.ts";
export { makeReport, type ReportOrder } from "./report-make.ts";
export { nodeSha256, nodeVerifier } from "./node-crypto.ts";
