import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { toBase32, toHex } from "@chapar/wire/bytes";
import { encodeDnsQuery } from "../dns/dns-message.ts";
import { formatLanRoute, lanName, lanNames, LAN_PERIOD_MS, lanRoute } from "../lan/lan-route.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { conformancePeers, type PeerName } from "../testing/peers.ts";
import { freshIdentity, sealedDoor, type SealedDoor } from "../testing/relay-world.ts";
import { lanCarrier, startLanResponder, systemClock, type LanResponder } from "./index.ts";
import { findOnLan, type LanPlace } from "./lan-finder.ts";
import type { SealingIdentity } from "./sealing-identity.ts";

const NEVER = new AbortController().signal;
const LOOPBACK = "127.0.0.1";
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

/** A port for the tests' own multicast, so that nothing of this machine's network hears or answers. */
async function quietPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, LOOPBACK);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

const at = (port: number): { interfaces: readonly string[]; port: number } => ({ interfaces: [LOOPBACK], port });
const portOf = (door: SealedDoor): number => Number(new URL(door.url).port);

/** As many stations as there are behaviours, on one network. */
describeCarrier("stations on the local network", async () => {
  const mdnsPort = await quietPort();
  const peers = conformancePeers(systemClock());
  const made = Object.entries(peers).map(async ([name, act]) => {
    const door = await sealedDoor(act);
    const options = { key: door.identity.publicKey, port: portOf(door), mdnsPort, interface: LOOPBACK };
    return [name, { door, responder: await startLanResponder(options) }] as const;
  });
  const stations = Object.fromEntries(await Promise.all(made)) as Record<
    PeerName,
    { readonly door: SealedDoor; readonly responder: LanResponder }
  >;
  // One says that it is where nobody speaks.
  const silent = freshIdentity();
  const mute = createSocket("udp4");
  const { createServer } = await import("node:net");
  const hole = createServer();
  hole.listen(0, LOOPBACK);
  await once(hole, "listening");
  const holePort = (hole.address() as { readonly port: number }).port;
  const silentResponder = await startLanResponder({
    key: silent.publicKey,
    port: holePort,
    mdnsPort,
    interface: LOOPBACK,
  });
  return {
    carrier: lanCarrier({ ...at(mdnsPort), answerLimitMs: 800, dialLimitMs: 2_000, closeLimitMs: 1_500 }),
    clock: systemClock(),
    canPause: true,
    route: (peer) => formatLanRoute(stations[peer].door.identity.publicKey),
    refusingRoute: formatLanRoute(freshIdentity().publicKey),
    silentRoute: formatLanRoute(silent.publicKey),
    foreignRoute: "lan://short",
    run: (promise) => promise,
    async [Symbol.asyncDispose]() {
      mute.close();
      hole.close();
      await silentResponder[Symbol.asyncDispose]();
      for (const { door, responder } of Object.values(stations)) {
        await responder[Symbol.asyncDispose]();
        await door[Symbol.asyncDispose]();
      }
    },
  };
});

/** What a question by multicast is answered with, from a port of one's own. */
async function ask(port: number, name: readonly string[], type: number): Promise<readonly Buffer[]> {
  const socket: Socket = createSocket("udp4").bind(0, LOOPBACK);
  await once(socket, "listening");
  socket.setMulticastInterface(LOOPBACK);
  const answers: Buffer[] = [];
  socket.on("message", (bytes) => answers.push(bytes));
  socket.send(encodeDnsQuery(7, name, type), port, "224.0.0.251");
  await systemClock().sleep(200, NEVER);
  socket.close();
  return answers;
}

async function places(name: string, port: number, limitMs = 500): Promise<readonly LanPlace[]> {
  const found: LanPlace[] = [];
  const over = new AbortController();
  await findOnLan(name, at(port), (place) => found.push(place), over.signal);
  await systemClock().sleep(limitMs, NEVER);
  over.abort();
  return found;
}

describe("a station on the local network", () => {
  async function station(
    identity: SealingIdentity = freshIdentity(),
  ): Promise<{ identity: SealingIdentity; mdnsPort: number }> {
    const mdnsPort = await quietPort();
    const responder = await startLanResponder({ key: identity.publicKey, port: 4711, mdnsPort, interface: LOOPBACK });
    onTestFinished(() => responder[Symbol.asyncDispose]());
    return { identity, mdnsPort };
  }

  it("P-100 answers to names that are made of its key and the hour, and they tell nothing of either", () => {
    const [one, other] = [freshIdentity().publicKey, freshIdentity().publicKey];
    const nowMs = Date.UTC(2030, 0, 1, 12, 30);
    expect(lanName(sha256, one, nowMs)).toBe(lanName(sha256, one, nowMs + 29 * 60_000));
    expect(lanName(sha256, one, nowMs)).not.toBe(lanName(sha256, one, nowMs + LAN_PERIOD_MS));
    expect(lanName(sha256, one, nowMs)).not.toBe(lanName(sha256, other, nowMs));
    expect(lanName(sha256, one, nowMs)).toMatch(/^[a-z2-7]{24}\._http\._tcp\.local$/);
    expect(lanName(sha256, one, nowMs)).not.toContain(toBase32(one).slice(0, 6));
    for (const byMs of [-LAN_PERIOD_MS, 0, LAN_PERIOD_MS])
      expect(lanNames(sha256, one, nowMs)).toContain(lanName(sha256, one, nowMs + byMs));
  });

  it("P-100 answers who asks by its name, to that one alone, and nobody else, whatever is asked", async () => {
    const { identity, mdnsPort } = await station();
    const name = lanName(sha256, identity.publicKey, Date.now());
    // A stranger in the group hears the question, and no answer to it.
    const stranger = createSocket({ type: "udp4", reuseAddr: true });
    stranger.bind(mdnsPort);
    await once(stranger, "listening");
    stranger.addMembership("224.0.0.251", LOOPBACK);
    onTestFinished(() => void stranger.close());
    const heard: string[] = [];
    stranger.on("message", (bytes) => heard.push((bytes[2] ?? 0) & 0x80 ? "answer" : "question"));
    expect(await places(name, mdnsPort)).toEqual([{ host: LOOPBACK, port: 4711 }]);
    expect(new Set(heard)).toEqual(new Set(["question"]));
    const other = lanName(sha256, freshIdentity().publicKey, Date.now());
    expect(await places(other, mdnsPort)).toEqual([]);
    const [SRV, PTR, ANY, A] = [33, 12, 255, 1];
    const asked: [readonly string[], number][] = [
      [["_services", "_dns-sd", "_udp", "local"], PTR],
      [["_http", "_tcp", "local"], PTR],
      [["_http", "_tcp", "local"], ANY],
      [["chapar", "local"], A],
      [[toHex(identity.publicKey).slice(0, 24), "_http", "_tcp", "local"], SRV],
    ];
    for (const [question, type] of asked) expect(await ask(mdnsPort, question, type)).toEqual([]);
    const answers = await ask(mdnsPort, name.toUpperCase().split("."), SRV);
    expect(answers).toHaveLength(1);
    // The id and the question as they were asked (RFC 6762 §6.7).
    expect([
      answers[0]?.readUInt16BE(0),
      answers[0]?.toString("latin1").includes(name.split(".")[0]?.toUpperCase() ?? "-"),
    ]).toEqual([7, true]);
  });

  it("P-101 takes whoever proves the key, also when somebody else answered first", async () => {
    const door = await sealedDoor((link) => link.receive((chunk) => link.send(chunk)));
    const impostor = await sealedDoor((link) => link.close());
    onTestFinished(async () => {
      await door[Symbol.asyncDispose]();
      await impostor[Symbol.asyncDispose]();
    });
    const mdnsPort = await quietPort();
    const key = door.identity.publicKey;
    const first = await startLanResponder({ key, port: portOf(impostor), mdnsPort, interface: LOOPBACK });
    onTestFinished(() => first[Symbol.asyncDispose]());
    const carrier = lanCarrier({ ...at(mdnsPort), answerLimitMs: 900 });
    await expect(carrier.dial(formatLanRoute(key), { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/unusable",
      reason: "key",
    });
    const second = await startLanResponder({ key, port: portOf(door), mdnsPort, interface: LOOPBACK });
    onTestFinished(() => second[Symbol.asyncDispose]());
    const link = await carrier.dial(formatLanRoute(key), { signal: NEVER });
    const back = new Promise<Uint8Array>((resolve) => link.receive(resolve));
    link.send(Uint8Array.of(7));
    expect([...(await back)]).toEqual([7]);
    link.close();
    await link.ended;
  });

  it("P-101 asks only while it looks, says at once that nobody is here, and reads any answer without throwing", async () => {
    const mdnsPort = await quietPort();
    const noise = createSocket({ type: "udp4", reuseAddr: true });
    noise.bind(mdnsPort);
    await once(noise, "listening");
    noise.addMembership("224.0.0.251", LOOPBACK);
    onTestFinished(() => void noise.close());
    let questions = 0;
    noise.on("message", (bytes, { address, port }) => {
      questions++;
      for (const answer of [Buffer.alloc(0), bytes, Buffer.concat([bytes, bytes]), Buffer.alloc(500, questions)])
        noise.send(answer, port, address);
    });
    const dialing = lanCarrier({ ...at(mdnsPort), answerLimitMs: 400 }).dial(
      formatLanRoute(freshIdentity().publicKey),
      { signal: NEVER },
    );
    await expect(dialing).rejects.toMatchObject({ code: "carrier/unreachable", reason: "ENOTFOUND" });
    const before = questions;
    expect(before).toBeGreaterThan(0);
    await systemClock().sleep(700, NEVER);
    expect(questions).toBe(before);
  });

  it("P-100 reads routes of one spelling", () => {
    const key = freshIdentity().publicKey;
    expect(lanRoute(formatLanRoute(key))).toEqual(key);
    for (const bad of [
      "lan://",
      `lan://${toBase32(key.subarray(1))}`,
      `${formatLanRoute(key)}?x`,
      `lan://${toBase32(key).toUpperCase()}`,
    ])
      expect(lanRoute(bad)).toBeUndefined();
  });
});
