/*
 * The side that holds the profile: answers other chapar processes of the same user over the profile's socket.
 *
 * Leaving is orderly. The holder first says `leaving` and takes no further call, so that a caller knows its next call
 * was not begun; calls that only wait are ended; short calls (a message being written to the store) are finished and
 * answered. Then the socket is gone and the next process may open the profile.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Client } from "@chapar/client";
import { tell } from "../sentences.ts";
import { splitLines } from "./lines.ts";
import {
  type Called,
  calledBy,
  decodeMessage,
  encodeMessage,
  HOST_VERSION,
  LONGEST_LINE_CHARS,
  type ErrorData,
  type HostMessage,
  type Method,
  type Standing,
} from "./messages.ts";

/** Calls one connection may have open; more are refused, so that a broken peer cannot grow this process without bound. */
const MOST_OPEN_CALLS = 1_000;
/** How long leaving waits for callers to take the last answers. */
const LEAVE_LIMIT_MS = 2_000;

/** A profile served to other processes until disposed. */
export interface ClientHost extends AsyncDisposable {
  readonly path: string;
}

type Send = (message: HostMessage) => void;

const asError = (error: unknown): ErrorData => {
  const { code } = tell(error);
  const message = error instanceof Error ? error.message : code;
  const detail = typeof error === "object" && error !== null && "detail" in error ? error.detail : undefined;
  return { code, message, ...(detail === undefined ? {} : { detail }) };
};

const NOT_BEGUN: ErrorData = {
  code: "term/holder-ended",
  message: "the holder is leaving; not begun",
  untouched: true,
};

/** Methods whose only argument is the signal. */
const TAKES_SIGNAL_ALONE: ReadonlySet<Method> = new Set(["settled", "check", "exitPass"]);

type EngineCall = (...given: readonly unknown[]) => Promise<unknown>;

/** Calls the engine with what came over the socket; the signal is ours, not the caller's. */
async function call(client: Client, called: Called, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
  // The arguments are what another process of the same user passed to the same typed interface (remote.ts); the engine
  // checks ids, sizes and invites itself.
  if (called.kind === "part") {
    const part = client[called.part] as unknown as Readonly<Record<string, EngineCall>>;
    const options = called.traits.waits ? { ...(params.at(-1) as object | undefined), signal } : undefined;
    const given = options === undefined ? params : [...params.slice(0, -1), options];
    return part[called.name]?.(...given);
  }
  const { method } = called;
  if (method === "connect") return client.connect();
  const target = client[method].bind(client) as EngineCall;
  return called.traits.waits
    ? target(...params.slice(0, TAKES_SIGNAL_ALONE.has(method) ? 0 : 1), { signal })
    : target(...params);
}

class Connection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #open = new Map<
    number,
    { readonly controller: AbortController; readonly done: Promise<void>; readonly waits: boolean }
  >();
  readonly #unsubscribe: () => void;
  #leaving = false;

  constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on(
      "data",
      splitLines(
        LONGEST_LINE_CHARS,
        (line) => this.#take(line),
        () => socket.destroy(),
      ),
    );
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#ended());
    this.#unsubscribe = client.subscribe((event) => this.#send({ kind: "event", event, standing: this.#standing() }));
    this.#send({ kind: "hello", version: HOST_VERSION, pid: process.pid, standing: this.#standing() });
  }

  #standing(): Standing {
    return { me: this.#client.me(), route: this.#client.route() };
  }

  readonly #send: Send = (message) => {
    if (this.#socket.writable) this.#socket.write(encodeMessage(message));
  };

  #take(line: string): void {
    const message = decodeMessage(line);
    if (message?.kind === "cancel") this.#open.get(message.id)?.controller.abort(new Error("cancelled by the caller"));
    else if (message?.kind === "call") this.#begin(message.id, message.method, message.params);
    else this.#socket.destroy();
  }

  #begin(id: number, method: string, params: readonly unknown[]): void {
    if (this.#leaving) return this.#send({ kind: "error", id, error: NOT_BEGUN });
    const called = calledBy(method);
    if (called === undefined || this.#open.has(id) || this.#open.size >= MOST_OPEN_CALLS) {
      return this.#send({
        kind: "error",
        id,
        error: { code: "term/bad-request", message: "unknown or excessive call" },
      });
    }
    const controller = new AbortController();
    const answer = async (): Promise<void> => {
      try {
        const result = await call(this.#client, called, params, controller.signal);
        this.#send({ kind: "result", id, result });
      } catch (error) {
        this.#send({ kind: "error", id, error: this.#leaving && called.traits.waits ? NOT_BEGUN : asError(error) });
      } finally {
        this.#open.delete(id);
      }
    };
    this.#open.set(id, { controller, done: answer(), waits: called.traits.waits });
  }

  #ended(): void {
    this.#unsubscribe();
    for (const { controller } of this.#open.values()) controller.abort(new Error("the caller has gone"));
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    this.#unsubscribe();
    this.#send({ kind: "leaving" });
    const open = [...this.#open.values()];
    for (const { controller, waits } of open) if (waits) controller.abort(new Error("the holder is leaving"));
    await Promise.all(open.map(({ done }) => done));
    if (this.#socket.destroyed) return;
    // Calls that were on their way when we said `leaving` are still answered; the caller ends when it has all answers.
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), LEAVE_LIMIT_MS);
      this.#socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // bind happens inside listen, so the socket is never readable for others, not even for a moment.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

/**
 * Serves an engine on a Unix socket that only this user can open. Call it only while holding the profile: a socket file
 * found there is a dead process's and is replaced.
 *
 * @param path  from socketPath()
 */
export async function serveClient(client: Client, path: string): Promise<ClientHost> {
  rmSync(path, { force: true });
  const connections = new Set<Connection>();
  const server = createServer((socket) => {
    const connection = new Connection(client, socket);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
  });
  await listen(server, path);
  chmodSync(path, 0o600);
  // Serving others never keeps a command alive that is done.
  server.unref();
  return {
    path,
    async [Symbol.asyncDispose]() {
      rmSync(path, { force: true });
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...connections].map((connection) => connection.leave()));
      await closed;
    },
  };
}
