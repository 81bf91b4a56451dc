/*
 * Whether a front can be told from a site that is nothing else: every probe of R2 and R3, many times each, at nginx with a
 * station behind it and at nginx alone, turn by turn; over TCP at both its ports, and what a stranger would ask inside TLS.
 * Compared are the bytes that come back, how the connection ends, and when.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { PLACES } from "../addresses.ts";
import { LabNetwork } from "../net/namespaces.ts";
import { startNode, startServices } from "../net/services.ts";
import { type Probe, shadowsocksProbes, strangerProbes } from "../probes.ts";

/** As long as nginx lets a silent stranger wait it is one; the prober does not. */
const LISTEN_MS = 1_500;
/** Few: what is measured is the server, not the queue before it. */
const AT_ONCE = 4;
const LIMIT_MS = 3_600_000;
/** Where the station is: nobody guesses it. */
const BELOW = "/hQ3vZ8kP1sWm";
/** Times nearer to one another than this are one: a shared machine does not measure less. */
const SAME_MS = 2;
const SAME_SHARE = 0.1;
const RECORD_HEAD_BYTES = 5;

/** How a server took one probe, whatever it was. */
export interface Answer {
  readonly bytes: Uint8Array;
  readonly ending: "fin" | "rst" | "open";
  readonly atMs: number;
}

/** What came of one probe. */
export interface ProberRow {
  readonly where: string;
  readonly probe: string;
  readonly times: number;
  /** bytes and ending were the same each time */
  readonly same: boolean;
  /** medians until the first byte, or the end when none came: front, then site; null when neither did anything */
  readonly medianMs: readonly [number, number] | null;
  /** the medians are within a tenth of one another, or two milliseconds */
  readonly sameTime: boolean;
}

/**
 * What is compared of an answer: of TLS the kinds and lengths of records, because what they carry is random; of HTTP all but
 * the date.
 */
export function shapeOf({ bytes, ending }: Answer): string {
  const text = Buffer.from(bytes).toString("latin1");
  const isTls = (bytes[0] ?? 0) >= 0x14 && (bytes[0] ?? 0) <= 0x17 && bytes[1] === 3;
  if (!isTls) return `${ending} ${text.replace(/^(?:date|last-modified|etag):.*\r\n/gim, "")}`;
  const records: string[] = [];
  for (let at = 0; at + RECORD_HEAD_BYTES <= bytes.byteLength;) {
    const sizeBytes = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
    records.push(`${bytes[at] ?? 0}:${sizeBytes}`);
    at += RECORD_HEAD_BYTES + sizeBytes;
  }
  return `${ending} TLS ${records.join(" ")}`;
}

/** Sends and listens. `atMs` is the first byte's time, or the end's. */
function answerOf(socket: Socket, bytes: Uint8Array, ready: "connect" | "secureConnect"): Promise<Answer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let [begunMs, firstMs] = [performance.now(), undefined as number | undefined];
    const settle = (ending: Answer["ending"]): void => {
      clearTimeout(timer);
      socket.destroy();
      const atMs = firstMs ?? performance.now() - begunMs;
      resolve({ bytes: new Uint8Array(Buffer.concat(parts)), ending, atMs });
    };
    const timer = setTimeout(() => settle("open"), LISTEN_MS);
    socket.once(ready, () => {
      begunMs = performance.now();
      if (bytes.byteLength > 0) socket.write(bytes);
    });
    socket.on("data", (part: Buffer) => {
      firstMs ??= performance.now() - begunMs;
      parts.push(part);
    });
    socket.once("end", () => settle("fin"));
    socket.once("error", () => settle("rst"));
  });
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** What a stranger asks once TLS stands; the last ones as whoever knows this protocol and not the path. */
function askedInside(): readonly Probe[] {
  const head = (method: string, path: string): string =>
    `${method} ${path} HTTP/1.1\r\nHost: www.example\r\nConnection: close\r\n`;
  const upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
  return [
    { name: "GET /", bytes: ascii(`${head("GET", "/")}\r\n`) },
    { name: "HEAD /64k.bin", bytes: ascii(`${head("HEAD", "/64k.bin")}\r\n`) },
    { name: "GET what is not there", bytes: ascii(`${head("GET", "/nothing/here")}\r\n`) },
    { name: "POST /", bytes: ascii(`${head("POST", "/")}Content-Length: 3\r\n\r\nabc`) },
    { name: "GET /v1/session", bytes: ascii(`${head("GET", "/v1/session")}${upgrade}\r\n`) },
    { name: "POST /v1/burst", bytes: ascii(`${head("POST", "/v1/burst")}Content-Length: 64\r\n\r\n${"x".repeat(64)}`) },
    {
      name: "a path that is nearly right",
      bytes: ascii(`${head("GET", `${BELOW.slice(0, -1)}/v1/session`)}${upgrade}\r\n`),
    },
  ];
}

interface Question {
  readonly where: string;
  readonly probe: Probe;
  readonly ask: (address: string) => Promise<Answer>;
}

/** A person's first bytes, to be replayed: what `node:tls` says first, taken from a connection to nobody. */
async function recordedHello(): Promise<Uint8Array> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  const came = once(server, "connection") as Promise<[Socket]>;
  const client = connectTls({ port, host: "127.0.0.1", servername: "station.example", ALPNProtocols: ["http/1.1"] });
  client.on("error", () => undefined);
  const [socket] = await came;
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return new Uint8Array(bytes);
}

function questions(hello: Uint8Array, random: () => number): readonly Question[] {
  const raw = (port: number, probes: readonly Probe[]): Question[] =>
    probes.map((probe) => ({
      where: `port ${port}`,
      probe,
      ask: (address) => answerOf(connect({ host: address, port, allowHalfOpen: true }), probe.bytes, "connect"),
    }));
  const inside = askedInside().map((probe) => ({
    where: "inside TLS",
    probe,
    ask: (address: string) =>
      answerOf(
        connectTls({ host: address, port: 443, servername: "www.example", rejectUnauthorized: false }),
        probe.bytes,
        "secureConnect",
      ),
  }));
  const request = ascii("GET / HTTP/1.1\r\nHost: station.example\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n");
  return [
    ...raw(443, [...shadowsocksProbes(hello, random), ...strangerProbes(random)]),
    ...raw(80, [...shadowsocksProbes(request, random), ...strangerProbes(random)]),
    ...inside,
  ];
}

const medianOf = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Compares what two servers did. */
export function compare(
  front: readonly Answer[],
  site: readonly Answer[],
): Omit<ProberRow, "where" | "probe" | "times"> {
  const shapes = new Set([...front, ...site].map(shapeOf));
  const timed = (answers: readonly Answer[]): readonly number[] =>
    answers.filter(({ ending, bytes }) => ending !== "open" || bytes.byteLength > 0).map(({ atMs }) => atMs);
  const [ours, theirs] = [timed(front), timed(site)];
  if (ours.length === 0 && theirs.length === 0) return { same: shapes.size === 1, medianMs: null, sameTime: true };
  const [a, b] = [medianOf(ours), medianOf(theirs)];
  const apart = Math.abs(a - b);
  const sameTime = apart <= Math.max(SAME_MS, SAME_SHARE * Math.max(a, b));
  const rounded = (ms: number): number => Math.round(ms * 100) / 100;
  return { same: shapes.size === 1, medianMs: [rounded(a), rounded(b)], sameTime };
}

/** Asks both, as often as wanted, in this process: it stands where a prober does. @param addresses front, then site */
export async function probeBoth(
  times: number,
  addresses: readonly [string, string],
  tell: (row: ProberRow) => void,
): Promise<void> {
  const all = questions(await recordedHello(), Math.random);
  const one = async ({ where, probe, ask }: Question): Promise<void> => {
    const [front, site]: [Answer[], Answer[]] = [[], []];
    for (let i = 0; i < times; i++) {
      // Whoever is first is so as often as the other.
      const isFrontFirst = i % 2 === 0;
      for (const isFront of [isFrontFirst, !isFrontFirst])
        (isFront ? front : site).push(await ask(isFront ? addresses[0] : addresses[1]));
    }
    tell({ where, probe: probe.name, times, ...compare(front, site) });
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let question = all[next++]; question !== undefined; question = all[next++]) await one(question);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/**
 * Builds the network, puts the station's front beside a bare site, and probes both from the client's place.
 *
 * @throws LabError `lab/needs-root` · `lab/not-ready`
 */
export async function probers(times: number, tell: (row: ProberRow) => void): Promise<void> {
  await using network = await LabNetwork.build();
  const { certificates } = await startServices(network, { station: true, below: BELOW });
  const addresses = [PLACES.foreign.address, PLACES.site.address];
  const asking = startNode(network, "client", "probers-main.ts", { times, addresses }, certificates);
  const done = asking.heard("done", LIMIT_MS);
  let told = 0;
  const pass = (): void => {
    for (const { event, row } of asking.said.slice(told)) {
      told++;
      if (event === "row") tell(row as ProberRow);
    }
  };
  for (let isDone = false; !isDone; pass()) isDone = await Promise.race([done.then(() => true), delay(500, false)]);
}
