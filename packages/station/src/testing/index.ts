/* Test-only door: a store in memory and the suite every store passes, a scripted client, and stations on a fake network. */
export { measureEvidence, type EvidenceBytes } from "./evidence-bytes.ts";
export { MemoryStore } from "./memory-store.ts";
export { restoredStore } from "./restored-store.ts";
export { describeStationStore, type StoreUnderTest } from "./store-suite.ts";
export { TestClient, type Push } from "./test-client.ts";
export { knock, TestRoom } from "./test-room.ts";
export { keyOf, TestPerson, type TestKey } from "./test-person.ts";
export { TEST_TOKEN, TestObserver, TestWorld, type TestStation, type TestStationOptions } from "./test-world.ts";
export { playResidencySeason, type SeasonOrder, type SeasonResult } from "./residency/season.ts";
export { testLaw } from "./residency/region-world.ts";
export { type DiskSeasonOrder, type DiskSeasonResult, playDiskSeason, searchFolders } from "./residency/disk-season.ts";
export { testLine, testReport, type TestLine, type TestReport } from "./test-report.ts";
export { markBytes } from "./residency/watched-store.ts";
