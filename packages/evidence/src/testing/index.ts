/* Door `@chapar/evidence/testing`: an honest station in memory, lies of every shape, and the ports over node:crypto. */
export { largestBundles } from "./largest.ts";
export { TestLedger, type TestMap, withEntry } from "./ledger.ts";
export type { Lie } from "./lie.ts";
export { LIAR, makeLies } from "./lies.ts";
export { testEvidencePorts } from "./ports.ts";
export { rememberingPorts } from "./remembering.ts";
export { type TestEntry, type TestReader, TestRoom } from "./rooms.ts";
export { type TestAppended, type TestRange, TestStation } from "./station.ts";
