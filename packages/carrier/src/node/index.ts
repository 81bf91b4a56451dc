/* Door `@chapar/carrier/node`. */
export { webSocketCarrier, type WebSocketCarrierOptions } from "./web-socket-carrier.ts";
export { WEB_SOCKET_SERVER_OPTIONS, webSocketLink } from "./web-socket-link.ts";
export { systemClock, systemRng } from "./system.ts";
export { sessionCrypto } from "./session-crypto.ts";
export { nodeBurstCarrier, nodeBurstExchange, type NodeBurstOptions } from "./burst-exchange.ts";
export { serveBurst } from "./burst-server.ts";
export { shadowsocksCarrier, type ShadowsocksCarrierOptions } from "./shadowsocks-carrier.ts";
export { streamLink } from "./stream-link.ts";
