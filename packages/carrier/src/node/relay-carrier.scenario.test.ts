import { describe, expect, it, onTestFinished } from "vitest";
import { equalBytes } from "@chapar/wire/bytes";
import type { Carrier } from "../port.ts";
import { conformancePeers, pattern, type PeerName } from "../testing/peers.ts";
import { startPeerServer } from "../testing/peer-server.ts";
import { describeCarrier } from "../testing/index.ts";
import { freshIdentity, sealedDoor, testRelay, type SealedDoor } from "../testing/relay-world.ts";
import { relayCarrier, systemClock, webSocketCarrier } from "./index.ts";

const NEVER = new AbortController().signal;

/** As many doors as there are behaviours: a station's key names the peer. */
async function doors(): Promise<Readonly<Record<PeerName, SealedDoor>>> {
  const peers = conformancePeers(systemClock());
  const made = Object.entries(peers).map(async ([name, act]) => [name, await sealedDoor(act)] as const);
  return Object.fromEntries(await Promise.all(made)) as Record<PeerName, SealedDoor>;
}

function carrier(): Carrier {
  return relayCarrier({ carriers: [webSocketCarrier()], dialLimitMs: 2_500, closeLimitMs: 1_500 });
}

for (const hops of [1, 2]) {
  describeCarrier(`relay, ${hops === 1 ? "one hop" : "two hops"}`, async () => {
    const stations = await doors();
    const silent = await startPeerServer();
    const second = await testRelay(Object.values(stations).map(({ place }) => place));
    const first = await testRelay([second.place]);
    const anybody = freshIdentity();
    const through = (station: SealedDoor): string =>
      hops === 1 ? second.route(station.identity) : first.route(station.identity, second.identity);
    return {
      carrier: carrier(),
      clock: systemClock(),
      canPause: true,
      route: (peer) => through(stations[peer]),
      refusingRoute: through({ ...stations.echo, identity: anybody }).replace(
        /127.0.0.1:\d+/,
        silent.refusingUrl.slice(5),
      ),
      silentRoute: through(stations.echo).replace(/127.0.0.1:\d+/, silent.silentUrl.slice(5)),
      foreignRoute: "relay+ws://127.0.0.1/way?station=short",
      run: (promise) => promise,
      async [Symbol.asyncDispose]() {
        await Promise.all(
          [first, second, silent, ...Object.values(stations)].map((each) => each[Symbol.asyncDispose]()),
        );
      },
    };
  });
}

describe("relay carrier", () => {
  it("P-60 takes only the station whose key it was given", async () => {
    const impostor = await sealedDoor((link) => link.close());
    onTestFinished(() => impostor[Symbol.asyncDispose]());
    const wanted = freshIdentity();
    // A relay that leads elsewhere: its list names the impostor's address for the key that is asked for.
    const relay = await testRelay([{ ...impostor.place, key: wanted.publicKey }]);
    onTestFinished(() => relay[Symbol.asyncDispose]());
    await expect(carrier().dial(relay.route(wanted), { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/unusable",
      reason: "key",
    });
  });

  it("P-61 a station that is not on the list is refused, whatever is asked", async () => {
    const listed = await sealedDoor((link) => link.close());
    const relay = await testRelay([listed.place]);
    onTestFinished(async () => {
      await relay[Symbol.asyncDispose]();
      await listed[Symbol.asyncDispose]();
    });
    await expect(carrier().dial(relay.route(freshIdentity()), { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/refused",
      reason: "not listed",
    });
  });

  it("P-63 a list of somebody else leads nowhere inside, by address or by name", async () => {
    const inside = await sealedDoor((link) => link.close());
    const named = { ...inside.place, urls: [inside.url, inside.url.replace("127.0.0.1", "station.example")] };
    const resolve = async (): Promise<{ address: string; family: number }[]> => [{ address: "127.0.0.1", family: 4 }];
    const relay = await testRelay([named], { isOwnList: () => false, resolve });
    onTestFinished(async () => {
      await relay[Symbol.asyncDispose]();
      await inside[Symbol.asyncDispose]();
    });
    await expect(carrier().dial(relay.route(inside.identity), { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/refused",
      reason: "unreachable",
    });
  });

  it("P-66 of two relays neither sees both ends, and what they pass is not the letter", async () => {
    const station = await sealedDoor((link) => link.receive((chunk) => link.send(chunk)));
    const second = await testRelay([station.place]);
    const first = await testRelay([second.place]);
    onTestFinished(async () => {
      for (const each of [first, second, station]) await each[Symbol.asyncDispose]();
    });
    const inner = webSocketCarrier();
    const seen: Uint8Array[] = [];
    // What the first relay gets to see is what leaves over the first link.
    const tapped: Carrier = {
      ...inner,
      async dial(route, options) {
        const link = await inner.dial(route, options);
        const send = link.send.bind(link);
        link.send = (bytes) => {
          seen.push(bytes.slice());
          send(bytes);
        };
        return link;
      },
    };
    const dialer = relayCarrier({ carriers: [tapped] });
    const link = await dialer.dial(first.route(station.identity, second.identity), { signal: NEVER });
    const letter = pattern(5_000);
    const back = new Promise<number>((resolve) => {
      let count = 0;
      link.receive((chunk) => (count += chunk.byteLength) === letter.byteLength && resolve(count));
    });
    link.send(letter);
    expect(await back).toBe(5_000);
    const wire = Buffer.concat(seen);
    expect(equalBytes(wire.subarray(1, 33), second.identity.publicKey)).toBe(true);
    expect(wire.includes(Buffer.from(station.identity.publicKey))).toBe(false);
    expect(wire.includes(Buffer.from(letter.subarray(100, 164)))).toBe(false);
    link.close();
  });
});
