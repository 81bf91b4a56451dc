import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import {
  decodeDnsMessage,
  DNS_CODE,
  DNS_TYPE,
  encodeDnsQuery,
  type DnsMessage,
  type DnsName,
} from "../dns/dns-message.ts";
import { formatDnsRoute } from "../dns/dns-route.ts";
import { describeCarrier } from "../testing/carrier-suite.ts";
import { DNS_BULK_BYTES, dnsDoor, startDnsPeers } from "../testing/dns-peers.ts";
import { pattern } from "../testing/peers.ts";
import { freshIdentity } from "../testing/relay-world.ts";
import { dnsCarrier, nodeBareDnsCarrier, openSealedLink, systemClock } from "./index.ts";

/** Loopback is no resolver that has to be spared. */
const LIMITS = { startPerSecond: 20_000, mostPerSecond: 20_000, mostUnderWay: 200 };
const NEVER = new AbortController().signal;

for (const isSealed of [false, true]) {
  describeCarrier(`links over DNS in Node, ${isSealed ? "sealed" : "bare"}, without a rate`, async () => {
    const peers = await startDnsPeers(isSealed);
    const bounds = { limits: LIMITS, dialLimitMs: 2_000, closeLimitMs: 4_000 };
    return {
      carrier: isSealed ? dnsCarrier(bounds) : nodeBareDnsCarrier(bounds),
      clock: systemClock(),
      canPause: true,
      bulkBytes: DNS_BULK_BYTES,
      route: (peer) => peers.route(peer),
      refusingRoute: peers.refusingRoute,
      silentRoute: peers.silentRoute,
      foreignRoute: "dns://t.example/?station=short",
      run: (promise) => promise,
      [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
    };
  });
}

/** One question over UDP. */
async function askUdp(port: number, query: Uint8Array): Promise<DnsMessage> {
  const socket = createSocket("udp4");
  socket.send(query, port, "127.0.0.1");
  const [bytes] = (await once(socket, "message")) as [Buffer];
  socket.close();
  const read = decodeDnsMessage(new Uint8Array(bytes));
  if (!read.ok) throw new Error(read.code);
  return read.value;
}

describe("a name server of one domain", () => {
  const TYPES = Object.values(DNS_TYPE).filter((type) => type !== DNS_TYPE.opt);
  const ask = (name: DnsName, type: number): Uint8Array => encodeDnsQuery(4711, name, type);

  it("P-95 says to strangers what a small zone says, over UDP and TCP", async () => {
    const door = await dnsDoor("t.example", freshIdentity(), (link) => link.close());
    onTestFinished(() => door.close());
    const codes = async (name: DnsName): Promise<readonly number[]> =>
      await Promise.all(TYPES.map(async (type) => (await askUdp(door.port, ask(name, type))).code));
    const all = (code: number): readonly number[] => TYPES.map(() => code);
    expect(await codes(["t", "example"])).toEqual(all(DNS_CODE.ok));
    expect(await codes(["NS", "T", "Example"])).toEqual(all(DNS_CODE.ok));
    for (const below of [["www"], ["a", "ns"], ["mfrggzdf"], ["mfrggzdfmztwq2lk"], ["a".repeat(63)]])
      expect(await codes([...below, "t", "example"])).toEqual(all(DNS_CODE.noName));
    for (const name of [["example"], ["t", "other"], []]) expect(await codes(name)).toEqual(all(DNS_CODE.refused));
    const soa = await askUdp(door.port, ask(["T", "example"], DNS_TYPE.soa));
    expect([soa.answers[0]?.type, soa.question?.name, soa.id]).toEqual([DNS_TYPE.soa, ["T", "example"], 4711]);
    expect(door.acceptor.size).toBe(0);

    const query = ask(["www", "t", "example"], DNS_TYPE.a);
    const socket = connect(door.port, "127.0.0.1");
    const framed = concatBytes(Uint8Array.of(0, query.byteLength), query);
    for (const piece of [framed.subarray(0, 5), concatBytes(framed.subarray(5), framed)]) socket.write(piece);
    let held = Buffer.alloc(0);
    while (held.byteLength < 2 || held.byteLength < 2 * (2 + held.readUInt16BE(0)))
      held = Buffer.concat([held, ...((await once(socket, "data")) as Buffer[])]);
    const answer = decodeDnsMessage(new Uint8Array(held.subarray(2, 2 + held.readUInt16BE(0))));
    expect(answer.ok && answer.value.code).toBe(DNS_CODE.noName);
    socket.destroy();
  });

  it("P-95 answers what it cannot read or does not do with the codes of RFC 1035, and answers to nothing", async () => {
    const door = await dnsDoor("t.example", freshIdentity(), (link) => link.close());
    onTestFinished(() => door.close());
    const query = ask(["t", "example"], DNS_TYPE.soa);
    const changed = (at: number, value: number): Uint8Array => query.with(at, value);
    const code = async (bytes: Uint8Array): Promise<number> => (await askUdp(door.port, bytes)).code;
    expect(await code(changed(2, 0x28))).toBe(DNS_CODE.notImplemented);
    expect(await code(changed(5, 2))).toBe(DNS_CODE.formError);
    expect(await code(query.subarray(0, query.byteLength - 1))).toBe(DNS_CODE.formError);
    // A name that points at itself.
    expect(await code(concatBytes(query.subarray(0, 12), Uint8Array.of(0xc0, 12, 0, 1, 0, 1)))).toBe(
      DNS_CODE.formError,
    );
    const version1 = concatBytes(query, Uint8Array.of(0, 0, 41, 4, 208, 0, 1, 0, 0, 0, 0)).with(11, 1);
    expect(await code(version1)).toBe(DNS_CODE.badVersion & 0xf);
    const heard: unknown[] = [];
    door.acceptor.handle(changed(2, 0x80), "x", (bytes) => heard.push(bytes));
    door.acceptor.handle(changed(2, 0x80).subarray(0, 13), "x", (bytes) => heard.push(bytes));
    door.acceptor.handle(query.subarray(0, 5), "x", (bytes) => heard.push(bytes));
    expect(heard).toEqual([]);
  });

  it("P-91 answers with EDNS where it was asked with it, and never more than 512 bytes", async () => {
    const identity = freshIdentity();
    const door = await dnsDoor("t.example", identity, (link) => {
      link.receive(() => undefined);
      link.send(pattern(20_000));
    });
    onTestFinished(() => door.close());
    // A resolver between: it adds EDNS to what it asks, as most do.
    const sizes: number[] = [];
    const front = createSocket("udp4").bind(0, "127.0.0.1");
    await once(front, "listening");
    onTestFinished(() => void front.close());
    front.on("message", (bytes, from) => {
      const own = createSocket("udp4");
      const query = concatBytes(new Uint8Array(bytes), Uint8Array.of(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0)).with(11, 1);
      own.send(query, door.port, "127.0.0.1");
      own.once("message", (answer) => {
        sizes.push(answer.byteLength);
        own.close();
        expect(decodeDnsMessage(new Uint8Array(answer))).toMatchObject({ ok: true, value: { ednsVersion: 0 } });
        front.send(answer, from.port, from.address);
      });
    });
    const route = formatDnsRoute("t.example", identity.publicKey, [`127.0.0.1:${front.address().port}`]);
    const link = await nodeBareDnsCarrier({ limits: LIMITS }).dial(route, { signal: NEVER });
    const parts: Uint8Array[] = [];
    let size = 0;
    const done = Promise.withResolvers<void>();
    link.receive((chunk) => {
      parts.push(chunk.slice());
      if ((size += chunk.byteLength) === 20_000) done.resolve();
    });
    await done.promise;
    expect(equalBytes(concatBytes(...parts), pattern(20_000))).toBe(true);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(512);
    link.close();
    await link.ended;
  });

  it("P-97 takes no server that knows the station's key and has not its secret", async () => {
    const [wanted, impostor] = [freshIdentity(), freshIdentity()];
    // It knows the key, as everybody may, but does not have it.
    const door = await dnsDoor("t.example", { ...impostor, publicKey: wanted.publicKey }, (link) => {
      void openSealedLink(link, impostor).catch(() => undefined);
    });
    onTestFinished(() => door.close());
    const route = formatDnsRoute("t.example", wanted.publicKey, [`127.0.0.1:${door.port}`]);
    await expect(dnsCarrier({ limits: LIMITS }).dial(route, { signal: NEVER })).rejects.toMatchObject({
      code: "carrier/unusable",
      reason: "key",
    });
  });
});
