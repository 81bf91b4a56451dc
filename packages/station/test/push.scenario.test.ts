/*
 * Waking devices by Web Push: when, whom, and how a push service sees it. The service is a double that speaks RFC 8030 over HTTP and checks
 * the VAPID token as RFC 8292 says.
 */
import { createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deviceId, type LogId } from "@chapar/wire";
import { fromBase64Url, toHex } from "@chapar/wire/bytes";
import { systemClock } from "@chapar/carrier/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPushDesk } from "../src/node/web-push.ts";
import { type Delivery, PUSH_PAUSE_MS, PushDesk, type PushPorts } from "../src/push/push-desk.ts";
import { keyOf, knock, type TestClient, type TestPerson, type TestStation, TestWorld } from "../src/testing/index.ts";

const KEY = new Uint8Array(65).fill(4);
const SARA = "https://push.example/sara";

class Service {
  readonly sent: string[] = [];
  readonly kept: string[][] = [];
  answer: Delivery = "taken";

  desk(world: TestWorld, held: PushPorts["held"] = new Map()): PushDesk {
    return new PushDesk({
      clock: world.clock,
      key: KEY,
      send: async (endpoint) => {
        this.sent.push(endpoint);
        return this.answer;
      },
      mayReach: (endpoint) => endpoint.startsWith("https://push.example/"),
      held,
      keep: (addresses) => void this.kept.push([...addresses.values()]),
    });
  }
}

let world: TestWorld;
let service: Service;
let station: TestStation;
let sara: { client: TestClient; person: TestPerson };
let inbox: LogId;

/** Sara's device reads its inbox over a link. */
async function reads(client: TestClient): Promise<void> {
  const read = await client.proofBy(sara.person.inboxKey(), inbox);
  await world.settle(client.expect("log.state", { type: "log.open", log: inbox, read, write: undefined }));
  await world.settle(client.expect("done", { type: "log.follow", log: inbox, from: 0 }));
}

let knocks = 0;
async function knocked(): Promise<void> {
  const stranger = await world.client(station);
  const entry = knock(`hello ${(knocks += 1)}`);
  await world.settle(stranger.expect("receipt", { type: "inbox.append", inbox, at: undefined, entry }));
  await world.settle(stranger.close());
}

const put = (endpoint: string, client = sara.client): Promise<unknown> =>
  world.settle(client.ask({ type: "push.put", endpoint }));

beforeEach(async () => {
  world = new TestWorld();
  service = new Service();
  station = await world.station("one", { push: service.desk(world) });
  sara = await world.resident(station, "sara");
  await world.settle(sara.client.expect("log.state", { type: "log.create", genesis: sara.person.inbox() }));
  inbox = sara.person.inboxAt(station.ref);
  await reads(sara.client);
});

describe("addresses", () => {
  it("N-30 the key is told to residents, and by nobody who sends nothing", async () => {
    expect(await world.settle(sara.client.expect("push.key", { type: "push.key" }))).toMatchObject({ key: KEY });
    const other = await world.station("two");
    const dara = await world.resident(other, "dara");
    expect(await world.settle(dara.client.ask({ type: "push.key" }))).toMatchObject({ code: "station/not-allowed" });
    const stranger = await world.client(station);
    expect(await world.settle(stranger.ask({ type: "push.put", endpoint: SARA }))).toMatchObject({
      code: "station/not-authenticated",
    });
  });

  it("N-31 one of each device is kept, the newest; those of other places are refused", async () => {
    expect(await put("http://127.0.0.1:9/x")).toMatchObject({ code: "station/not-allowed" });
    await put(SARA);
    await put("https://push.example/newer");
    expect(service.kept.at(-1)).toEqual(["https://push.example/newer"]);
    await put("");
    expect(service.kept.at(-1)).toEqual([]);
    await world.settle(sara.client.close());
    await knocked();
    expect(service.sent).toEqual([]);
  });

  it("N-32 a device that is revoked loses its own", async () => {
    await put(SARA);
    const added = sara.person.addDevice("laptop");
    await world.settle(sara.client.expect("done", { type: "identity.put", ops: [added] }));
    const laptop = await world.client(station);
    await world.settle(laptop.auth(sara.person.identity, keyOf("sara laptop")));
    await put("https://push.example/laptop", laptop);
    const revoked = sara.person.revokeDevice("laptop");
    await world.settle(sara.client.expect("done", { type: "identity.put", ops: [revoked] }));
    expect(service.kept.at(-1)).toEqual([SARA]);
  });
});

describe("waking", () => {
  it("N-33 a device without a link is woken by what comes into a log it read, and one with a link is not", async () => {
    await put(SARA);
    await knocked();
    expect(service.sent).toEqual([]);
    await world.settle(sara.client.close());
    await knocked();
    expect(service.sent).toEqual([SARA]);
  });

  it("N-33 one of two links that ends leaves it awake", async () => {
    await put(SARA);
    const second = await world.client(station);
    await world.settle(second.auth(sara.person.identity, sara.person.phone));
    await reads(second);
    await world.settle(second.close());
    await knocked();
    expect(service.sent).toEqual([]);
  });

  it("N-35 what comes within a minute of a message is told by one more at its end, and by none when it had a link", async () => {
    await put(SARA);
    await world.settle(sara.client.close());
    for (let at = 0; at < 5; at += 1) await knocked();
    expect(service.sent).toEqual([SARA]);
    await world.clock.advance(PUSH_PAUSE_MS);
    expect(service.sent).toEqual([SARA, SARA]);
    await knocked();
    const again = await world.client(station);
    await world.settle(again.auth(sara.person.identity, sara.person.phone));
    await world.clock.advance(PUSH_PAUSE_MS * 2);
    expect(service.sent).toEqual([SARA, SARA]);
  });

  it("N-36 after a start each device is told once, and nothing on disk says which logs it reads", async () => {
    const device = toHex(deviceId(sara.person.phone.publicKey));
    const desk = service.desk(world, new Map([[device, SARA]]));
    await world.station("again", { push: desk });
    await world.clock.advance(1);
    expect(service.sent).toEqual([SARA]);
    expect(service.kept.flat()).toEqual([]);
  });

  it("N-37 an address that is gone is deleted; any other failure is tried with the next entry", async () => {
    await put(SARA);
    await world.settle(sara.client.close());
    service.answer = "failed";
    await knocked();
    await world.clock.advance(PUSH_PAUSE_MS);
    service.answer = "gone";
    await knocked();
    await world.clock.advance(1);
    expect(service.kept.at(-1)).toEqual([]);
    await world.clock.advance(PUSH_PAUSE_MS);
    await knocked();
    expect(service.sent).toEqual([SARA, SARA]);
  });
});

describe("a push service", () => {
  let double: Server;
  let folder: string;
  let origin: string;
  let status = 201;
  const asked: { readonly request: IncomingMessage; readonly body: Buffer }[] = [];

  beforeEach(async () => {
    asked.length = 0;
    status = 201;
    folder = mkdtempSync(join(tmpdir(), "chapar-push-"));
    double = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        asked.push({ request, body: Buffer.concat(parts) });
        response.writeHead(status, status === 307 ? { location: `${origin}/elsewhere` } : {}).end();
      });
    }).listen(0, "127.0.0.1");
    await once(double, "listening");
    origin = `http://127.0.0.1:${(double.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    double.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends one message to the double. */
  async function woken(desk: PushDesk): Promise<void> {
    const device = deviceId(keyOf("sara phone").publicKey);
    desk.put(device, `${origin}/w/abc`);
    desk.awake(device);
    desk.asleep(device, ["a log"]);
    const before = asked.length;
    desk.came("a log");
    while (asked.length === before) await once(double, "request");
    await new Promise((resolve) => setImmediate(resolve));
  }

  it("N-34 is asked as RFC 8030 says, with an empty body and a token of RFC 8292 that names it and its station's key", async () => {
    const desk = openPushDesk(folder, { clock: systemClock(), reachesLocal: true });
    await woken(desk);
    const [{ request, body } = { request: undefined, body: undefined }] = asked;
    expect(body?.length).toBe(0);
    expect(request).toMatchObject({ method: "POST", url: "/w/abc", headers: { ttl: "86400", topic: "chapar" } });
    const [, token = "", k = ""] = /^vapid t=([^,]+), ?k=(.+)$/.exec(request?.headers.authorization ?? "") ?? [];
    expect(fromBase64Url(k)).toEqual(desk.key);
    const [head = "", claims = "", signature = ""] = token.split(".");
    const point = Buffer.from(desk.key);
    const jwk = {
      kty: "EC",
      crv: "P-256",
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    };
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toMatchObject({ alg: "ES256" });
    const { aud, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { aud: string; exp: number };
    expect(aud).toBe(origin);
    const left = exp - Date.now() / 1000;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(24 * 3600);
    desk.close();
  });

  it.each([404, 410])("N-37 that answers %s is asked no more, also after a start", async (answer) => {
    const desk = openPushDesk(folder, { clock: systemClock(), reachesLocal: true });
    status = answer;
    await woken(desk);
    while (readFileSync(join(folder, "push.json"), "utf8").includes(origin))
      await new Promise((resolve) => setImmediate(resolve));
    desk.close();
    const again = openPushDesk(folder, { clock: systemClock(), reachesLocal: true });
    again.begin();
    expect(asked).toHaveLength(1);
    again.close();
  });

  it("N-34 that points elsewhere is not followed there", async () => {
    const desk = openPushDesk(folder, { clock: systemClock(), reachesLocal: true });
    status = 307;
    await woken(desk);
    expect(asked.map(({ request }) => request.url)).toEqual(["/w/abc"]);
    desk.close();
  });

  it("N-30 N-31 keys and addresses outlive the station, for its owner's eyes alone; places of its own network are refused", async () => {
    const desk = openPushDesk(folder, { clock: systemClock() });
    const device = deviceId(keyOf("sara phone").publicKey);
    for (const endpoint of [
      "https://127.0.0.1/x",
      "https://192.168.1.1/x",
      "http://push.example/x",
      "https://localhost/x",
      "x",
    ])
      expect(() => desk.put(device, endpoint), endpoint).toThrow();
    desk.put(device, "https://push.example.org/x");
    expect(statSync(join(folder, "push.json")).mode & 0o777).toBe(0o600);
    const again = openPushDesk(folder, { clock: systemClock() });
    expect(again.key).toEqual(desk.key);
    expect(readFileSync(join(folder, "push.json"), "utf8")).toContain("https://push.example.org/x");
  });
});
