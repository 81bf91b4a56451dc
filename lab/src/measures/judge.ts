/*
 * What a judge that is not ours calls our routes: nDPI's own reader (Debian's libndpi-bin) over captures of real sessions in the
 * namespaces, taken at the client's wire.
 */
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatRelayRoute } from "@chapar/carrier";
import { previewInvite } from "@chapar/client";
import { fromBase32 } from "@chapar/wire/bytes";
import { PLACES } from "../addresses.ts";
import { LabError } from "../errors.ts";
import { LabNetwork } from "../net/namespaces.ts";
import { FURTHER_ROUTES, startNode, startServices, type Services } from "../net/services.ts";
import { programPath, runTool } from "../net/tools.ts";

const LIMIT_MS = 600_000;
const SETTLE_MS = 500;
const RELAY = { host: "0.0.0.0", port: 8090, path: "/way" } as const;
/** A session over bursts is so many flows, about. */
const FLOWS_OF_BURSTS = 4;

/** What was said of one route. */
export interface JudgeRow {
  readonly route: string;
  readonly sessions: number;
  readonly flows: number;
  /** flows by what they were called */
  readonly names: Readonly<Record<string, number>>;
  /** flows by what was held against them */
  readonly risks: Readonly<Record<string, number>>;
}

/** Counts the flows of a reader's verbose output. */
export function countVerdicts(output: string): Pick<JudgeRow, "flows" | "names" | "risks"> {
  const names: Record<string, number> = {};
  const risks: Record<string, number> = {};
  let flows = 0;
  for (const line of output.split("\n")) {
    const [, name] = /^\s*\d+\s+(?:TCP|UDP|ICMP\S*)\s.*?\[proto: [\d.]+\/([^\]]+)\]/.exec(line) ?? [];
    if (name === undefined) continue;
    flows++;
    names[name] = (names[name] ?? 0) + 1;
    const [, said = ""] = /\[Risk: ([^\]]*)\]/.exec(line) ?? [];
    for (const risk of said.split("**").map((text) => text.trim())) {
      if (risk !== "") risks[risk] = (risks[risk] ?? 0) + 1;
    }
  }
  return { flows, names, risks };
}

/** Captures what the client sends and gets while something is done. @returns the file */
async function captured(network: LabNetwork, name: string, act: () => Promise<void>): Promise<string> {
  const file = join(network.scratch, `${name}.pcap`);
  const child = network.start("client", "tcpdump", ["-i", "eth0", "-s", "0", "-U", "-w", file, "tcp or udp"]);
  if (child.stderr === null) throw new LabError("lab/not-ready", "tcpdump");
  // It says that it listens.
  await once(child.stderr, "data");
  await act();
  await delay(SETTLE_MS);
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
  return file;
}

function routesOf(invite: string): { readonly routes: Readonly<Record<string, string>>; readonly station: string } {
  const { key } = previewInvite(invite).station;
  const inner = `ws://${PLACES.site.address}:${RELAY.port}${RELAY.path}`;
  const relay = formatRelayRoute({ inner, station: fromBase32(key) ?? new Uint8Array(32), via: undefined });
  return { routes: { web: "https://station.example", ...FURTHER_ROUTES, relay }, station: key };
}

/** How much is judged, and what beside our routes as they are. */
export interface JudgeOptions {
  /** flows of each route, about */
  readonly count: number;
  /** told of each route when it is through */
  readonly tell: (row: JudgeRow) => void;
  readonly signal?: AbortSignal | undefined;
  /** other routes to judge, in place of ours */
  readonly routes?: Readonly<Record<string, string>>;
}

/**
 * Makes about so many flows over each route and has them judged.
 *
 * @throws LabError `lab/needs-root` · `lab/tool-missing` · `lab/not-ready`
 */
export async function judge({ count, tell, signal, routes: asked }: JudgeOptions): Promise<void> {
  for (const program of ["ndpiReader", "tcpdump", "ss-server"])
    if (programPath(program) === undefined) throw new LabError("lab/tool-missing", program);
  await using network = await LabNetwork.build();
  const services: Services = await startServices(network, { station: true });
  const { certificates, invite } = services;
  const { routes: ours, station } = routesOf(invite);
  const routes = asked ?? ours;
  const listed = { ...RELAY, station, url: "https://station.example" };
  const relay = startNode(network, "site", "relay-main.ts", listed, certificates);
  await relay.heard("ready", LIMIT_MS);
  for (const [name, route] of Object.entries(routes)) {
    if (signal?.aborted === true) return;
    const sessions = Math.ceil(count / (name === "burst" ? FLOWS_OF_BURSTS : 1));
    let made = 0;
    const file = await captured(network, name, async () => {
      const flows = startNode(network, "client", "flows-main.ts", { route, station, sessions }, certificates);
      made = Number((await flows.heard("done", LIMIT_MS))["sessions"]);
    });
    const said = runTool("ndpiReader", ["-i", file, "-v", "2"]);
    tell({ route: name, sessions: made, ...countVerdicts(said) });
  }
}
