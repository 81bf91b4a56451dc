/*
 * A pluggable transport as a program that this one starts and ends (pt-spec §3.2): told by its environment what to do, heard
 * on its standard output, and gone when its standard input closes, however this process ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import type { Socket } from "node:net";
import { delimiter, join } from "node:path";
import { CarrierError } from "../errors.ts";
import { PtLines, type PtFault, type PtMethod, type PtStep } from "../pt/pt-lines.ts";

const READY_LIMIT_MS = 30_000;
const END_LIMIT_MS = 2_000;
const FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin"];

/** Which program drives which transport, and as which end: Debian's, and those that Tor's own are called. */
const PROGRAMS: Readonly<Record<string, { readonly client: readonly string[]; readonly server: readonly string[] }>> = {
  obfs4: { client: ["obfs4proxy", "lyrebird"], server: ["obfs4proxy", "lyrebird"] },
  meek_lite: { client: ["obfs4proxy", "lyrebird"], server: [] },
  webtunnel: { client: ["lyrebird", "webtunnel-client"], server: ["webtunnel-server"] },
  snowflake: { client: ["snowflake-client", "lyrebird"], server: ["snowflake-server"] },
};

/** What a transport is started with. */
export interface PtProgramOptions {
  readonly transport: string;
  /** a folder of ours for what it keeps; made when it is not there */
  readonly stateDir: string;
  /** the program and its words; else what is known for the transport */
  readonly command?: readonly string[];
  /** variables beyond those that every program gets */
  readonly env?: Readonly<Record<string, string>>;
  /** until it has said that it is ready; 30 s */
  readonly readyLimitMs?: number;
}

/** A transport that listens. */
export interface PtProgram extends AsyncDisposable {
  readonly method: PtMethod;
  /** Resolves when the program has ended, however. */
  readonly ended: Promise<void>;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not here; another folder may have it.
    return false;
  }
}

/** Where the program of a transport is. @returns undefined when none of those known is installed */
export function ptProgramPath(transport: string, side: "client" | "server"): string | undefined {
  const names = Object.hasOwn(PROGRAMS, transport) ? (PROGRAMS[transport]?.[side] ?? []) : [];
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/")),
    ...FOLDERS,
  ];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

const failure = (fault: PtFault | "not installed"): CarrierError => new CarrierError("carrier/no-transport", fault);

/** What the first of several ends comes to. */
async function methodOf(child: ChildProcess, side: "client" | "server", options: PtProgramOptions): Promise<PtMethod> {
  const lines = new PtLines(side);
  const said = Promise.withResolvers<PtStep>();
  const give = (fault: PtFault): void => said.resolve({ type: "refused", fault });
  const timer = setTimeout(() => give("silent"), options.readyLimitMs ?? READY_LIMIT_MS);
  child.stdout?.setEncoding("latin1").on("data", (text: string) => {
    const step = lines.push(text);
    if (step.type !== "more") said.resolve(step);
  });
  child.once("error", () => give("ended"));
  child.once("close", () => give("ended"));
  const step = await said.promise;
  clearTimeout(timer);
  if (step.type !== "ready") throw failure(step.type === "refused" ? step.fault : "silent");
  const method = step.methods.find(({ transport }) => transport === options.transport);
  if (method === undefined) throw failure("no such transport");
  return method;
}

async function start(
  side: "client" | "server",
  env: Readonly<Record<string, string>>,
  options: PtProgramOptions,
): Promise<PtProgram> {
  const { transport, stateDir } = options;
  const path = options.command === undefined ? ptProgramPath(transport, side) : undefined;
  const [program, ...words] = options.command ?? (path === undefined ? [] : [path]);
  if (program === undefined) throw failure("not installed");
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const common = {
    TOR_PT_MANAGED_TRANSPORT_VER: "1",
    TOR_PT_STATE_LOCATION: stateDir,
    TOR_PT_EXIT_ON_STDIN_CLOSE: "1",
    PATH: FOLDERS.join(delimiter),
    HOME: stateDir,
  };
  const child = spawn(program, words, {
    cwd: stateDir,
    env: { ...common, ...env, ...options.env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  // A program that is gone takes no end of its input.
  child.stdin.on("error", () => undefined);
  const gone = Promise.withResolvers<void>();
  child.once("close", () => gone.resolve());
  child.once("error", () => gone.resolve());
  const end = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
    await gone.promise;
    clearTimeout(timer);
  };
  try {
    const method = await methodOf(child, side, options);
    // It ends when this process does, and must not keep it from ending.
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as unknown as Socket).unref();
    return { method, ended: gone.promise, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * Starts the client's end of a transport, which takes connections by SOCKS5 on loopback.
 *
 * @throws CarrierError `carrier/no-transport`, the reason saying why
 */
export function startPtClient(options: PtProgramOptions): Promise<PtProgram> {
  return start("client", { TOR_PT_CLIENT_TRANSPORTS: options.transport }, options);
}

/** Where a transport's server listens and whom it hands on to, each `address:port`. */
export interface PtServerOptions extends PtProgramOptions {
  readonly listen: string;
  /** takes what came, bare */
  readonly plainPort?: string;
  /** takes it with the address it came from; `cookieFile` proves who may */
  readonly extendedPort?: { readonly address: string; readonly cookieFile: string };
}

/**
 * Starts the server's end of a transport.
 *
 * @throws CarrierError `carrier/no-transport`, the reason saying why
 */
export function startPtServer(options: PtServerOptions): Promise<PtProgram> {
  const { transport, listen, plainPort, extendedPort } = options;
  const env = {
    TOR_PT_SERVER_TRANSPORTS: transport,
    TOR_PT_SERVER_BINDADDR: `${transport}-${listen}`,
    TOR_PT_EXTENDED_SERVER_PORT: extendedPort?.address ?? "",
    ...(plainPort === undefined ? {} : { TOR_PT_ORPORT: plainPort }),
    ...(extendedPort === undefined ? {} : { TOR_PT_AUTH_COOKIE_FILE: extendedPort.cookieFile }),
  };
  return start("server", env, options);
}
