/*
 * The lab's network out of Linux namespaces: a client and a domestic station inside, a foreign station, an ordinary site and a
 * resolver outside, and the border between. Wires are veth pairs made inside the namespaces, so the machine's own network
 * has no end of any of them and nothing can leave.
 *
 * Everything is found again by name: `chlab-<pid>-<n>-<place>`. What a killed run left is removed by the next one, which looks
 * for namespaces whose process is gone; processes inside are found through their namespace, so none outlives it.
 */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { FURTHER_FRONTS, type Place, PLACES } from "../addresses.ts";
import { LabError } from "../errors.ts";
import { programPath, runTool, whyNoNamespaces } from "./tools.ts";

const PREFIX = "chlab";
/** `ip netns exec` shows a namespace its own files of this folder in place of those in /etc. */
const NETNS_ETC = "/etc/netns";
const SCRATCH_PREFIX = "chapar-lab-";
const KILL_WAIT_MS = 2000;
const NAME = new RegExp(`^${PREFIX}-(\\d+)-\\d+-[a-z]+$`);

/** Threads of one process share its id, so their counting begins at different places. */
let runs = randomInt(1_000_000);

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Names of namespaces that the lab made, by whomever. */
export function labNamespaces(): readonly string[] {
  const folder = "/run/netns";
  return existsSync(folder) ? readdirSync(folder).filter((name) => NAME.test(name)) : [];
}

/** Ends the processes of a namespace and removes it. Its wires go with it. Two cleaners may meet here. */
export async function removeNamespace(name: string): Promise<void> {
  try {
    await endAndRemove(name);
  } catch (error) {
    if (labNamespaces().includes(name)) throw error;
  }
  rmSync(join(NETNS_ETC, name), { recursive: true, force: true });
}

async function endAndRemove(name: string): Promise<void> {
  const pids = (): number[] => runTool("ip", ["netns", "pids", name]).split("\n").filter(Boolean).map(Number);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const left = pids();
    for (const pid of left) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended between the list and the signal.
      }
    }
    for (let waitedMs = 0; waitedMs < KILL_WAIT_MS && pids().length > 0; waitedMs += 50) await delay(50);
  }
  runTool("ip", ["netns", "del", name]);
}

/** Removes what runs left whose process is gone. @returns names of the namespaces that were removed */
export async function removeAbandoned(): Promise<readonly string[]> {
  const abandoned = labNamespaces().filter((name) => !isAlive(Number(NAME.exec(name)?.[1])));
  for (const name of abandoned) await removeNamespace(name);
  if (existsSync(NETNS_ETC)) {
    for (const name of readdirSync(NETNS_ETC)) {
      const pid = NAME.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(NETNS_ETC, name), { recursive: true, force: true });
    }
  }
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(SCRATCH_PREFIX) ? Number(name.slice(SCRATCH_PREFIX.length).split("-")[0]) : Number.NaN;
    if (pid > 0 && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  return abandoned;
}

/** The ends of the router's path, when it stands there: what the client sends abroad then goes through them, not over its wire. */
export const ROUTER_DEVICES = { client: "labclient", world: "labworld" } as const;

/** A place of the network, or the border. */
export type Node = Place | "border";

/** A network that exists until it is disposed. */
export class LabNetwork implements AsyncDisposable {
  /** for files of the processes inside; removed with the network */
  readonly scratch: string;
  readonly #names: ReadonlyMap<Node, string>;
  #isGone = false;

  private constructor(names: ReadonlyMap<Node, string>, scratch: string) {
    this.#names = names;
    this.scratch = scratch;
  }

  /**
   * Builds the network. No censor stands in it yet.
   *
   * @throws LabError `lab/needs-root` · `lab/command-failed`; what was built by then is removed
   */
  static async build(): Promise<LabNetwork> {
    const why = whyNoNamespaces();
    if (why !== undefined) throw new LabError("lab/needs-root", why);
    await removeAbandoned();
    const nodes: Node[] = ["border", ...(Object.keys(PLACES) as Place[])];
    const run = `${PREFIX}-${process.pid}-${++runs}`;
    const names = new Map(nodes.map((node) => [node, `${run}-${node}`] as const));
    const network = new LabNetwork(names, mkdtempSync(join(tmpdir(), `${SCRATCH_PREFIX}${process.pid}-`)));
    try {
      network.#create();
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  name(node: Node): string {
    const name = this.#names.get(node);
    if (name === undefined) throw new LabError("lab/command-failed", `no place ${node}`);
    return name;
  }

  /** Gives every place an IPv6 address too, and the border ways between them. Censors' router does not carry it. */
  openIpv6(): void {
    for (const node of this.#names.keys()) this.run(node, "sysctl", ["-q", "-w", "net.ipv6.conf.all.disable_ipv6=0"]);
    this.run("border", "sysctl", ["-q", "-w", "net.ipv6.conf.all.forwarding=1"]);
    for (const [place, { ipv6 }] of Object.entries(PLACES) as [Place, (typeof PLACES)[Place]][]) {
      this.ip(place, "-6", "address", "add", `${ipv6}/64`, "dev", "eth0", "nodad");
      const gateway = ipv6.replace(/::2$/, "::1");
      this.ip("border", "-6", "address", "add", `${gateway}/64`, "dev", wireName(place), "nodad");
      this.ip(place, "-6", "route", "add", "default", "via", gateway);
    }
  }

  /** Runs `ip` in a namespace. */
  ip(node: Node, ...args: string[]): string {
    return runTool("ip", ["-n", this.name(node), ...args]);
  }

  /** Makes the client's wire carry so many kbit/s each way from now on; undefined: as many as it can. */
  limitClient(kbit: number | undefined): void {
    for (const [node, device] of [
      ["client", "eth0"],
      ["border", wireName("client")],
      ["client", ROUTER_DEVICES.client],
      ["border", ROUTER_DEVICES.world],
    ] as const) {
      if (!this.ip(node, "-o", "link").includes(` ${device}`)) continue;
      // A queue of five seconds at most, as cheap modems have.
      const limit = ["root", "tbf", "rate", `${kbit ?? 1_000_000}kbit`, "burst", "4kb", "latency", "5s"];
      this.run(node, "tc", ["qdisc", "replace", "dev", device, ...(kbit === undefined ? ["root", "pfifo"] : limit)]);
    }
  }

  /** Runs a program in a namespace to its end. @throws LabError `lab/command-failed` when it says no */
  run(node: Node, program: string, args: readonly string[], input?: string): string {
    const path = programPath(program);
    if (path === undefined) throw new LabError("lab/tool-missing", program);
    return runTool("ip", ["netns", "exec", this.name(node), path, ...args], input);
  }

  /** Starts a program in a namespace; it ends with the network at the latest. */
  start(node: Node, program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const path = program.includes("/") ? program : programPath(program);
    if (path === undefined) throw new LabError("lab/tool-missing", program);
    return spawn("ip", ["netns", "exec", this.name(node), path, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      ...options,
    });
  }

  #create(): void {
    for (const [node, name] of this.#names) {
      runTool("ip", ["netns", "add", name]);
      this.ip(node, "link", "set", "lo", "up");
      const quiet = ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"];
      this.run(node, "sysctl", [
        "-q",
        "-w",
        ...quiet,
        "net.ipv4.conf.all.rp_filter=0",
        "net.ipv4.conf.default.rp_filter=0",
      ]);
      mkdirSync(join(NETNS_ETC, name), { recursive: true });
      writeFileSync(
        join(NETNS_ETC, name, "resolv.conf"),
        `nameserver ${PLACES.dns.address}\noptions timeout:2 attempts:2\n`,
      );
    }
    for (const [place, { address, gateway, width }] of Object.entries(PLACES) as [Place, (typeof PLACES)[Place]][]) {
      const wire = wireName(place);
      const peer = ["peer", "name", wire, "netns", this.name("border")];
      this.ip(place, "link", "add", "eth0", "type", "veth", ...peer);
      this.ip(place, "address", "add", `${address}/${width}`, "dev", "eth0");
      this.ip(place, "link", "set", "eth0", "up");
      this.ip("border", "address", "add", `${gateway}/${width}`, "dev", wire);
      this.ip("border", "link", "set", wire, "up");
      this.ip(place, "route", "add", "default", "via", gateway);
      // With offloading a "packet" is up to 64 kB, and a rule that counts packets counts nothing.
      for (const [node, device] of [
        [place, "eth0"],
        ["border", wire],
      ] as const) {
        this.run(node, "ethtool", ["-K", device, "tso", "off", "gso", "off", "gro", "off"]);
      }
    }
    for (const address of FURTHER_FRONTS)
      this.ip("foreign", "address", "add", `${address}/${PLACES.foreign.width}`, "dev", "eth0");
    this.run("border", "sysctl", ["-q", "-w", "net.ipv4.ip_forward=1", "net.netfilter.nf_conntrack_acct=1"]);
  }

  /** Ends every process inside and removes every namespace. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    const made = new Set(labNamespaces());
    for (const name of this.#names.values()) {
      if (made.has(name)) await removeNamespace(name);
      rmSync(join(NETNS_ETC, name), { recursive: true, force: true });
    }
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** The border's end of a place's wire. */
export const wireName = (place: Place): string => `${PLACES[place].side === "inside" ? "in" : "out"}-${place}`;
