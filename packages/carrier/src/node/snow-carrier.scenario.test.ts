import { describeCarrier } from "../testing/index.ts";
import { conformancePeers, type PeerName } from "../testing/peers.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { freshIdentity, sealedDoor, type SealedDoor } from "../testing/relay-world.ts";
import { ready, snowWorld } from "../testing/snow-world.ts";
import { formatSnowRoute } from "../snow/snow-route.ts";
import { snowCarrier } from "../snow/snow-carrier.ts";
import { newRtcPeer, noiseCrypto, systemClock, webSocketCarrier } from "./index.ts";

describeCarrier("snow, by a volunteer in this process", async () => {
  const peers = conformancePeers(systemClock());
  const made = Object.entries(peers).map(async ([name, act]) => [name, await sealedDoor(act)] as const);
  const stations = Object.fromEntries(await Promise.all(made)) as Record<PeerName, SealedDoor>;
  const silent = await startPeerServer();
  const world = await snowWorld(Object.values(stations).map(({ place }) => place));
  await ready(world.volunteer());
  const elsewhere = (inner: string): string =>
    formatSnowRoute({ inner, station: freshIdentity().publicKey, stun: undefined });
  return {
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
    route: (peer) => world.route(stations[peer].identity.publicKey),
    refusingRoute: elsewhere(silent.refusingUrl),
    silentRoute: elsewhere(silent.silentUrl),
    foreignRoute: "snow+ws://127.0.0.1/find?station=short",
    run: (promise) => promise,
    async [Symbol.asyncDispose]() {
      await Promise.all([world, silent, ...Object.values(stations)].map((each) => each[Symbol.asyncDispose]()));
    },
  };
});
