/*
 * The router in the client's path, as a process of its own inside the border's namespace: IP packets come and go as datagrams
 * of two socats that hold TUN devices, one the client's and one the border's. Each packet is judged by a `Censor`; delay,
 * jitter and loss are added; forged packets are let in; servers are probed from here, because here is where a censor sits.
 *
 * Started by `router-engine.ts` with one JSON argument; prints one JSON line per event on standard output.
 */
import { createSocket, type Socket } from "node:dgram";
import { Censor, type Injection } from "../censor.ts";
import { seededRandom } from "../memory/seeded-random.ts";
import { parseIp } from "../parsers/ip.ts";
import { judge } from "../probes.ts";
import { ruleById } from "../rules/index.ts";
import type { ProbeOrder, RuleId } from "../vocabulary.ts";
import { nodePrimitives } from "./node-primitives.ts";
import { probeServer } from "./prober.ts";

/** What the router is started with. */
export interface RouterConfig {
  readonly rules: readonly { readonly id: string; readonly params: Readonly<Record<string, unknown>> }[];
  readonly seed: number;
  /** one way, added to each packet */
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly lossRate: number;
  /** our socket and the socat's, for either TUN device */
  readonly client: { readonly port: number; readonly peer: number };
  readonly world: { readonly port: number; readonly peer: number };
  /** how long a server that a prober has recognised is blocked */
  readonly probedBlockMs: number;
}

const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
const LOOPBACK = "127.0.0.1";

class Router {
  readonly #config: RouterConfig;
  readonly #censor: Censor;
  readonly #random: () => number;
  readonly #sockets: { readonly out: Socket; readonly in: Socket };
  readonly #acted = new Set<RuleId>();
  #lateTimer: NodeJS.Timeout | undefined;

  constructor(config: RouterConfig, sockets: { readonly out: Socket; readonly in: Socket }) {
    this.#config = config;
    this.#sockets = sockets;
    this.#random = seededRandom(config.seed);
    const rules = config.rules.flatMap(({ id, params }) => {
      const rule = ruleById(id);
      return rule === undefined ? [] : [rule.arm(params)];
    });
    this.#censor = new Censor({ rules, primitives: nodePrimitives, random: this.#random });
  }

  /** A packet from one side; forwarded to the other when it may pass. */
  take(bytes: Uint8Array, direction: "out" | "in"): void {
    const { lossRate } = this.#config;
    if (lossRate > 0 && this.#random() < lossRate) return;
    const packet = parseIp(bytes);
    // What is not IPv4 with a known protocol is nothing a rule could judge; the lab has no use for it.
    if (!packet.ok) return;
    const nowMs = performance.now();
    const { forward, holdMs, injections, probes, by } = this.#censor.handle(packet.value, direction, nowMs);
    this.#tell(by);
    this.#inject(injections);
    this.#probe(probes);
    this.#awaitLateVerdicts(nowMs);
    if (forward) this.#send(bytes, direction, holdMs);
  }

  #send(bytes: Uint8Array, direction: "out" | "in", holdMs: number): void {
    const { delayMs, jitterMs, client, world } = this.#config;
    const waitMs = delayMs + holdMs + (jitterMs > 0 ? this.#random() * jitterMs : 0);
    const to = direction === "out" ? world : client;
    const send = (): void => this.#sockets[direction].send(bytes, to.peer, LOOPBACK);
    if (waitMs > 0) setTimeout(send, waitMs);
    else send();
  }

  #inject(injections: readonly Injection[]): void {
    for (const { toward, bytes } of injections)
      this.#send(bytes, toward === "inside" ? "in" : "out", -this.#config.delayMs);
  }

  #tell(by: readonly RuleId[]): void {
    for (const rule of by) {
      if (this.#acted.has(rule)) continue;
      this.#acted.add(rule);
      say({ event: "acted", rule });
    }
  }

  #probe(orders: readonly ProbeOrder[]): void {
    for (const order of orders) void this.#ask(order);
  }

  async #ask({ rule, server, sample }: ProbeOrder): Promise<void> {
    const reactions = await probeServer(rule, server, sample, this.#random);
    const judgement = judge(rule, reactions);
    say({ event: "probed", rule, server, ...judgement, reactions });
    if (judgement.suspect) this.#censor.blockServer(rule, server, this.#config.probedBlockMs, performance.now());
  }

  #awaitLateVerdicts(nowMs: number): void {
    const dueMs = this.#censor.nextDueMs;
    if (dueMs === undefined || this.#lateTimer !== undefined) return;
    this.#lateTimer = setTimeout(
      () => {
        this.#lateTimer = undefined;
        const { injections, probes } = this.#censor.due(performance.now());
        this.#inject(injections);
        this.#probe(probes);
        this.#awaitLateVerdicts(performance.now());
      },
      Math.max(1, dueMs - nowMs),
    );
  }
}

function say(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function listen(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(port, LOOPBACK, resolve));
  socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
  socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  return socket;
}

async function main(): Promise<void> {
  const config = JSON.parse(process.argv[2] ?? "{}") as RouterConfig;
  const [client, world] = await Promise.all([listen(config.client.port), listen(config.world.port)]);
  const router = new Router(config, { out: world, in: client });
  // A Buffer's slice is no copy: rules keep what they slice, and a prober changes it.
  const plain = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
    new Uint8Array(buffer, byteOffset, byteLength);
  client.on("message", (bytes) => router.take(plain(bytes), "out"));
  world.on("message", (bytes) => router.take(plain(bytes), "in"));
  say({ event: "ready" });
}

await main();
