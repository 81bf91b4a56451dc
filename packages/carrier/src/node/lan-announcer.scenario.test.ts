/* What an announced station says on the local network, and what is made of what others say. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import multicastDns, { type ResponsePacket } from "multicast-dns";
import { describe, expect, it, onTestFinished } from "vitest";
import { toBase32 } from "@chapar/wire/bytes";
import { announcedKey, announcedNames, LAN_SERVICE } from "../lan/lan-announcement.ts";
import { freshIdentity, sealedDoor } from "../testing/relay-world.ts";
import { lookOnLan, type LanStation, provesKey, startLanResponder, type LanResponder } from "./index.ts";

const LOOPBACK = "127.0.0.1";
const DOOR = 4711;
const ROUNDS = 6;
type Answer = NonNullable<ResponsePacket["answers"]>[number];

/** A port for the tests' own multicast, so that nothing of this machine's network hears or answers. */
async function quietPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, LOOPBACK);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Somebody in the group, who reads with the library and writes what they please. */
class Bystander {
  readonly port: number;
  readonly mdns: ReturnType<typeof multicastDns>;
  readonly heard: ResponsePacket[] = [];

  private constructor(port: number) {
    this.port = port;
    this.mdns = multicastDns({ port, interface: LOOPBACK, bind: "0.0.0.0" });
    this.mdns.on("response", (packet) => this.heard.push(packet));
  }

  static async join(port: number): Promise<Bystander> {
    const one = new Bystander(port);
    await new Promise<void>((resolve) => one.mdns.once("ready", resolve));
    onTestFinished(() => new Promise<void>((resolve) => one.mdns.destroy(() => resolve())));
    return one;
  }

  /** The next answer that is one. */
  next(isOne: (packet: ResponsePacket) => boolean = () => true): Promise<ResponsePacket> {
    return new Promise((resolve) => {
      this.mdns.on("response", (packet) => {
        if (isOne(packet)) resolve(packet);
      });
    });
  }
}

async function announced(mdnsPort: number, key: Uint8Array, port = DOOR): Promise<LanResponder> {
  const responder = await startLanResponder({ key, port, mdnsPort, interface: LOOPBACK, isAnnounced: true });
  onTestFinished(() => responder[Symbol.asyncDispose]());
  return responder;
}

/** Looks until something was found, or for a while. */
const look = (port: number, limitMs: number, home?: Uint8Array): Promise<readonly LanStation[]> =>
  lookOnLan(home, { interfaces: [LOOPBACK], port }, AbortSignal.timeout(limitMs));

const recordsOf = (packet: ResponsePacket): string[] => (packet.answers ?? []).map(recordWords).toSorted();

function recordWords(answer: Answer): string {
  if (answer.type === "SRV") return `SRV ${answer.name} ${answer.data.target}:${answer.data.port}`;
  if (answer.type === "TXT") return `TXT ${answer.name} ${[answer.data].flat().map(String).join(" ")}`;
  if (answer.type === "PTR" || answer.type === "A") return `${answer.type} ${answer.name} ${answer.data}`;
  return answer.type;
}

function expectedRecords(key: Uint8Array): string[] {
  const text = toBase32(key);
  const host = `${text.slice(0, 24)}.local`;
  return [
    `A ${host} ${LOOPBACK}`,
    `PTR _chapar._tcp.local ${text}._chapar._tcp.local`,
    `SRV ${text}._chapar._tcp.local ${host}:${DOOR}`,
    `TXT ${text}._chapar._tcp.local txtvers=1 key=${text}`,
  ];
}

describe("a station that is announced", () => {
  it("J-30 J-31 says its key and its door when it begins, a second time, and takes it back when it ends", async () => {
    const mdnsPort = await quietPort();
    const bystander = await Bystander.join(mdnsPort);
    const { publicKey: key } = freshIdentity();
    const second = new Promise<void>((resolve) => {
      bystander.mdns.on("response", () => {
        if (bystander.heard.length === 2) resolve();
      });
    });
    const responder = await announced(mdnsPort, key);
    await second;
    for (const packet of bystander.heard) expect(recordsOf(packet)).toEqual(expectedRecords(key));
    // What only it may say replaces what was said before; that there is a service of the kind does not.
    const flushed = (bystander.heard[0]?.answers ?? []).map(({ type, ...more }) => [
      type,
      "flush" in more && more.flush,
    ]);
    expect(Object.fromEntries(flushed)).toEqual({ PTR: false, SRV: true, TXT: true, A: true });
    const over = bystander.next(({ answers }) => answers?.[0]?.type === "PTR" && answers[0].ttl === 0);
    await responder[Symbol.asyncDispose]();
    expect(recordsOf(await over)).toEqual([expectedRecords(key)[1]]);
  });

  it("J-31 answers all who listen to a question of the group, not who names it as known, and tells that there is such a service", async () => {
    const mdnsPort = await quietPort();
    const { publicKey: key } = freshIdentity();
    await announced(mdnsPort, key);
    const bystander = await Bystander.join(mdnsPort);
    // The second announcement is over.
    await bystander.next();
    const question = { name: LAN_SERVICE, type: "PTR" as const };
    const known = { ...question, ttl: 100, data: announcedNames(key).instance };
    bystander.heard.length = 0;
    bystander.mdns.query({ questions: [question], answers: [known] });
    const services = { name: "_services._dns-sd._udp.local", type: "PTR" as const };
    // As many as take longer than the longest wait of an answer that ought not to come.
    for (let round = 0; round < ROUNDS; round++) {
      const named = bystander.next();
      bystander.mdns.query([services]);
      expect(recordsOf(await named)).toEqual([`PTR ${services.name} ${LAN_SERVICE}`]);
    }
    const answered = bystander.next();
    bystander.mdns.query([question]);
    expect(recordsOf(await answered)).toEqual(expectedRecords(key));
    expect(bystander.heard).toHaveLength(ROUNDS + 1);
  });

  it("J-30 J-34 is found by who asks from a port of their own, who hears what others do not, and a station that is not announced is found by its key alone", async () => {
    const mdnsPort = await quietPort();
    const [open, quiet] = [freshIdentity().publicKey, freshIdentity().publicKey];
    await announced(mdnsPort, open);
    const responder = await startLanResponder({ key: quiet, port: DOOR, mdnsPort, interface: LOOPBACK });
    onTestFinished(() => responder[Symbol.asyncDispose]());
    const bystander = await Bystander.join(mdnsPort);
    await bystander.next();
    bystander.heard.length = 0;
    const places = await look(mdnsPort, 1_000);
    expect(places).toEqual([{ key: open, host: LOOPBACK, port: DOOR, isAnnounced: true }]);
    expect(bystander.heard).toEqual([]);
    const withHome = await look(mdnsPort, 1_000, quiet);
    expect(withHome).toHaveLength(2);
    expect(withHome).toContainEqual({ key: quiet, host: LOOPBACK, port: DOOR, isAnnounced: false });
    expect(await look(mdnsPort, 1_000, open)).toEqual(places);
  });
});

describe("what is said on the local network", () => {
  it("J-32 is believed of who proves the key, and of nobody else", async () => {
    const mdnsPort = await quietPort();
    const door = await sealedDoor((link) => link.receive((chunk) => link.send(chunk)));
    const impostor = await sealedDoor((link) => link.close());
    onTestFinished(async () => {
      await door[Symbol.asyncDispose]();
      await impostor[Symbol.asyncDispose]();
    });
    const portOf = ({ url }: { readonly url: string }): number => Number(new URL(url).port);
    await announced(mdnsPort, door.identity.publicKey, portOf(impostor));
    await announced(mdnsPort, door.identity.publicKey, portOf(door));
    const places = await look(mdnsPort, 1_000, door.identity.publicKey);
    const proved = await Promise.all(places.map(async (each) => [each.port, await provesKey(each)]));
    expect(Object.fromEntries(proved)).toEqual({ [portOf(door)]: true, [portOf(impostor)]: false });
  });

  it("J-32 passes over what is no announcement, names two keys, or is too much, and reads any answer without throwing", async () => {
    const mdnsPort = await quietPort();
    const liar: Socket = createSocket({ type: "udp4", reuseAddr: true });
    const packets = multicastDns({ port: mdnsPort, interface: LOOPBACK, bind: "0.0.0.0", loopback: false });
    onTestFinished(() => new Promise<void>((resolve) => packets.destroy(() => resolve())));
    onTestFinished(() => void liar.close());
    const say = (key: Uint8Array, port: number, attributes: readonly string[]): Answer[] => {
      const { instance: name, host: target } = announcedNames(key);
      return [
        { type: "SRV", name, data: { port, target } },
        { type: "TXT", name, data: [...attributes] },
      ];
    };
    const lied: string[] = [];
    packets.on("query", (_, from) => {
      const [one, other] = [freshIdentity().publicKey, freshIdentity().publicKey];
      const own = announcedNames(one).attributes;
      lied.push(toBase32(one));
      const lies = [say(one, DOOR, announcedNames(other).attributes), say(one, 0, own), say(one, DOOR, own.slice(1))];
      for (const answers of [...lies, say(one, DOOR, [...own, "key=x"]), say(one, DOOR, own).slice(0, 1)])
        packets.respond({ answers }, from);
      for (const bytes of [Buffer.alloc(0), Buffer.alloc(12, 0x84), Buffer.alloc(600, 0xc0)])
        liar.send(bytes, from.port, from.address);
      for (let at = 0; at < 40; at++) {
        const { publicKey } = freshIdentity();
        packets.respond({ answers: say(publicKey, DOOR, announcedNames(publicKey).attributes) }, from);
      }
    });
    const places = await look(mdnsPort, 700);
    expect(places).toHaveLength(32);
    const keys = places.map(({ key }) => toBase32(key));
    expect(new Set(keys).size).toBe(32);
    expect(keys.filter((key) => lied.includes(key))).toEqual([]);
  });

  it("J-32 reads announcements of one spelling", () => {
    const { publicKey: key } = freshIdentity();
    const { instance, attributes } = announcedNames(key);
    expect(announcedKey(instance, attributes)).toEqual(key);
    expect(announcedKey(instance.toUpperCase(), attributes)).toEqual(key);
    for (const [name, said] of [
      ["_chapar._tcp.local", attributes],
      [instance.replace("_chapar", "_http"), attributes],
      [instance.slice(1), attributes],
      [instance, []],
      [instance, announcedNames(freshIdentity().publicKey).attributes],
      [instance, [...attributes, "key=x"]],
      [instance, ["txtvers=2", ...attributes.slice(1)]],
    ] as const)
      expect(announcedKey(name, said)).toBeUndefined();
  });
});
