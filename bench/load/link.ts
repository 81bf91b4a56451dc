/*
 * One link of the load generator: frames over a WebSocket, requests answered in any order, no retries and no checks beyond
 * what the measurement needs. It is not the client engine on purpose: the generator must cost less than what it measures.
 */
import {
  decodeFrame,
  FrameReader,
  FrameWriter,
  type Hello,
  type Notice,
  type Request,
  type Response,
} from "@chapar/wire";
import { WebSocket } from "ws";

type Answer = (response: Response) => void;

/** A greeted link to a station. */
export class LoadLink {
  readonly hello: Hello;
  readonly #socket: WebSocket;
  readonly #reader = new FrameReader();
  readonly #writer = new FrameWriter();
  readonly #open = new Map<number, Answer>();
  #nextId = 1;
  #flushing = false;
  onPush: ((push: Extract<Notice, { type: "log.push" }>) => void) | undefined;

  private constructor(socket: WebSocket, hello: Hello) {
    this.#socket = socket;
    this.hello = hello;
  }

  /** Connects, takes the hello, greets. */
  static async dial(url: string): Promise<LoadLink> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/v1/link`, { perMessageDeflate: false });
    socket.binaryType = "nodebuffer";
    const first = Promise.withResolvers<LoadLink>();
    let link: LoadLink | undefined;
    const reader = new FrameReader();
    socket.on("message", (chunk: Buffer) => {
      if (link !== undefined) return link.#take(chunk);
      for (const bytes of reader.push(chunk).frames) {
        const frame = decodeFrame(bytes);
        if (!frame.ok || frame.value.kind !== "notice" || frame.value.body.type !== "hello")
          return first.reject(new Error("no hello"));
        link = new LoadLink(socket, {
          ...frame.value.body,
          nonce: frame.value.body.nonce.slice(),
          station: frame.value.body.station,
        });
        first.resolve(link);
      }
    });
    socket.on("error", first.reject);
    socket.on("close", () => first.reject(new Error("closed")));
    const ready = await first.promise;
    await ready.ask({ type: "greet", version: 1 });
    return ready;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount + this.#writer.length;
  }

  /** Sends a request; the callback gets whatever is answered. Frames of one turn leave as one message. */
  send(body: Request, answer: Answer): void {
    const id = this.#nextId;
    this.#nextId = id === 0x3fff_ffff ? 1 : id + 1;
    this.#open.set(id, answer);
    this.#writer.add({ kind: "request", id, body });
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#socket.send(this.#writer.take());
    });
  }

  /** Sends a request and waits. @throws Error naming the code of an error answer */
  ask(body: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.send(body, (response) =>
        response.type === "error" ? reject(new Error(`${body.type}: ${response.code}`)) : resolve(response),
      );
    });
  }

  #take(chunk: Buffer): void {
    for (const bytes of this.#reader.push(chunk).frames) {
      const frame = decodeFrame(bytes);
      if (!frame.ok) throw new Error(`the station sent ${frame.code}`);
      const { value } = frame;
      if (value.kind === "response") {
        const answer = this.#open.get(value.id);
        this.#open.delete(value.id);
        answer?.(value.body);
      } else if (value.kind === "notice" && value.body.type === "log.push") {
        this.onPush?.(value.body);
      }
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}
