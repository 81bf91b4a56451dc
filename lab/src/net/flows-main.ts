/*
 * Makes flows as a person's program does: sessions to a station over one route, each greeted, spoken over for a while and closed.
 * Started with one JSON argument; says `done` with how many sessions there were.
 */
import { dialSession, prepareLink, SESSION_PATH, type Carrier } from "@chapar/carrier";
import {
  nodeBurstCarrier,
  relayCarrier,
  sessionCrypto,
  shadowsocksCarrier,
  systemClock,
  systemRng,
  webSocketCarrier,
} from "@chapar/carrier/node";
import { fromBase32 } from "@chapar/wire/bytes";
import { frameBytes, PROTOCOL_VERSIONS } from "@chapar/wire";

interface FlowsMainConfig {
  readonly route: string;
  /** base32 */
  readonly station: string;
  readonly sessions: number;
}

const PINGS = 6;
const AT_ONCE = 4;
const { route, station, sessions } = JSON.parse(process.argv[2] ?? "{}") as FlowsMainConfig;
const linkPath = SESSION_PATH;
const plain = [webSocketCarrier({ linkPath }), nodeBurstCarrier(), shadowsocksCarrier({ linkPath })];
const carriers: readonly Carrier[] = [...plain, relayCarrier({ carriers: plain })];
const carrier = carriers.find((each) => each.handles(route));
const [clock, rng, crypto] = [systemClock(), systemRng(), sessionCrypto()];
const acceptorKey = fromBase32(station);

async function speak(): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  const findLink = async (): Promise<{ route: string; value: Awaited<ReturnType<typeof prepareLink>> }> => {
    const link = await carrier?.dial(route, { signal });
    if (link === undefined) throw new Error("no carrier");
    return { route, value: await prepareLink(link, {}) };
  };
  const key = acceptorKey === undefined ? {} : { acceptorKey };
  await using session = await dialSession({ clock, rng, crypto, findLink, ...key }, { signal });
  session.link.receive(() => undefined);
  session.link.send(frameBytes({ kind: "request", id: 1, body: { type: "greet", version: PROTOCOL_VERSIONS[1] } }));
  for (let id = 2; id < 2 + PINGS; id++) {
    await clock.sleep(20 + rng.next() * 60, signal);
    session.link.send(frameBytes({ kind: "request", id, body: { type: "ping" } }));
  }
  await clock.sleep(60, signal);
}

let [left, done] = [sessions, 0];
async function lane(): Promise<void> {
  while (left-- > 0) {
    await speak().then(
      () => done++,
      // One that failed is told by the number that were not.
      () => undefined,
    );
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, lane));
process.stdout.write(`${JSON.stringify({ event: "done", sessions: done })}\n`);
process.exit(0);
