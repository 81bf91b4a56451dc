/* The relay that a bench measures: a process of its own, told the station's key and URL. Ends with its parent. */
import { RelayMeter } from "@chapar/carrier";
import { sealingIdentity, startRelayServer, systemClock } from "@chapar/carrier/node";

const [keyHex = "", url = ""] = process.argv.slice(2);
const key = new Uint8Array(Buffer.from(keyHex, "hex"));
const list = {
  issuer: key,
  number: 1,
  issuedAtMs: 0,
  expiresAtMs: Number.MAX_SAFE_INTEGER,
  places: [{ kind: "station" as const, key, urls: [url] }],
};
const server = await startRelayServer({
  host: "127.0.0.1",
  port: 0,
  path: "/way",
  identity: sealingIdentity(new Uint8Array(32).fill(1)),
  list: () => list,
  isOwnList: () => true,
  meter: new RelayMeter({}, systemClock(), { hourOf: () => 0, monthOf: () => "" }),
  bounds: { maxStreams: 100_000, maxStreamsOfSource: 100_000, maxPending: 100_000 },
});
process.send?.(server.port);
process.on("message", () => {
  // Twice: what the first collection let go may hold more.
  globalThis.gc?.();
  globalThis.gc?.();
  process.send?.({ streams: server.relay.streamCount });
});
process.on("disconnect", () => process.exit(0));
