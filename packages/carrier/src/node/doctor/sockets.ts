/* Node's sockets as the doctor asks for them: how something ended is an answer, never an exception. */
import { createHash, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { getServers } from "node:dns";
import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { connect as connectTcp, isIPv6 } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Sockets, Talk } from "../../doctor/ports.ts";
import type { Outcome } from "../../doctor/seen.ts";
import { quicInitial } from "./quic-initial.ts";

const MAX_WAITING_CHUNKS = 256;

const CODES: Readonly<Record<string, Exclude<Outcome, "ok">>> = {
  ECONNRESET: "reset",
  EPIPE: "reset",
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
};

/** What Node calls a failure, in the doctor's words. */
function outcomeOfError(error: unknown): Exclude<Outcome, "ok"> {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return CODES[code] ?? (code.startsWith("E") ? "unreachable" : "closed");
}

/** Hands out chunks one by one, and how it ended once there are none left. */
class Inbox {
  readonly #chunks: Uint8Array[] = [];
  #end: Outcome | undefined;
  #wake: (() => void) | undefined;

  push(chunk: Uint8Array): void {
    if (this.#chunks.length < MAX_WAITING_CHUNKS) this.#chunks.push(chunk);
    this.#wake?.();
  }

  end(outcome: Outcome): void {
    this.#end ??= outcome;
    this.#wake?.();
  }

  async next(limitMs: number): Promise<Uint8Array | Outcome> {
    if (this.#chunks.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    return this.#chunks.shift() ?? this.#end ?? "timeout";
  }
}

const tcp: Sockets["tcp"] = ({ host, port }, limitMs) =>
  new Promise((resolve) => {
    const inbox = new Inbox();
    const socket = connectTcp({ host, port, noDelay: true });
    const give = (outcome: Exclude<Outcome, "ok">): void => {
      clearTimeout(timer);
      inbox.end(outcome);
      resolve(outcome);
      socket.destroy();
    };
    const timer = setTimeout(() => give("timeout"), limitMs);
    socket.on("error", (error) => give(outcomeOfError(error)));
    socket.on("data", (chunk: Buffer) => inbox.push(new Uint8Array(chunk)));
    socket.on("close", () => give("closed"));
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve({
        send: (bytes) => void socket.write(bytes),
        next: (waitMs) => inbox.next(waitMs),
        close: () => void socket.destroy(),
      });
    });
  });

const udp: Sockets["udp"] = ({ host, port }) => {
  const inbox = new Inbox();
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  socket.on("message", (bytes, from) => {
    if (from.address === host && from.port === port) inbox.push(new Uint8Array(bytes));
  });
  // A port that is closed is told by ICMP, which means that datagrams pass.
  socket.on("error", () => inbox.end("refused"));
  const talk: Talk = {
    send: (bytes) => socket.send(bytes, port, host, (error) => error && inbox.end(outcomeOfError(error))),
    next: (waitMs) => inbox.next(waitMs),
    close: () => socket.close(),
  };
  return Promise.resolve(talk);
};

const ownHello: Sockets["ownHello"] = ({ host, port }, serverName, limitMs) =>
  new Promise((resolve) => {
    const name = /[a-z]/i.test(serverName) && !serverName.includes(":") ? { servername: serverName } : {};
    // Whose certificate it is does not matter: the handshake is looked at, and nothing is said over it.
    const socket = connectTls({ host, port, ...name, rejectUnauthorized: false });
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve(outcome);
      socket.destroy();
    };
    const timer = setTimeout(() => settle("timeout"), limitMs);
    socket.once("secureConnect", () => settle("ok"));
    socket.on("error", (error) => settle(outcomeOfError(error)));
    socket.on("close", () => settle("closed"));
  });

async function systemLookup(host: string, limitMs: number): Promise<string | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), limitMs).unref());
  const found = lookup(host, { family: 4 }).then(
    ({ address }) => address,
    () => undefined,
  );
  return await Promise.race([found, late]);
}

/** The next hop of the default route, as Linux tells it (proc(5): addresses in hex, last byte first). */
async function gateway(): Promise<string | undefined> {
  const table = await readFile("/proc/net/route", "latin1").catch(() => "");
  for (const line of table.split("\n")) {
    const [, destination, hop] = line.split("\t");
    if (destination !== "00000000" || hop === undefined || hop === "00000000") continue;
    return [...Buffer.from(hop, "hex")].toReversed().join(".");
  }
  return undefined;
}

/** Node's sockets. */
export const nodeSockets: Sockets = {
  tcp,
  udp,
  ownHello,
  // What is after a `#` or a port is not for us.
  resolvers: () => getServers().map((server) => server.replace(/^\[(.*)\]:\d+$/, "$1")),
  systemLookup,
  gateway,
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  quicInitial,
  randomBytes: (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)),
};
