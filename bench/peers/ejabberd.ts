/*
 * Debian's ejabberd as a peer: started on loopback with a folder of its own, measured by the same generator, stopped and
 * removed. Its deliveries are not durable (a message to an online reader is never written to disk) and not acknowledged.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inBatches } from "../load/batches.ts";
import { cpuMsOf, residentBytesOf } from "../load/process.ts";
import { MESSAGE_BYTES, type Listener, type Pair, type System } from "../load/system.ts";
import { addressOf, XmppSession } from "./xmpp.ts";

const ROOM = "bench@conference.localhost";
const START_LIMIT_MS = 30_000;
const BATCH = 10;

const config = (port: number): string => `
hosts: [localhost]
loglevel: error
auth_method: internal
auth_password_format: plain
disable_sasl_mechanisms: ["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "DIGEST-MD5", "X-OAUTH2"]
registration_timeout: infinity
language: en
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    backlog: 512
    max_stanza_size: 262144
    starttls: false
    access: all
acl: {local: {user_regexp: ""}}
access_rules: {local: [{allow: local}], register: [{allow: all}]}
shaper_rules: {max_user_sessions: [{1000: all}], max_user_offline_messages: [{1000000: all}]}
modules:
  mod_disco: {}
  mod_offline: {access_max_user_messages: max_user_offline_messages}
  mod_register: {access: register, ip_access: all, password_strength: 0}
  mod_roster: {}
  mod_muc:
    access: all
    access_create: all
    access_persistent: all
    max_users: 20000
    default_room_options: {persistent: false, logging: false}
    history_size: 0
`;

const numbered = (seq: number): string => String(seq).padStart(12, "0").padEnd(MESSAGE_BYTES, "a");
const numberOf = (body: string): number => Number(body.slice(0, 12));

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

class Ejabberd implements System {
  readonly name = "ejabberd";
  readonly version: string;
  readonly durable = false;
  readonly #port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #sessions: XmppSession[] = [];
  #users = 0;

  constructor(version: string, port: number, process: ChildProcess, folder: string) {
    this.version = version;
    this.#port = port;
    this.#process = process;
    this.#folder = folder;
  }

  async #session(online: boolean): Promise<XmppSession> {
    const session = await XmppSession.open(this.#port, `u${this.#users++}`, { register: true, online });
    this.#sessions.push(session);
    return session;
  }

  async pairs(count: number, listener: Listener): Promise<readonly Pair[]> {
    return await inBatches(count, BATCH, async () => {
      const [sender, reader] = await Promise.all([this.#session(true), this.#session(true)]);
      reader.onBody((body) => listener.delivered(numberOf(body)));
      return pairOf(sender, addressOf(reader.user), "chat");
    });
  }

  async offline(
    count: number,
    listener: Listener,
  ): Promise<{ readonly pairs: readonly Pair[]; drain(expected: number): Promise<void> }> {
    const readers = await inBatches(count, BATCH, async () => {
      const session = await XmppSession.open(this.#port, `u${this.#users++}`, { register: true, online: false });
      session.close();
      return session.user;
    });
    const pairs = await inBatches(count, BATCH, async (index) =>
      pairOf(await this.#session(true), addressOf(readers[index] ?? ""), "chat"),
    );
    const drain = async (expected: number): Promise<void> => {
      let come = 0;
      const all = Promise.withResolvers<undefined>();
      await inBatches(count, BATCH, async (index) => {
        const session = await XmppSession.open(this.#port, readers[index] ?? "", { register: false, online: false });
        this.#sessions.push(session);
        session.onBody((body) => {
          listener.delivered(numberOf(body));
          if (++come === expected) all.resolve(undefined);
        });
        session.available();
      });
      await all.promise;
    };
    return { pairs, drain };
  }

  async room(readers: number, listener: Listener): Promise<Pair> {
    const writer = await this.#session(true);
    await writer.enter(ROOM);
    await inBatches(readers, BATCH, async () => {
      const reader = await this.#session(false);
      await reader.enter(ROOM);
      reader.onBody((body) => listener.delivered(numberOf(body)));
    });
    return pairOf(writer, ROOM, "groupchat");
  }

  async idle(count: number): Promise<number> {
    await inBatches(Math.max(0, count - this.#sessions.length), BATCH, () => this.#session(true));
    return this.residentBytes();
  }

  residentBytes(): number {
    return residentBytesOf(this.#process.pid ?? 0);
  }

  cpuMs(): number | undefined {
    return cpuMsOf(this.#process.pid ?? 0);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.close();
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function pairOf(sender: XmppSession, to: string, type: "chat" | "groupchat"): Pair {
  return {
    send: (seq) => sender.message(to, type, numbered(seq)),
    get unsentBytes() {
      return sender.unsentBytes;
    },
    settled: () => sender.ping(),
  };
}

/** The folder of ejabberd's compiled modules, wherever this Debian puts it. */
function library(): string | undefined {
  const root = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"].find(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("ejabberd-")),
  );
  return root === undefined
    ? undefined
    : join(root, readdirSync(root).find((name) => name.startsWith("ejabberd-")) ?? "", "ebin");
}

/**
 * Starts ejabberd on a free loopback port.
 *
 * @throws Error with the command that installs it, when it is not there
 */
export async function startEjabberd(): Promise<System> {
  const ebin = library();
  if (ebin === undefined) throw new Error("ejabberd is not installed; install it with: apt-get install ejabberd");
  const version = execFileSync("dpkg-query", ["-W", "-f", "${Version}", "ejabberd"], { encoding: "utf8" });
  const folder = mkdtempSync(join(tmpdir(), "chapar-bench-ejabberd-"));
  mkdirSync(join(folder, "mnesia"));
  const port = await freePort();
  writeFileSync(join(folder, "ejabberd.yml"), config(port));
  const process_ = spawn(
    "erl",
    [
      "-noinput",
      "-sname",
      `bench${port}@localhost`,
      "+K",
      "true",
      "+P",
      "250000",
      "+Q",
      "65536",
      "-mnesia",
      "dir",
      JSON.stringify(join(folder, "mnesia")),
      "-s",
      "ejabberd",
    ],
    {
      env: {
        ...process.env,
        EJABBERD_CONFIG_PATH: join(folder, "ejabberd.yml"),
        EJABBERD_LOG_PATH: join(folder, "ejabberd.log"),
        HOME: folder,
        ERL_LIBS: join(ebin, "../.."),
      },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const deadlineMs = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      const probe = await XmppSession.open(port, "probe", { register: true, online: false });
      probe.close();
      return new Ejabberd(version, port, process_, folder);
    } catch (cause) {
      if (Date.now() > deadlineMs || process_.exitCode !== null)
        throw new Error(`ejabberd did not start; its log is ${folder}/ejabberd.log`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
