/* The exit of a real station: who gets a pass, whom it lets out, and what a station without one says; and its sealed door. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  formatRelayRoute,
  RelayMeter,
  RouteMemory,
  sessionCarrier,
  SESSION_PATH,
  type Carrier,
  type Session,
} from "@chapar/carrier";
import {
  askExit,
  relayCarrier,
  sealingIdentity,
  sessionCrypto,
  startRelayServer,
  startTunnelServer,
  systemClock,
  systemRng,
  webSocketCarrier,
} from "@chapar/carrier/node";
import { identityId } from "@chapar/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { ExitPasses } from "../src/node/exit-service.ts";
import { startStation, type ExitConfig, type RunningStation } from "../src/node/index.ts";
import { TestClient, TestPerson } from "../src/testing/index.ts";

const clock = systemClock();
const rng = systemRng();
const NEVER = new AbortController().signal;

function start(exit?: ExitConfig): Promise<RunningStation> {
  const dataDir = mkdtempSync(join(tmpdir(), "chapar-exit-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return startStation({ dataDir, port: 0, region: "DE", name: "test", ...(exit === undefined ? {} : { exit }) });
}

interface Dialed {
  readonly session: Session;
  readonly client: TestClient;
}

async function dial(station: RunningStation, inner: Carrier, route: string): Promise<Dialed> {
  let session: Session | undefined;
  const carrier = sessionCarrier({
    clock,
    rng,
    crypto: sessionCrypto(),
    memory: new RouteMemory({ clock, rng }),
    carriers: [inner],
    acceptorKey: () => station.key,
    onSession: (made) => (session = made),
  });
  const link = await carrier.dial(route, { signal: NEVER });
  if (session === undefined) throw new Error("no session");
  return { session, client: new TestClient(link) };
}

function directly(station: RunningStation): Promise<Dialed> {
  return dial(station, webSocketCarrier({ linkPath: SESSION_PATH }), station.url);
}

async function joined({ client }: Dialed, station: RunningStation): Promise<TestClient> {
  await client.greet();
  const person = new TestPerson("person", station.ref);
  await client.expect("done", { type: "account.register", ops: person.ops, token: station.signUpToken });
  await client.auth(person.identity, person.phone);
  return client;
}

describe("passes", () => {
  it("P-84 are of one account, one month and one secret, and are known again without a list", () => {
    let month = "2030-01";
    const passes = new ExitPasses(new Uint8Array(32).fill(1), () => month);
    const [dara, sara] = [identityId(new Uint8Array(20).fill(1)), identityId(new Uint8Array(20).fill(2))];
    const pass = passes.passOf(dara);
    expect(passes.passOf(dara)).toEqual(pass);
    expect(passes.userOf(pass)).toEqual(pass.slice(0, 16));
    expect(passes.userOf(passes.passOf(sara))).not.toEqual(passes.userOf(pass));
    for (let at = 0; at < pass.byteLength; at++) {
      const altered = pass.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(passes.userOf(altered)).toBeUndefined();
    }
    expect(new ExitPasses(new Uint8Array(32).fill(2), () => month).userOf(pass)).toBeUndefined();
    month = "2030-02";
    expect(passes.userOf(pass)).toBeUndefined();
    expect(passes.passOf(dara).slice(0, 16)).not.toEqual(pass.slice(0, 16));
  });
});

describe("a station's exit", () => {
  it("P-84 gives an account a pass that opens it; strangers get none, and the invite's token is one", async () => {
    await using station = await start({});
    const dialed = await directly(station);
    await dialed.client.greet();
    expect(await dialed.client.ask({ type: "exit.pass" })).toMatchObject({ code: "station/not-authenticated" });
    const known = await directly(station);
    const client = await joined(known, station);
    const { pass } = await client.expect("exit.pass", { type: "exit.pass" });
    expect(await askExit(known.session, pass)).toBeUndefined();
    expect(await askExit(dialed.session, pass)).toBeUndefined();
    expect(await askExit(dialed.session, station.signUpToken)).toBeUndefined();
    expect(await askExit(dialed.session, new Uint8Array(32))).toBe("bad pass");
  });

  it("P-84 a station without one gives no pass and answers so to every stream", async () => {
    await using station = await start();
    const dialed = await directly(station);
    const client = await joined(dialed, station);
    expect(await client.ask({ type: "exit.pass" })).toMatchObject({ code: "station/not-allowed" });
    expect(await askExit(dialed.session, station.signUpToken)).toBe("no exit");
  });

  it("P-83 keeps to its ports, and to public addresses unless its operator said otherwise", async () => {
    const site = createServer((_request, response) => response.end("reached"));
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void site.close());
    const { port } = site.address() as AddressInfo;
    const tried = async (exit: ExitConfig): Promise<readonly string[]> => {
      await using station = await start(exit);
      const { session } = await directly(station);
      const refused: string[] = [];
      await using tunnel = await startTunnelServer({
        session: () => session,
        pass: station.signUpToken,
        socksPort: 0,
        httpPort: 0,
        onRefused: (reason) => refused.push(reason),
      });
      const answer = await connectThrough(tunnel.httpPort, `127.0.0.1:${port}`);
      return [answer, ...refused];
    };
    expect(await tried({ ports: "443", reach: "loopback" })).toEqual(["403", "port not allowed"]);
    expect(await tried({ ports: "all" })).toEqual(["403", "address not allowed"]);
    expect(await tried({ ports: "all", reach: "loopback" })).toEqual(["200"]);
    await expect(start({ ports: "many" })).rejects.toMatchObject({ code: "station/bad-config" });
  });
});

/** The status of a CONNECT. */
async function connectThrough(proxyPort: number, authority: string): Promise<string> {
  const socket = connect(proxyPort, "127.0.0.1");
  socket.write(`CONNECT ${authority} HTTP/1.1\r\n\r\n`);
  const answer = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
  socket.destroy();
  return answer.toString("latin1").split(" ")[1] ?? "";
}

/** A relay that says it leads to a station's key, and where that leads. */
async function relayTo(key: Uint8Array, url: string): Promise<{ readonly route: string } & AsyncDisposable> {
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
    identity: sealingIdentity(sessionCrypto().randomBytes(32)),
    list: () => list,
    isOwnList: () => true,
    meter: new RelayMeter({}, clock, { hourOf: () => 0, monthOf: () => "" }),
  });
  const route = formatRelayRoute({ inner: `ws://127.0.0.1:${server.port}/way`, station: key, via: undefined });
  return { route, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("a station's sealed door", () => {
  it("P-60 P-61 takes sessions through a relay that sees TLS, and none that are sealed to another key", async () => {
    await using station = await start();
    await using relay = await relayTo(station.key, station.url);
    const inner = relayCarrier({ carriers: [webSocketCarrier()] });
    const client = await joined(await dial(station, inner, relay.route), station);
    expect(await client.ask({ type: "keys.count", suite: 0xf00d })).toMatchObject({ type: "keys.count", count: 0 });
    client.link.close();
    await using other = await start();
    await using liar = await relayTo(station.key, other.url);
    await expect(dial(station, inner, liar.route)).rejects.toMatchObject({ code: "carrier/unusable", reason: "key" });
  });
});
