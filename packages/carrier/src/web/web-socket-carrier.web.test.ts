import { inject } from "vitest";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { systemClock, webSocketCarrier } from "./index.ts";

describeCarrier("WebSocket in a browser", () => {
  const peers = inject("carrierPeers");
  return Promise.resolve({
    carrier: webSocketCarrier({ dialLimitMs: 2000, closeLimitMs: 1500 }),
    clock: systemClock(),
    canPause: false,
    route: (peer) => `${peers.url}/${peer}`,
    refusingRoute: peers.refusingUrl,
    silentRoute: peers.silentUrl,
    foreignRoute: "onion:abc",
    run: (promise) => promise,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
