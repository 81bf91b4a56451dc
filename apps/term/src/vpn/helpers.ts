/*
 * The two programs that take what the kernel redirects, which Node cannot: HAProxy for connections (it listens with
 * IP_TRANSPARENT and says in a PROXY header where each was going), ss-redir for datagrams (IP_RECVORIGDSTADDR, and answers
 * with the address that was asked). They run as nobody that exists, with two capabilities and nothing else, and end with us.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { DatagramKey } from "@chapar/carrier/node";
import { TermError } from "../errors.ts";
import { HELPER_ID, type CapturePorts } from "./capture-rules.ts";
import type { Program } from "./programs.ts";

const READY_LIMIT_MS = 10_000;
const LOOK_MS = 50;
const MAX_COMPLAINT_CHARS = 400;
/** To listen for what is meant for others, and to answer as they would, from port 53 too. */
const CAPABILITIES = "+net_admin,+net_bind_service";
/** The longest datagram there is: ss-redir takes twice its payload into its buffer. */
const DATAGRAM_BYTES = 65_535;

/** A key for the datagrams of one start. */
export const newDatagramKey = (): DatagramKey => ({
  method: "aes-128-gcm",
  password: randomBytes(24).toString("base64url"),
});

/** What the helpers need to know. */
export interface HelpersOptions {
  /** ours alone; see nearFolder */
  readonly folder: string;
  readonly paths: Readonly<Record<Program, string>>;
  /** where the near end takes connections */
  readonly socketPath: string;
  /** where it takes datagrams, on 127.0.0.1 */
  readonly datagramPort: number;
  readonly datagramKey: DatagramKey;
  readonly hasIpv6: boolean;
}

/** Helpers that listen. */
export interface Helpers extends AsyncDisposable {
  readonly ports: CapturePorts;
  /** Resolves with a name when one has ended by itself. */
  readonly broken: Promise<string>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function haproxyConfig(port: number, { socketPath, hasIpv6 }: HelpersOptions): string {
  return [
    "global",
    "  maxconn 1024",
    "  nbthread 1",
    "defaults",
    "  mode tcp",
    "  timeout connect 10s",
    // A tunnel does not know how long its programs may be silent.
    "  timeout client 24h",
    "  timeout server 24h",
    "  timeout client-fin 2m",
    "  timeout server-fin 2m",
    "frontend captured",
    `  bind 127.0.0.1:${port} transparent`,
    ...(hasIpv6 ? [`  bind [::1]:${port} transparent`] : []),
    "  default_backend near",
    "backend near",
    `  server near unix@${socketPath} send-proxy-v2`,
    "",
  ].join("\n");
}

function redirConfig(port: number, address: string, options: HelpersOptions): string {
  const { method, password } = options.datagramKey;
  const near = { server: "127.0.0.1", server_port: options.datagramPort, method, password };
  return JSON.stringify({
    ...near,
    local_address: address,
    local_port: port,
    timeout: 60,
    mtu: DATAGRAM_BYTES,
    mode: "udp_only",
  });
}

/** A helper, and the last of what it said. */
interface Helper {
  readonly name: string;
  readonly child: ChildProcess;
  readonly complaint: () => string;
}

function start(name: string, paths: HelpersOptions["paths"], words: readonly string[]): Helper {
  // The group of this process is let out; theirs must not be.
  const who = [`--reuid=${HELPER_ID}`, `--regid=${HELPER_ID}`, "--clear-groups"];
  const may = ["--inh-caps=", "--ambient-caps=", "--bounding-set="].map(
    (words, i) => words + (i === 1 ? "" : "-all,") + CAPABILITIES,
  );
  const how = ["--no-new-privs", "--pdeathsig=KILL", "--"];
  const child = spawn(paths.setpriv, [...who, ...may, ...how, ...words], {
    cwd: "/",
    env: {},
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-MAX_COMPLAINT_CHARS)));
  child.on("error", (error) => (said = error.message));
  return { name, child, complaint: () => said.trim() };
}

/**
 * A program with the loader that it names (ELF's PT_INTERP, near its beginning) in front. Debian gives ss-redir a file
 * capability of its own, and the kernel takes ambient ones from whoever executes such a file; nobody executes it so.
 */
function throughLoader(path: string): readonly string[] {
  const head = readFileSync(path).subarray(0, 4096).toString("latin1");
  const [loader] = /\/lib[\w./-]*\/ld-[\w.-]+/.exec(head) ?? [];
  return loader === undefined ? [path] : [loader, path];
}

/** Whether somebody listens on a port of 127.0.0.1; nobody connects to find out, because that would be taken for a program. */
function isListening(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .some((line) => line.trim().split(/\s+/)[1] === local);
}

async function untilReady(helper: Helper, isReady: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < READY_LIMIT_MS; waitedMs += LOOK_MS) {
    if (helper.child.exitCode !== null || helper.child.pid === undefined) break;
    if (isReady()) return;
    await delay(LOOK_MS);
  }
  throw new TermError("term/vpn-refused", { reason: `${helper.name}: ${helper.complaint()}` });
}

function writeFor(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  chownSync(path, HELPER_ID, HELPER_ID);
  return path;
}

/**
 * Starts both and waits until they listen.
 *
 * @throws TermError `term/vpn-refused` with what a helper said; none is left running then
 */
export async function startHelpers(options: HelpersOptions): Promise<Helpers> {
  const { folder, paths, hasIpv6 } = options;
  const ports = { connections: await freePort(), datagrams: await freePort() };
  const haproxy = start("haproxy", paths, [
    paths.haproxy,
    "-db",
    "-f",
    writeFor(join(folder, "haproxy.cfg"), haproxyConfig(ports.connections, options)),
  ]);
  const redirs = (hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]).map((address, i) => {
    const file = join(folder, `ss-redir-${i}.json`);
    return start("ss-redir", paths, [
      ...throughLoader(paths["ss-redir"]),
      "-c",
      writeFor(file, redirConfig(ports.datagrams, address, options)),
    ]);
  });
  const all = [haproxy, ...redirs];
  const end = async (): Promise<void> => {
    for (const { child } of all) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  };
  const broken = new Promise<string>((resolve) => {
    for (const { name, child } of all) child.once("exit", () => resolve(name));
  });
  try {
    await untilReady(haproxy, () => isListening(ports.connections));
    for (const each of redirs) await untilReady(each, () => each.complaint().includes("listening"));
  } catch (error) {
    await end();
    throw error;
  }
  return { ports, broken, [Symbol.asyncDispose]: end };
}
