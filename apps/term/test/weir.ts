/*
 * A weir in the line to a station: it counts what flows, and from a mark on lets nothing through, either way, as a line
 * that died without a word.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Weir implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #station = 0;
  #flowed = 0;
  #most: number = Number.POSITIVE_INFINITY;
  #full: (() => void) | undefined;

  private constructor() {
    this.#server = createServer((person) => {
      const station = connect(this.#station, "127.0.0.1");
      for (const [from, to] of [
        [person, station],
        [station, person],
      ] as const) {
        this.#sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.on("data", (bytes: Buffer) => this.#pass(bytes, from, to));
      }
    });
  }

  static async open(): Promise<Weir> {
    const weir = new Weir();
    const reserved = createServer().listen(0, "127.0.0.1");
    weir.#server.listen(0, "127.0.0.1");
    await Promise.all([once(reserved, "listening"), once(weir.#server, "listening")]);
    weir.#station = (reserved.address() as AddressInfo).port;
    reserved.close();
    await once(reserved, "close");
    return weir;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes since it was last set, both ways together. */
  get flowed(): number {
    return this.#flowed;
  }

  /** The port of this machine that it leads to, for a station to listen at: one that was free when the weir was built. */
  get port(): number {
    return this.#station;
  }

  /** Counts anew and lets this much through. @returns resolves when no more flows */
  set(most: number = Number.POSITIVE_INFINITY): Promise<void> {
    this.#flowed = 0;
    this.#most = most;
    return new Promise((resolve) => (this.#full = resolve));
  }

  #pass(bytes: Buffer, from: Socket, to: Socket): void {
    this.#flowed += bytes.length;
    if (this.#flowed > this.#most) {
      this.#full?.();
      return;
    }
    if (to.write(bytes)) return;
    from.pause();
    to.once("drain", () => from.resume());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
