/*
 * Frames over a link, both ways: cuts the stream into frames, matches answers to what was asked, gathers what is sent in
 * one turn into one message, and stops reading when answers are not taken (W-7) or too much waits to be answered. Knows
 * ids and sizes; what requests mean is its owner's.
 */
import type { Link } from "@chapar/carrier";
import {
  decodeFrame,
  FrameReader,
  FrameWriter,
  MAX_REQUEST_ID,
  MAX_SEALED_CHUNK_BYTES,
  MAX_STATEMENT_BYTES,
  MAX_UNSENT_BYTES,
  type DecodedFrame,
  type Frame,
  type Notice,
  type Request,
  type Response,
  type WireErrorCode,
} from "@chapar/wire";
import { concatBytes } from "@chapar/wire/bytes";
import type { Outlet } from "../hub/outlet.ts";
import type { LinkBorder } from "../residency/border.ts";
import { Bug, stationError } from "../errors.ts";
import {
  MAX_CHUNK_BYTES,
  MAX_OFFER_BEHIND_BYTES,
  MAX_OPEN_REQUEST_BYTES,
  MAX_OPEN_REQUESTS,
  MAX_READ_BYTES,
} from "../limits.ts";

/** The u32 before each frame (protocol/1-wire.md §2). */
const LENGTH_BYTES = 4;
const REFUSED_BY_LAW: Response = { type: "error", code: "station/region-refused", detail: undefined };
const MIN_WRITER_BYTES = 256;
const MAX_WRITER_BYTES: number = 64 * 1024;

/** What happens to what arrives. */
export interface FrameHandlers {
  /** A request; its owner answers with `reply`, once, now or later. */
  request(id: number, body: Request): void;
  notice(body: Notice): void;
  /** A whole frame has arrived, of whatever kind. */
  heard(): void;
  /** The link has ended; called once. */
  ended(): void;
}

interface Asked {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
}

/** One link as frames. */
export class FrameLink implements Outlet {
  /**
   * Whether both sides ask. Such a link is never left unread, only requests wait: two stations that each stop reading
   * until the other has taken something would wait for ever.
   */
  isSymmetric = false;
  /** judges and counts what crosses a link to a peer */
  border: LinkBorder | undefined;
  takesEphemeral = false;
  #link: Link;
  readonly #handlers: FrameHandlers;
  readonly #reader = new FrameReader();
  #writer: FrameWriter | undefined;
  #writerBytes = MIN_WRITER_BYTES;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #isFlushing = false;
  #isPaused = false;
  #isEnded = false;
  #isClosing = false;
  #isWaiting = false;
  #isWorking = false;
  /** frames that arrived and were not taken, because too much waits: never more than one piece of the stream */
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  /** how many of the unread the border has counted */
  #countedUnread = 0;
  #fault: WireErrorCode | undefined;
  /** open requests of the other side: id to what they may cost, in bytes */
  readonly #open = new Map<number, number>();
  #openBytes = 0;
  /** what this side asked; most links never ask */
  #asked: Map<number, Asked> | undefined;
  #nextId = 1;

  constructor(link: Link, handlers: FrameHandlers) {
    this.#link = link;
    this.#handlers = handlers;
    link.receive((chunk) => this.#receive(chunk));
    void link.ended.then(() => this.#end());
  }

  /** What is sent and heard from here on goes through another link over this one. */
  through(over: (link: Link) => Link): void {
    this.#flush();
    this.#link = over(this.#link);
    this.#link.receive((chunk) => {
      // A frame may take longer than a link may be silent (W-6); whoever sends pieces of it is there.
      this.#handlers.heard();
      this.#receive(chunk);
    });
  }

  get closed(): boolean {
    return this.#isEnded || this.#isClosing;
  }

  get unsentBytes(): number {
    return this.#link.unsentBytes + this.#pieceBytes + (this.#writer?.length ?? 0);
  }

  /** Requests of the other side that wait for an answer. */
  get openRequests(): number {
    return this.#open.size;
  }

  async drained(belowBytes: number): Promise<void> {
    await this.#link.drained(belowBytes);
  }

  /** Answers a request of the other side. @throws RangeError for an answer that does not fit; it is then still open */
  reply(id: number, body: Response): void {
    const sizeBytes = this.#open.get(id);
    if (sizeBytes === undefined) {
      if (this.closed) return;
      throw new Bug("answered twice");
    }
    // An answer that does not fit a frame throws here, and the request is still open for another one.
    const frame: Frame = { kind: "response", id, body };
    const isLawful = this.border?.allows(frame) ?? true;
    this.#add(isLawful ? frame : { kind: "response", id, body: REFUSED_BY_LAW });
    this.#open.delete(id);
    this.#openBytes -= sizeBytes;
    if (this.#isPaused) this.#work();
  }

  /** Sends a frame that nobody answers. */
  notify(body: Notice): void {
    this.#add({ kind: "notice", body });
  }

  offer(body: Extract<Notice, { type: "ephemeral" }>): void {
    const frame: Frame = { kind: "notice", body };
    const isBusy = this.unsentBytes > MAX_OFFER_BEHIND_BYTES;
    if (this.takesEphemeral && !isBusy && this.border?.allows(frame) !== false) this.#add(frame);
  }

  /**
   * Asks the other side.
   *
   * @throws StationError `station/peer-unreachable` when the link ends before the answer · `station/region-refused` nothing was sent
   */
  ask(body: Request): Promise<Response> {
    if (this.closed) return Promise.reject(stationError("station/peer-unreachable"));
    const id = this.#nextId;
    const frame: Frame = { kind: "request", id, body };
    if (this.border?.allows(frame) === false) return Promise.reject(stationError("station/region-refused"));
    this.#nextId = id === MAX_REQUEST_ID ? 1 : id + 1;
    return new Promise((resolve, reject) => {
      (this.#asked ??= new Map()).set(id, { resolve, reject });
      this.#add(frame);
    });
  }

  sendShared(piece: Uint8Array): void {
    if (this.closed) return;
    if (this.border !== undefined && !passes(this.border, piece)) return this.goodbye("station/region-refused");
    this.#takeWriter();
    this.#pieces.push(piece);
    this.#pieceBytes += piece.byteLength;
    this.#flushLater();
  }

  /** Says why, sends what is queued and closes. */
  goodbye(code: WireErrorCode): void {
    if (this.closed) return;
    this.notify({ type: "goodbye", code });
    this.#flush();
    this.#isClosing = true;
    this.#link.close();
  }

  #add(frame: Frame): void {
    if (this.closed) return;
    const writer = (this.#writer ??= new FrameWriter(this.#writerBytes));
    const start = writer.length;
    writer.add(frame);
    this.border?.left(frame, writer.length - start - LENGTH_BYTES);
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => this.#flush());
  }

  /** The writer lives for one turn only: an idle link holds no buffer. */
  #takeWriter(): void {
    if (this.#writer === undefined || this.#writer.length === 0) return;
    const piece = this.#writer.take();
    // The next turn is probably like this one: a buffer of the right size is never grown.
    this.#writerBytes = Math.min(Math.max(piece.byteLength + 64, MIN_WRITER_BYTES), MAX_WRITER_BYTES);
    this.#writer = undefined;
    this.#pieces.push(piece);
    this.#pieceBytes += piece.byteLength;
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.closed) return;
    this.#takeWriter();
    const [first, ...rest] = this.#pieces;
    if (first === undefined) return;
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#link.send(rest.length === 0 ? first : concatBytes(first, ...rest));
    if (this.unsentBytes > MAX_UNSENT_BYTES) this.#pause();
  }

  /** Whether so much waits, to be answered or to be taken, that nothing more is read (W-7). */
  get #isHeavy(): boolean {
    return (
      this.#open.size > MAX_OPEN_REQUESTS ||
      this.#openBytes > MAX_OPEN_REQUEST_BYTES ||
      this.unsentBytes > MAX_UNSENT_BYTES
    );
  }

  #receive(chunk: Uint8Array): void {
    if (this.closed) return;
    const { frames, fault } = this.#reader.push(chunk);
    this.#unread.push(...frames);
    this.#fault ??= fault;
    this.#work();
  }

  /** Takes frames until there are none or too much waits; what is left is taken when that has changed. */
  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    const left: Uint8Array[] = [];
    const arrived = this.#unread;
    const counted = this.#countedUnread;
    this.#unread = [];
    for (const [at, frame] of arrived.entries()) {
      if (this.closed) break;
      const { border } = this;
      const decoded = border && decodeFrame(frame);
      // In the order in which they came, whatever has to wait: so both sides count the same up to any frame.
      if (at >= counted && decoded?.ok === true) border?.came(decoded.value, frame.byteLength);
      if (this.#isHeavy && (!this.isSymmetric || isRequest(frame))) left.push(frame);
      else this.#take(frame, decoded ?? decodeFrame(frame));
    }
    this.#countedUnread = left.length;
    this.#isWorking = false;
    if (this.closed) return;
    this.#unread = left;
    this.#unreadBytes = left.reduce((sum, frame) => sum + frame.byteLength, 0);
    if (this.isSymmetric && this.#unreadBytes > MAX_OPEN_REQUEST_BYTES) this.goodbye("station/rate-limited");
    else if (left.length > 0 || this.#isHeavy) this.#pause();
    else if (this.#fault !== undefined) this.goodbye(this.#fault);
    else this.#resume();
  }

  #pause(): void {
    if (!this.#isPaused) {
      this.#isPaused = true;
      if (!this.isSymmetric) this.#link.pause();
    }
    // Woken by the network here, by answers in `reply`.
    if (this.#isWaiting || this.unsentBytes <= MAX_UNSENT_BYTES) return;
    this.#isWaiting = true;
    void this.#wait();
  }

  async #wait(): Promise<void> {
    await this.#link.drained(MAX_UNSENT_BYTES / 2);
    this.#isWaiting = false;
    this.#work();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#link.resume();
  }

  #take(bytes: Uint8Array, decoded: DecodedFrame): void {
    this.#handlers.heard();
    if (!decoded.ok) {
      const { id, kind } = decoded;
      if (decoded.code !== "wire/unknown-frame") return this.goodbye("wire/malformed");
      // An unknown answer or notice concerns nobody here; an unknown request wants an answer (W-4).
      if (kind !== "request") return;
      if (id === undefined) return this.goodbye("wire/malformed");
      return this.#add({
        kind: "response",
        id,
        body: { type: "error", code: "wire/unknown-frame", detail: undefined },
      });
    }
    const frame = decoded.value;
    switch (frame.kind) {
      case "request":
        if (this.#open.has(frame.id)) return this.goodbye("wire/unexpected-frame");
        this.#charge(frame.id, bytes.byteLength + answerBytes(frame.body));
        return this.#handlers.request(frame.id, frame.body);
      case "response": {
        const asked = this.#asked?.get(frame.id);
        if (asked === undefined) return this.goodbye("wire/unexpected-frame");
        this.#asked?.delete(frame.id);
        return asked.resolve(frame.body);
      }
      case "notice":
        return this.#handlers.notice(frame.body);
    }
  }

  #charge(id: number, costBytes: number): void {
    this.#open.set(id, costBytes);
    this.#openBytes += costBytes;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#writer = undefined;
    this.#pieces = [];
    this.#unread = [];
    for (const asked of this.#asked?.values() ?? []) asked.reject(stationError("station/peer-unreachable"));
    this.#asked = undefined;
    this.#handlers.ended();
  }
}

/** Judges and counts a frame that was encoded before. */
function passes(border: LinkBorder, piece: Uint8Array): boolean {
  const decoded = decodeFrame(piece.subarray(LENGTH_BYTES));
  if (!decoded.ok) throw new Bug("a shared frame does not decode");
  if (!border.allows(decoded.value)) return false;
  border.left(decoded.value, piece.byteLength - LENGTH_BYTES);
  return true;
}

/** The first byte of a frame says what it is: requests are below 0x80 (protocol/1-wire.md §2). */
function isRequest(frame: Uint8Array): boolean {
  return (frame[0] ?? 0) < 0x80;
}

/** How large an answer may become: many small questions must not make a heap of large answers. */
function answerBytes(body: Request): number {
  if (body.type === "log.read") return Math.min(body.maxBytes, MAX_READ_BYTES) + MAX_CHUNK_BYTES;
  if (body.type === "identity.get" || body.type === "keys.take") return MAX_READ_BYTES;
  return body.type === "blob.get" ? MAX_SEALED_CHUNK_BYTES : MAX_STATEMENT_BYTES;
}
