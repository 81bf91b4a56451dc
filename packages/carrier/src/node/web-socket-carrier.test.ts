import { describeCarrier } from "../testing/carrier-suite.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { systemClock, webSocketCarrier } from "./index.ts";

describeCarrier("ws in Node", async () => {
  const server = await startPeerServer();
  return {
    carrier: webSocketCarrier({ dialLimitMs: 1000, closeLimitMs: 500 }),
    clock: systemClock(),
    canPause: true,
    route: (peer) => `${server.url}/${peer}`,
    refusingRoute: server.refusingUrl,
    silentRoute: server.silentUrl,
    foreignRoute: "onion:abc",
    run: (promise) => promise,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});
