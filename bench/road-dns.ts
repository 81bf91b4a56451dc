/*
 * `./chapar bench road --case dns`: sessions over DNS on real sockets, through a forwarder that stands for resolver and line: 100 ms each way, a tenth of the
 * messages lost each way, queries over 72 bytes swallowed. What an attach costs, how long a letter of 1 kB takes, alone and behind bulk, and what
 * each direction carries.
 */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import {
  DnsAcceptor,
  formatDnsRoute,
  RouteMemory,
  type Session,
  SessionAcceptor,
  sessionCarrier,
} from "@chapar/carrier";
import {
  dnsCarrier,
  type DnsServer,
  openSealedLink,
  sealingIdentity,
  sessionCrypto,
  startDnsServer,
  systemClock,
  systemRng,
} from "@chapar/carrier/node";

const DOMAIN = "t.example";
const LINE = { delayMs: 100, lossRate: 0.1, maxQueryBytes: 72 } as const;
const LETTER_BYTES = 1_000;
const LETTERS = 15;
const ATTACHES = 7;
const BULK_MS = 20_000;
const NEVER = new AbortController().signal;

/** What sessions over DNS came to. */
interface DnsResult {
  readonly case: "dns";
  readonly delayMs: number;
  readonly lossEachWay: number;
  readonly attachMs: number;
  readonly attachMostMs: number;
  /** for one attach without loss: queries that carry something, and data both ways, TLS included */
  readonly attachQueries: number;
  readonly letterMs: number;
  readonly letterMostMs: number;
  readonly letterBehindBulkMs: number;
  readonly letterBehindBulkMostMs: number;
  readonly upKbit: number;
  /** of the one resolver, while that was measured */
  readonly upQueriesPerS: number;
  readonly downKbit: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const most = (values: readonly number[]): number => Math.round(Math.max(...values));

/** A forwarder that delays, loses and swallows, and counts. */
async function startLine(
  to: number,
  lossRate: number,
): Promise<{ readonly port: number; queries: number; close(): void }> {
  const front = createSocket({ type: "udp4", recvBufferSize: 1_000_000 }).bind(0, "127.0.0.1");
  await once(front, "listening");
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    front.close();
  };
  const line = { port: front.address().port, queries: 0, close };
  const late = (act: () => void): void => {
    if (Math.random() >= lossRate) setTimeout(() => (isOpen ? act() : undefined), LINE.delayMs);
  };
  front.on("message", (query, from) => {
    line.queries++;
    if (query.byteLength > LINE.maxQueryBytes) return;
    late(() => {
      const own = createSocket("udp4");
      own.send(query, to, "127.0.0.1");
      const timer = setTimeout(() => own.close(), 3_000);
      own.once("message", (answer) => {
        clearTimeout(timer);
        own.close();
        late(() => front.send(answer, from.port, from.address, () => undefined));
      });
    });
  });
  return line;
}

/** A session's both ends. */
interface Talk {
  readonly near: Session;
  readonly far: Session;
  readonly tookMs: number;
  readonly queries: number;
  /** queries so far */
  readonly asked: () => number;
}

class Town implements AsyncDisposable {
  readonly #accepted: Session[] = [];
  readonly #identity = sealingIdentity(new Uint8Array(32).fill(9));
  readonly #crypto = sessionCrypto();
  #server: DnsServer | undefined;

  async open(): Promise<this> {
    const [clock, rng] = [systemClock(), systemRng()];
    const sessions = new SessionAcceptor({
      clock,
      rng,
      crypto: this.#crypto,
      signer: this.#identity,
      accept: (session) => void this.#accepted.push(session),
    });
    const acceptor = new DnsAcceptor({
      domain: DOMAIN.split("."),
      station: this.#identity.publicKey,
      clock,
      sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
      accept: (link, source) => {
        openSealedLink(link, this.#identity, { sealLimitMs: 20_000 }).then(
          (inner) => sessions.accept(inner, source),
          () => undefined,
        );
      },
    });
    this.#server = await startDnsServer({ acceptor, port: 0, host: "127.0.0.1" });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  async talk(lossRate: number): Promise<Talk & { readonly close: () => Promise<void> }> {
    const line = await startLine(this.#server?.port ?? 0, lossRate);
    const [clock, rng] = [systemClock(), systemRng()];
    let near: Session | undefined;
    const carrier = sessionCarrier({
      clock,
      rng,
      crypto: this.#crypto,
      memory: new RouteMemory({ clock, rng }),
      carriers: [dnsCarrier()],
      acceptorKey: () => this.#identity.publicKey,
      onSession: (session) => (near = session),
    });
    const route = formatDnsRoute(DOMAIN, this.#identity.publicKey, [`127.0.0.1:${line.port}`]);
    const began = performance.now();
    const link = await carrier.dial(route, { signal: NEVER });
    const tookMs = performance.now() - began;
    const far = this.#accepted.pop();
    if (near === undefined || far === undefined) throw new Error("no session");
    const close = async (): Promise<void> => {
      link.close();
      await link.ended;
      line.close();
    };
    return { near, far, tookMs, queries: line.queries, asked: () => line.queries, close };
  }
}

/** Counts what arrives on a link, and tells when it has come so far. */
class Counter {
  bytes = 0;
  #waiting: { readonly at: number; readonly resolve: () => void } | undefined;

  take(sizeBytes: number): void {
    this.bytes += sizeBytes;
    if (this.#waiting !== undefined && this.bytes >= this.#waiting.at) this.#waiting.resolve();
  }

  reaches(at: number): Promise<void> {
    return new Promise((resolve) => (this.#waiting = { at, resolve }));
  }
}

/** Measures and answers. */
export async function benchDns(): Promise<DnsResult> {
  await using town = await new Town().open();
  const whole = await town.talk(0);
  await whole.close();
  const attaches: number[] = [];
  for (let i = 0; i < ATTACHES; i++) {
    const talk = await town.talk(LINE.lossRate);
    attaches.push(talk.tookMs);
    await talk.close();
  }
  const talk = await town.talk(LINE.lossRate);
  const letters = new Counter();
  talk.far.link.receive((chunk) => letters.take(chunk.byteLength));
  talk.near.link.receive(() => undefined);
  const letter = async (): Promise<number> => {
    const began = performance.now();
    const arrived = letters.reaches(letters.bytes + LETTER_BYTES);
    talk.near.link.send(new Uint8Array(LETTER_BYTES));
    await arrived;
    return performance.now() - began;
  };
  const alone: number[] = [];
  for (let i = 0; i < LETTERS; i++) alone.push(await letter());
  const up = new Counter();
  talk.far.onStream((stream) => stream.receive((chunk) => up.take(chunk.byteLength)));
  const stream = talk.near.open("bulk", new Uint8Array(1));
  stream?.send(new Uint8Array(2_000_000));
  const behind: number[] = [];
  for (let i = 0; i < LETTERS; i++) behind.push(await letter());
  const [upFrom, upAt, askedFrom] = [up.bytes, performance.now(), talk.asked()];
  await new Promise((resolve) => setTimeout(resolve, BULK_MS));
  const upKbit = ((up.bytes - upFrom) * 8) / (performance.now() - upAt);
  const upQueriesPerS = ((talk.asked() - askedFrom) * 1_000) / (performance.now() - upAt);
  await talk.close();
  const other = await town.talk(LINE.lossRate);
  const down = new Counter();
  other.near.link.receive((chunk) => down.take(chunk.byteLength));
  other.far.link.send(new Uint8Array(2_000_000));
  const downAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, BULK_MS));
  const downKbit = (down.bytes * 8) / (performance.now() - downAt);
  await other.close();
  return {
    case: "dns",
    delayMs: 2 * LINE.delayMs,
    lossEachWay: LINE.lossRate,
    attachMs: Math.round(median(attaches)),
    attachMostMs: most(attaches),
    attachQueries: whole.queries,
    letterMs: Math.round(median(alone)),
    letterMostMs: most(alone),
    letterBehindBulkMs: Math.round(median(behind)),
    letterBehindBulkMostMs: most(behind),
    upKbit: Math.round(upKbit * 10) / 10,
    upQueriesPerS: Math.round(upQueriesPerS),
    downKbit: Math.round(downKbit * 10) / 10,
  };
}
