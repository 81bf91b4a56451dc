/*
 * Puts the TypeScript router into the client's path: two TUN devices held by socats in the border's namespace, one of them
 * moved to the client, the routes of both sides bent through them. What the client sends abroad goes through the router; what
 * it sends to the domestic station does not cross the border and does not go there.
 */
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Place, PLACES } from "../addresses.ts";
import { LabError } from "../errors.ts";
import { type LabNetwork, ROUTER_DEVICES, wireName } from "./namespaces.ts";
import { Speaker } from "./processes.ts";
import type { RouterConfig } from "./router-main.ts";

const PORTS = { client: { port: 7001, peer: 7101 }, world: { port: 7002, peer: 7102 } } as const;
const DEVICES = ROUTER_DEVICES;
const READY_LIMIT_MS = 15_000;
const TABLE = "100";
const DEVICE_LIMIT_MS = 5000;
const DEVICE_LOOK_MS = 20;
/** A server that a prober has recognised stays blocked for the rest of any run. */
const PROBED_BLOCK_MS = 3_600_000;

/** What a router does to packets beside judging them. */
export interface LineConditions {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly lossRate: number;
}

/** 40 ms there and back: a station on the same continent. */
export const DEFAULT_LINE: LineConditions = { delayMs: 20, jitterMs: 0, lossRate: 0 };

/** A rule with its parameters. */
export interface RuleChoice {
  readonly id: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A router in the path. */
export interface RunningRouter {
  /** everything it said: rules that acted, servers that were probed */
  readonly speaker: Speaker;
  /** takes it out of the path */
  stop(): Promise<void>;
}

const OUTSIDE = (Object.keys(PLACES) as Place[]).filter((place) => PLACES[place].side === "outside");

/** A socat whose device is one end of the path and whose datagrams are the router's. */
function holdTun(network: LabNetwork, side: "client" | "world"): ChildProcess {
  const { port, peer } = PORTS[side];
  const datagrams = `UDP4-DATAGRAM:127.0.0.1:${port},bind=127.0.0.1:${peer}`;
  return network.start("border", "socat", [`TUN,iff-no-pi,tun-name=${DEVICES[side]}`, datagrams], { stdio: "ignore" });
}

async function untilThere(network: LabNetwork, device: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < DEVICE_LIMIT_MS; waitedMs += DEVICE_LOOK_MS) {
    if (network.ip("border", "-o", "link").includes(device)) return;
    await delay(DEVICE_LOOK_MS);
  }
  throw new LabError("lab/not-ready", `socat made no ${device}`);
}

/** The /24 or /25 of each outside place. */
const outsideNetworks = (): string[] =>
  OUTSIDE.map((place) => {
    const { address, width } = PLACES[place];
    const last = Number(address.split(".")[3]);
    return `${address.split(".").slice(0, 3).join(".")}.${width === 25 && last >= 128 ? 128 : 0}/${width}`;
  });

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.kill("SIGTERM");
  await closed;
}

/** Waits until a device is gone: the kernel removes it some time after its holder has ended. */
async function untilGone(network: LabNetwork, node: "client" | "border", device: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < DEVICE_LIMIT_MS; waitedMs += DEVICE_LOOK_MS) {
    if (!network.ip(node, "-o", "link").includes(device)) return;
    await delay(DEVICE_LOOK_MS);
  }
  throw new LabError("lab/not-ready", `${device} does not go away`);
}

function bendRoutes(network: LabNetwork): void {
  const client = PLACES.client.address;
  for (const prefix of outsideNetworks())
    network.ip("client", "route", "add", prefix, "dev", DEVICES.client, "src", client);
  network.ip("border", "route", "add", `${client}/32`, "dev", DEVICES.world, "table", TABLE);
  for (const place of OUTSIDE) network.ip("border", "rule", "add", "iif", wireName(place), "lookup", TABLE);
}

/** Takes back the rules of the border; routes over a device go with it. */
function straightenRoutes(network: LabNetwork): void {
  for (const place of OUTSIDE) {
    if (network.ip("border", "rule", "list", "iif", wireName(place)).trim() !== "")
      network.ip("border", "rule", "del", "iif", wireName(place), "lookup", TABLE);
  }
}

/** Starts a router with some rules. @throws LabError `lab/not-ready` · `lab/command-failed`; nothing is left in the path then */
export async function startRouter(
  network: LabNetwork,
  rules: readonly RuleChoice[],
  options: { readonly seed: number; readonly line?: LineConditions },
): Promise<RunningRouter> {
  const held: ChildProcess[] = [];
  let speaker: Speaker | undefined;
  const stop = async (): Promise<void> => {
    straightenRoutes(network);
    await speaker?.stop();
    for (const socat of held) await end(socat);
    await untilGone(network, "client", DEVICES.client);
    await untilGone(network, "border", DEVICES.world);
  };
  try {
    for (const side of ["client", "world"] as const) held.push(holdTun(network, side));
    await untilThere(network, DEVICES.client);
    await untilThere(network, DEVICES.world);
    // Both devices come up before a packet can reach a socat, which would end with EIO on a device that is down.
    network.ip("border", "link", "set", DEVICES.client, "netns", network.name("client"));
    network.ip("client", "link", "set", DEVICES.client, "up");
    network.ip("border", "link", "set", DEVICES.world, "up");
    const line = options.line ?? DEFAULT_LINE;
    const config: RouterConfig = { rules, seed: options.seed, ...line, ...PORTS, probedBlockMs: PROBED_BLOCK_MS };
    const main = join(import.meta.dirname, "router-main.ts");
    speaker = new Speaker("router", network.start("border", process.execPath, [main, JSON.stringify(config)]));
    await speaker.heard("ready", READY_LIMIT_MS);
    bendRoutes(network);
    return { speaker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
