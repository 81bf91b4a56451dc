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
import { type LabNetwork, wireName } from "./namespaces.ts";
import { Speaker } from "./processes.ts";
import type { RouterConfig } from "./router-main.ts";

const PORTS = { client: { port: 7001, peer: 7101 }, world: { port: 7002, peer: 7102 } } as const;
const DEVICES = { client: "labclient", world: "labworld" } as const;
const READY_LIMIT_MS = 15_000;
const TABLE = "100";
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

async function holdTun(network: LabNetwork, side: "client" | "world"): Promise<ChildProcess> {
  const { port, peer } = PORTS[side];
  const socat = network.start("border", "socat", [
    `TUN,iff-no-pi,tun-name=${DEVICES[side]}`,
    `UDP4-DATAGRAM:127.0.0.1:${port},bind=127.0.0.1:${peer}`,
  ]);
  for (let waitedMs = 0; waitedMs < 3000; waitedMs += 20) {
    if (network.ip("border", "-o", "link").includes(DEVICES[side])) return socat;
    await delay(20);
  }
  throw new LabError("lab/not-ready", "socat made no TUN device");
}

/** The /24 or /25 of each outside place. */
const outsideNetworks = (): string[] =>
  OUTSIDE.map((place) => {
    const { address, width } = PLACES[place];
    const last = Number(address.split(".")[3]);
    return `${address.split(".").slice(0, 3).join(".")}.${width === 25 && last >= 128 ? 128 : 0}/${width}`;
  });

/** Starts a router with some rules. @throws LabError `lab/not-ready` · `lab/command-failed` */
export async function startRouter(
  network: LabNetwork,
  rules: readonly RuleChoice[],
  options: { readonly seed: number; readonly line?: LineConditions },
): Promise<RunningRouter> {
  const socats = [await holdTun(network, "client"), await holdTun(network, "world")];
  // Both devices come up before a packet can reach a socat, which would end with EIO on a device that is down.
  network.ip("border", "link", "set", DEVICES.client, "netns", network.name("client"));
  network.ip("client", "link", "set", DEVICES.client, "up");
  network.ip("border", "link", "set", DEVICES.world, "up");
  const config: RouterConfig = {
    rules,
    seed: options.seed,
    ...(options.line ?? DEFAULT_LINE),
    ...PORTS,
    probedBlockMs: PROBED_BLOCK_MS,
  };
  const main = join(import.meta.dirname, "router-main.ts");
  const speaker = new Speaker("router", network.start("border", process.execPath, [main, JSON.stringify(config)]));
  await speaker.heard("ready", READY_LIMIT_MS);
  const client = PLACES.client.address;
  for (const prefix of outsideNetworks())
    network.ip("client", "route", "add", prefix, "dev", DEVICES.client, "src", client);
  network.ip("border", "route", "add", `${client}/32`, "dev", DEVICES.world, "table", TABLE);
  for (const place of OUTSIDE) network.ip("border", "rule", "add", "iif", wireName(place), "lookup", TABLE);
  return {
    speaker,
    async stop() {
      await speaker.stop();
      for (const place of OUTSIDE) network.ip("border", "rule", "del", "iif", wireName(place), "lookup", TABLE);
      // The devices and their routes go with the processes that hold them.
      for (const socat of socats) {
        const closed = new Promise<void>((resolve) => socat.once("close", () => resolve()));
        socat.kill("SIGTERM");
        await closed;
      }
    },
  };
}
