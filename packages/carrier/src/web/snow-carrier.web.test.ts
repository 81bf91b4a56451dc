import { inject } from "vitest";
import { snowCarrier } from "../snow/snow-carrier.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { newRtcPeer, noiseCrypto, systemClock, webSocketCarrier } from "./index.ts";

describeCarrier("snow in Chromium, by a volunteer in Node", () => {
  const { peers, refusing, silent } = inject("snowRoutes");
  return Promise.resolve({
    carrier: snowCarrier({
      clock: systemClock(),
      crypto: noiseCrypto(),
      newPeer: newRtcPeer,
      carriers: [webSocketCarrier({ closeLimitMs: 4_000 })],
      patienceMs: 0,
      dialLimitMs: 4_000,
      closeLimitMs: 4_000,
    }),
    clock: systemClock(),
    canPause: true,
    route: (peer) => peers[peer],
    refusingRoute: refusing,
    silentRoute: silent,
    foreignRoute: "snow+ws://127.0.0.1/find?station=short",
    run: <T>(promise: Promise<T>) => promise,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
