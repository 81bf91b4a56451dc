/* Door `@chapar/carrier/web`. */
export { webSocketCarrier, type WebSocketCarrierOptions } from "./web-socket-carrier.ts";
export { systemClock, systemRng } from "./system.ts";
export { fetchBurstExchange, webBurstCarrier } from "./burst-exchange.ts";
export { sessionCrypto } from "./session-crypto.ts";
export { noiseCrypto } from "./noise-crypto.ts";
export { newRtcPeer } from "./rtc.ts";
