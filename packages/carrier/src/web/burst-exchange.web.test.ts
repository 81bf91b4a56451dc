import { inject } from "vitest";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { systemClock, webBurstCarrier } from "./index.ts";

/** A peer server's URL as a route. */
function burst(url: string): string {
  return url.replace("ws://", "burst+http://");
}

describeCarrier("bursts in Chromium, without a budget", () => {
  const peers = inject("carrierPeers");
  return Promise.resolve({
    carrier: webBurstCarrier({ budget: { packets: 100_000, gapMs: 0 }, dialLimitMs: 2000, closeLimitMs: 1500 }),
    clock: systemClock(),
    canPause: true,
    route: (peer) => `${burst(peers.url)}/burst/${peer}`,
    refusingRoute: burst(peers.refusingUrl),
    silentRoute: burst(peers.silentUrl),
    foreignRoute: "https://station.example",
    run: <T>(promise: Promise<T>) => promise,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
