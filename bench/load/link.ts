/*
 * One link of the load generator: frames over a WebSocket, requests answered in any order, no retries and no checks beyond
 * what the measurement needs. It is not the client engine on purpose: the generator must cost less than what it measures.
 *
 * Appends are therefore copies of one encoded frame with a number and an id written into it, and of a receipt only the
 * type and the id are read: receipts of one log come in the order of its appends, so an id that is not the next one owed
 * is a lost or a doubled receipt, and ends the run.
 */
import {
  decodeFrame,
  encodeEntry,
  encodeFrame,
  frameBytes,
  FrameReader,
  FrameWriter,
  type Hello,
  type LogId,
  type Notice,
  type Request,
  type Response,
} from "@chapar/wire";
import { WebSocket } from "ws";

type Answer = (response: Response) => void;
type Push = Extract<Notice, { type: "log.push" }>;

/** From here on to 2^30 - 1 an id is a varint of four bytes, so it can be written into an encoded frame. */
const FIRST_ID = 0x4000;
const MAX_ID = 0x3fff_ffff;
/** Where the id stands in a frame, and where in a request with its length before it: after the type's byte. */
const ID_AT = 1;
const REQUEST_ID_AT = 4 + ID_AT;
const FOUR_BYTES = 0x8000_0000;
/** The first byte of a receipt. */
const [RECEIPT] = encodeFrame({
  kind: "response",
  id: FIRST_ID,
  body: { type: "receipt", receipt: new Uint8Array(0) },
});

/** Requests wait here for the copy that masking makes of them (RFC 6455 §5.3): one piece of memory for all links. */
let outgoing = Buffer.alloc(0);

/** A Buffer is a Uint8Array whose views cost three times as much to make. */
const plain = (chunk: Buffer): Uint8Array => new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);

/** Appends messages to one log over one link, each with a number in front of its sealed frame. */
export class Appends {
  readonly #request: Buffer;
  readonly #numberAt: number;
  readonly #receipted: () => void;
  readonly #queue: number[] = [];
  #nextReceipt = FIRST_ID;
  /** appends that were sent and have no receipt */
  open = 0;

  /** @param frame  what is sent again and again; the number goes into its first eight bytes */
  constructor(log: LogId, frame: Uint8Array, receipted: () => void) {
    const entry = encodeEntry({ kind: "message", epoch: 0, frame });
    const body: Request = { type: "log.append", log, entry };
    this.#request = Buffer.from(frameBytes({ kind: "request", id: FIRST_ID, body }));
    this.#numberAt = this.#request.byteLength - frame.byteLength;
    this.#receipted = receipted;
  }

  push(number: number): void {
    this.#queue.push(number);
  }

  get queuedBytes(): number {
    return this.#queue.length * this.#request.byteLength;
  }

  /** The requests queued, as one piece of the stream, good until the next call; their ids count up from `firstId`. */
  take(firstId: number): { readonly bytes: Buffer; readonly count: number } {
    const count = this.#queue.length;
    if (this.open === 0) this.#nextReceipt = firstId;
    this.open += count;
    const sizeBytes = this.queuedBytes;
    if (outgoing.byteLength < sizeBytes) outgoing = Buffer.alloc(sizeBytes);
    const bytes = outgoing.subarray(0, sizeBytes);
    for (let i = 0, at = 0; i < count; i++, at += this.#request.byteLength) {
      this.#request.writeUInt32BE(FOUR_BYTES + firstId + i, REQUEST_ID_AT);
      this.#request.writeDoubleBE(this.#queue[i] ?? 0, this.#numberAt);
      this.#request.copy(bytes, at);
    }
    this.#queue.length = 0;
    return { bytes, count };
  }

  /** Takes a frame that answers an append. @throws Error for any but the receipt that is owed next */
  answered(frame: Uint8Array, id: number): void {
    if (frame[0] !== RECEIPT || id !== this.#nextReceipt || this.open === 0) {
      const decoded = decodeFrame(frame);
      const isError = decoded.ok && decoded.value.kind === "response" && decoded.value.body.type === "error";
      throw new Error(isError ? JSON.stringify(decoded.value.body) : "not the receipt that is owed");
    }
    this.#nextReceipt++;
    this.open--;
    this.#receipted();
  }
}

/** A greeted link to a station. */
export class LoadLink {
  readonly hello: Hello;
  readonly #socket: WebSocket;
  readonly #reader = new FrameReader();
  readonly #writer = new FrameWriter();
  readonly #open = new Map<number, Answer>();
  #appends: Appends | undefined;
  #nextId = FIRST_ID;
  #flushing = false;
  onPush: ((push: Push) => void) | undefined;

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
      if (link !== undefined) return link.#take(plain(chunk));
      for (const bytes of reader.push(plain(chunk)).frames) {
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
    return this.#socket.bufferedAmount + this.#writer.length + (this.#appends?.queuedBytes ?? 0);
  }

  /** The link's appends from here on. Nothing is asked over it any more: ids of appends follow one another. */
  appends(log: LogId, frame: Uint8Array, receipted: () => void): (number: number) => void {
    const appends = (this.#appends = new Appends(log, frame, receipted));
    return (number) => {
      appends.push(number);
      this.#flushLater();
    };
  }

  /** Appends without a receipt, those that have not left included. */
  get openAppends(): number {
    const appends = this.#appends;
    return appends === undefined ? 0 : appends.open + Math.sign(appends.queuedBytes);
  }

  /** Sends a request and waits. Frames of one turn leave as one message. @throws Error naming the code of an error answer */
  ask(body: Request): Promise<Response> {
    const id = this.#takeIds(1);
    this.#writer.add({ kind: "request", id, body });
    this.#flushLater();
    return new Promise((resolve, reject) => {
      this.#open.set(id, (response) =>
        response.type === "error" ? reject(new Error(`${body.type}: ${response.code}`)) : resolve(response),
      );
    });
  }

  #takeIds(count: number): number {
    const id = this.#nextId;
    if (id + count > MAX_ID) throw new Error("a run of a thousand million messages over one link");
    this.#nextId += count;
    return id;
  }

  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#writer.length > 0) this.#socket.send(this.#writer.take());
    if (this.#appends === undefined || this.#appends.queuedBytes === 0) return;
    const { bytes, count } = this.#appends.take(this.#nextId);
    this.#takeIds(count);
    this.#socket.send(bytes);
  }

  #take(chunk: Uint8Array): void {
    for (const bytes of this.#reader.push(chunk).frames) {
      if (bytes[0] === RECEIPT && this.#appends !== undefined) this.#appends.answered(bytes, idOf(bytes));
      else this.#takeFrame(bytes);
    }
  }

  #takeFrame(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (!frame.ok) throw new Error(`the station sent ${frame.code}`);
    const { value } = frame;
    if (value.kind === "response") {
      const answer = this.#open.get(value.id);
      this.#open.delete(value.id);
      if (answer !== undefined) answer(value.body);
      else this.#appends?.answered(bytes, value.id);
    } else if (value.kind === "notice" && value.body.type === "log.push") {
      this.onPush?.(value.body);
    } else if (value.kind === "notice" && value.body.type === "goodbye") {
      throw new Error(`the station said goodbye: ${value.body.code}`);
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** The id of an answer to a request of ours, which is a varint of four bytes. */
function idOf(frame: Uint8Array): number {
  return (
    (((frame[ID_AT] ?? 0) & 0x3f) << 24) |
    ((frame[ID_AT + 1] ?? 0) << 16) |
    ((frame[ID_AT + 2] ?? 0) << 8) |
    (frame[ID_AT + 3] ?? 0)
  );
}
