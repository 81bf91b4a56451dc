/* A crossing on the way to a station: everything passes through it, until it is closed. Test-only. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What a crossing does to what comes: `open` passes it on, `frozen` swallows it without a word, `shut` destroys it. */
type State = "open" | "frozen" | "shut";

/** A relay of TCP connections that can fail in two ways. */
export class Crossing implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: State = "open";
  /** bytes that were let through, both ways */
  passedBytes = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Opens a crossing to a port of this machine, which nobody may be listening at yet. */
  static async open(toPort: number): Promise<Crossing> {
    const server = createServer((near) => crossing.#cross(near, toPort));
    const crossing = new Crossing(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    return crossing;
  }

  /** host and port */
  get front(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  set(state: State): void {
    this.#state = state;
    if (state === "shut") for (const socket of this.#sockets) socket.destroy();
  }

  #cross(near: Socket, toPort: number): void {
    if (this.#state === "shut") return void near.destroy();
    const far = connect(toPort, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      // The other end's fault is told by `close`.
      from.on("error", () => undefined);
      from.on("data", (bytes: Buffer) => {
        if (this.#state !== "open") return;
        this.passedBytes += bytes.byteLength;
        to.write(bytes);
      });
      from.once("close", () => {
        this.#sockets.delete(from);
        if (this.#state !== "frozen") to.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
