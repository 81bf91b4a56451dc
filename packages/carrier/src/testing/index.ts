/* Test-only door: time, networks and links in memory, and the suite that every carrier passes. */
export { describeCarrier, type CarrierHarness } from "./carrier-suite.ts";
export type { PeerName } from "./peers.ts";
export { FakeClock, turn } from "./fake-clock.ts";
export { SeededRng } from "./seeded-rng.ts";
export { linkPair, type LinkPair, type LinkPairOptions } from "./link-pair.ts";
export type { LineOptions } from "./wire.ts";
export { MemoryNetwork, type RouteState } from "./memory-network.ts";
export { describeSession, type SessionHarness, type SuiteSession } from "./session-suite.ts";
