/*
 * Public names of carrier. The ports and what works on any platform; carriers themselves are at the doors
 * `@chapar/carrier/node` and `@chapar/carrier/web`, networks in memory at `@chapar/carrier/testing`.
 */
export type { Carrier, Clock, Link, LinkEnd, Rng } from "./port.ts";
export { CARRIER_CODES, CarrierError, isCarrierError, type CarrierCode } from "./errors.ts";
export { addressClass, mayDial, parseIpv6, routeClass, type AddressClass } from "./address-class.ts";
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
export {
  HELP_PATH,
  LINK_PATH,
  MAX_MESSAGE_BYTES,
  SEALED_LINK_PATH,
  SEALED_PATH,
  SESSION_PATH,
  webSocketUrl,
} from "./web-socket-route.ts";
export type { SessionCrypto } from "./session/crypto.ts";
export type { LinkNeed, Session, SessionPorts } from "./session/driver.ts";
export type { Priority } from "./session/engine.ts";
export type { SessionStream } from "./session/session-stream.ts";
export { DEFAULT_SESSION_LIMITS, PROBE_BYTES, type SessionLimits } from "./session/limits.ts";
export { prepareLink, type PreparedLink, type PrepareOptions } from "./session/attach.ts";
export {
  dialSession,
  type DialSessionOptions,
  type FoundLink,
  type LinkSearch,
  type SpareSearch,
} from "./session/dialer.ts";
export {
  SessionAcceptor,
  type AcceptorBound,
  type AcceptorBounds,
  type SessionAcceptorOptions,
} from "./session/acceptor.ts";
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
export { DnsAcceptor, type DnsAcceptorOptions } from "./dns/dns-acceptor.ts";
export { bareDnsCarrier, type Datagrams, type DnsCarrierOptions, type OpenDatagrams } from "./dns/dns-carrier.ts";
export { dnsDomain, dnsRoute, formatDnsRoute, type DnsRoute, type ResolverAddress } from "./dns/dns-route.ts";
export { formatLanRoute, lanRoute } from "./lan/lan-route.ts";
export {
  MAX_LIST_BYTES,
  MAX_LIST_LIFE_MS,
  openRelayList,
  signRelayList,
  type ListedKind,
  type ListedPlace,
  type RelayList,
} from "./relay/list.ts";
export { RelayMeter, type Calendar, type MeterState, type RelayLimits } from "./relay/meter.ts";
export type { RelayRefusal } from "./relay/open.ts";
export { Relay, type RelayBounds, type RelayOptions } from "./relay/relay.ts";
export { formatRelayRoute, relayRoute, type RelayRoute } from "./relay/relay-route.ts";
export type { NoiseCipher, NoiseCrypto, NoiseKey } from "./noise/nk.ts";
export { openBulkLink, serveStreams } from "./session/bulk-link.ts";
export { FIND_LABEL } from "./snow/find.ts";
export { HelpDesk, type HelpDeskBounds, type HelpDeskOptions } from "./snow/help-desk.ts";
export type { NewRtcPeer, RtcPeer } from "./snow/rtc.ts";
export { snowCarrier, type SnowCarrier, type SnowCarrierOptions } from "./snow/snow-carrier.ts";
export { formatSnowRoute, isStunPlace, snowRoute, type SnowRoute } from "./snow/snow-route.ts";
export { Volunteer, type VolunteerMood, type VolunteerOptions, type VolunteerState } from "./snow/volunteer.ts";
export { AllowanceBook, portPolicy, USUAL_EXIT_PORTS, type PortPolicy } from "./tunnel/exit-policy.ts";
export type { ExitRefusal } from "./tunnel/tunnel-stream.ts";
export { ptRoute, type PtRoute } from "./pt/pt-route.ts";
export { acceptorCells, CellReader, dialerCells } from "./cells/cell-link.ts";
