/*
 * Public names of carrier. The ports and what works on any platform; carriers themselves are at the doors
 * `@chapar/carrier/node` and `@chapar/carrier/web`, networks in memory at `@chapar/carrier/testing`.
 */
export type { Carrier, Clock, Link, LinkEnd, Rng } from "./port.ts";
export { CARRIER_CODES, CarrierError, isCarrierError, type CarrierCode } from "./errors.ts";
export { backoffMs, DEFAULT_BACKOFF, type Backoff } from "./backoff.ts";
export {
  frontOfRoute,
  HANDSHAKES_PER_MINUTE,
  HandshakeDiscipline,
  SILENT_FRONT_MS,
  type HandshakeDisciplineOptions,
} from "./handshake-discipline.ts";
export { ATTEMPT_LIMIT_MS, raceRoutes, STAGGER_MS, type RaceOptions, type Winner } from "./racing.ts";
export { RouteMemory, type RouteMemoryOptions, type WinnerStore } from "./route-memory.ts";
export { LINK_PATH, MAX_MESSAGE_BYTES, SESSION_PATH, webSocketUrl } from "./web-socket-route.ts";
export type { SessionCrypto } from "./session/crypto.ts";
export type { LinkNeed, Session, SessionPorts } from "./session/driver.ts";
export type { Priority } from "./session/engine.ts";
export type { SessionStream } from "./session/session-stream.ts";
export { DEFAULT_SESSION_LIMITS, PROBE_BYTES, type SessionLimits } from "./session/limits.ts";
export { prepareLink, type PreparedLink, type PrepareOptions } from "./session/attach.ts";
export { dialSession, type DialSessionOptions, type LinkSearch } from "./session/dialer.ts";
export { SessionAcceptor, type AcceptorBounds, type SessionAcceptorOptions } from "./session/acceptor.ts";
export { sessionCarrier, type SessionCarrierOptions } from "./session/session-carrier.ts";
export {
  BurstAcceptor,
  MAX_BURST_BODY_BYTES,
  type BurstAcceptorOptions,
  type BurstHttpRequest,
  type BurstHttpResponse,
} from "./burst/burst-acceptor.ts";
export { PLAIN_BUDGET, TLS_BUDGET, type BurstBudget } from "./burst/burst-budget.ts";
export { burstCarrier, type BurstCarrierOptions, type BurstExchange } from "./burst/burst-carrier.ts";
export { BURST_PATH } from "./burst/burst-route.ts";
