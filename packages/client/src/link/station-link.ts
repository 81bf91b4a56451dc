/*
 * One link to one station, from the first byte to the last: frames, the greeting (W-1, W-2), the station's proof of its
 * key (F-2), requests with ids and their answers, notices, and the watch that notices a link which is open and dead.
 *
 * Requests are pipelined: `ask` writes at once and resolves when its answer comes. Frames of one turn of the event loop
 * leave as one piece. Nothing is retried here; a link that ends rejects every open request with `wire/link-ended`.
 */
import {
  decodeFrame,
  FrameReader,
  FrameWriter,
  type Hello,
  type LogId,
  MAX_UNSENT_BYTES,
  type Notice,
  PING_AFTER_MS,
  PROTOCOL_VERSIONS,
  proveMessage,
  type Request,
  type Response,
  type StationKey,
  WireError,
  type WireCode,
} from "@chapar/wire";
import { equalBytes, type Verifier } from "@chapar/wire/bytes";
import type { Clock, Link } from "@chapar/carrier";
import { ClientError, codeOf } from "../errors.ts";

/** A link that owes an answer and has been silent for this long is given up: a censor that swallows bytes looks like this. */
export const FROZEN_AFTER_MS = 20_000;
/** How long the greeting and the proof may take. */
export const GREETING_LIMIT_MS = 20_000;
/** How often the watch looks. */
const WATCH_EVERY_MS = 5_000;
const NONCE_BYTES = 32;

/** What a link needs beside the stream. */
export interface StationLinkPorts {
  readonly clock: Clock;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly verify: Verifier;
  /** told of every piece of stream, for the route's accounting */
  readonly counted: (sizeBytes: number) => void;
  /** silence with an answer owed after which the link is given up; FROZEN_AFTER_MS */
  readonly frozenAfterMs?: number;
}

/** The answer of one type. */
export type Answer<Type extends Response["type"]> = Extract<Response, { readonly type: Type }>;
/** Notices that come after the greeting. */
export type Push = Extract<Notice, { readonly type: "log.push" }>;
/** A notice that bodies of a range are not at the station (E-17). */
export type Gap = Extract<Notice, { readonly type: "log.gap" }>;

/** What a station passes on and forgets (W-80). */
export type Ephemeral = Extract<Notice, { readonly type: "ephemeral" }>;

/** Links of their own for what must not be seen beside the account (protocol/18-unlinkability.md §1). */
export interface Apart {
  /** the link on which a room is attended */
  on(log: LogId): Promise<StationLink>;
  /** the link that a request leaves on; undefined: the account's own */
  of(request: Request): Promise<StationLink> | undefined;
}

interface Open {
  readonly resolve: (answer: Response) => void;
  readonly reject: (error: unknown) => void;
}

/** A greeted, proven link. */
export class StationLink {
  #link: Link;
  readonly #ports: StationLinkPorts;
  readonly #reader = new FrameReader();
  readonly #writer = new FrameWriter();
  readonly #open = new Map<number, Open>();
  readonly #stop = new AbortController();
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #ended = Promise.withResolvers<string>();
  #helloSeen: Hello | undefined;
  #nextId = 1;
  #flushing = false;
  #isEnded = false;
  #heardAtMs: number;
  #saidAtMs: number;
  #onPush: (push: Push) => void = () => undefined;
  #onGap: (gap: Gap) => void = () => undefined;
  #onEphemeral: (ephemeral: Ephemeral) => void = () => undefined;
  /** set when rooms have links of their own */
  apart: Apart | undefined;

  private constructor(link: Link, ports: StationLinkPorts) {
    this.#link = link;
    this.#ports = ports;
    this.#heardAtMs = ports.clock.nowMs();
    this.#saidAtMs = this.#heardAtMs;
    // A hello that nobody waits for any more must not become an unhandled rejection.
    this.#hello.promise.catch(() => undefined);
    this.through(() => link);
    void link.ended.then((end) => this.#end(end === "refused" ? "carrier/unreachable" : "wire/link-ended"));
  }

  /**
   * Greets and has the station prove its key.
   *
   * @throws ClientError `client/wrong-station` · `client/bad-proof` · `client/link-frozen`; WireError
   * `wire/unknown-version` · `wire/link-ended` and what the station refused with. The link is closed then.
   */
  static async greet(link: Link, station: StationKey, ports: StationLinkPorts): Promise<StationLink> {
    const self = new StationLink(link, ports);
    void self.#watch();
    try {
      const hello = await self.#hello.promise;
      if (!equalBytes(hello.station, station)) throw new ClientError("client/wrong-station");
      const [low, high] = hello.versions;
      const version = Math.min(high, PROTOCOL_VERSIONS[1]);
      if (version < Math.max(low, PROTOCOL_VERSIONS[0])) throw new WireError("wire/unknown-version");
      const nonce = ports.random(NONCE_BYTES);
      const greeted = self.ask({ type: "greet", version }, "done");
      const proved = self.ask({ type: "prove", nonce }, "proof");
      // Both travel together; a refusal of the first must not leave the second's rejection unseen.
      const [, proof] = await Promise.all([greeted, proved]);
      if (!(await ports.verify(station, proveMessage(station, nonce), proof.signature))) {
        throw new ClientError("client/bad-proof");
      }
      return self;
    } catch (error) {
      self.close(codeOf(error) ?? "wire/link-ended");
      throw error;
    }
  }

  /** What is said and heard from here on goes through another link over this one. */
  through(over: (link: Link) => Link): void {
    this.#link = over(this.#link);
    this.#link.receive((chunk) => this.#received(chunk));
  }

  /** What the station said first: its name, region and the nonce that proofs on this link sign. */
  get hello(): Hello {
    if (this.#helloSeen === undefined) throw new ClientError("client/no-route");
    return this.#helloSeen;
  }

  /** Resolves with the code of the reason when the link is over; never rejects. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Receives pushes from now on; set before the first `log.follow`. */
  onPush(receiver: (push: Push) => void): void {
    this.#onPush = receiver;
  }

  /** Receives notices of bodies that are not here (E-17); set before the first `log.follow`. */
  onGap(receiver: (gap: Gap) => void): void {
    this.#onGap = receiver;
  }

  /** Receives what is passed on and forgotten, from when it was asked for (W-83). */
  onEphemeral(receiver: (ephemeral: Ephemeral) => void): void {
    this.#onEphemeral = receiver;
  }

  /** Says what nobody answers. */
  say(body: Ephemeral): void {
    if (this.#isEnded) return;
    this.#writer.add({ kind: "notice", body });
    this.#flushSoon();
  }

  /**
   * Asks and waits for the answer of the expected type, or of one of them.
   *
   * @throws WireError with the station's refusal, or `wire/link-ended`; ClientError `client/unexpected-answer`
   */
  async ask<Type extends Response["type"]>(request: Request, ...expected: readonly Type[]): Promise<Answer<Type>> {
    if (this.#isEnded) throw new WireError("wire/link-ended");
    const other = this.apart?.of(request);
    if (other !== undefined) return (await other).ask(request, ...expected);
    const answer = await new Promise<Response>((resolve, reject) => {
      const id = this.#takeId();
      // First the bytes: a request that does not fit its frame never leaves, and must not be waited for.
      this.#writer.add({ kind: "request", id, body: request });
      this.#open.set(id, { resolve, reject });
      this.#flushSoon();
    });
    if (answer.type === "error") throw new WireError(answer.code, answer.detail);
    if (!isAnswer(answer, expected)) throw new ClientError("client/unexpected-answer");
    return answer;
  }

  /** Resolves when there is room to write more without queueing without bound. */
  async drained(): Promise<void> {
    await this.#link.drained(MAX_UNSENT_BYTES);
  }

  /** Closes the link; open requests are rejected. Idempotent. */
  close(reason = "client/closed"): void {
    this.#end(reason);
    this.#link.close();
  }

  #takeId(): number {
    // 2^31 requests on one link do not happen: at a thousand a second they would take 24 days, and the link is re-dialed long before.
    return this.#nextId++;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      if (this.#isEnded) return;
      const bytes = this.#writer.take();
      this.#saidAtMs = this.#ports.clock.nowMs();
      this.#ports.counted(bytes.byteLength);
      this.#link.send(bytes);
    });
  }

  #received(chunk: Uint8Array): void {
    if (this.#isEnded) return;
    this.#heardAtMs = this.#ports.clock.nowMs();
    this.#ports.counted(chunk.byteLength);
    const { frames, fault } = this.#reader.push(chunk);
    for (const frame of frames) {
      if (this.#isEnded) return;
      this.#frame(frame);
    }
    if (fault !== undefined) this.close(fault);
  }

  #frame(bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) {
      // W-4: an unknown notice is no reason to end; anything else that does not decode is.
      if (decoded.code !== "wire/unknown-frame" || decoded.kind !== "notice") this.close("wire/malformed");
      return;
    }
    const frame = decoded.value;
    if (frame.kind === "request") return this.close("wire/unexpected-frame");
    if (frame.kind === "response") return this.#answered(frame.id, frame.body);
    this.#noticed(frame.body);
  }

  #answered(id: number, answer: Response): void {
    const open = this.#open.get(id);
    if (open === undefined) return this.close("wire/unexpected-frame");
    this.#open.delete(id);
    open.resolve(answer);
  }

  #noticed(notice: Notice): void {
    if (this.#helloSeen === undefined) {
      if (notice.type !== "hello") return this.close("wire/unexpected-frame");
      this.#helloSeen = { ...notice, nonce: notice.nonce.slice() };
      return this.#hello.resolve(this.#helloSeen);
    }
    if (notice.type === "log.push") this.#onPush(notice);
    else if (notice.type === "log.gap") this.#onGap(notice);
    else if (notice.type === "ephemeral") this.#onEphemeral(notice);
    else this.close(notice.type === "goodbye" ? notice.code : "wire/unexpected-frame");
  }

  /** Pings a quiet link and ends one that owes an answer for too long. */
  async #watch(): Promise<void> {
    const { clock } = this.#ports;
    const beganAtMs = clock.nowMs();
    let ping: Promise<unknown> | undefined;
    while (!this.#isEnded) {
      try {
        await clock.sleep(WATCH_EVERY_MS, this.#stop.signal);
      } catch {
        // Only ending the link aborts the sleep.
        return;
      }
      const nowMs = clock.nowMs();
      const silentMs = nowMs - Math.max(this.#heardAtMs, this.#open.size > 0 ? this.#saidAtMs : 0);
      const owes = this.#open.size > 0 || this.#helloSeen === undefined;
      const limitMs =
        this.#helloSeen === undefined ? GREETING_LIMIT_MS : (this.#ports.frozenAfterMs ?? FROZEN_AFTER_MS);
      if (owes && (this.#helloSeen === undefined ? nowMs - beganAtMs : silentMs) >= limitMs) {
        return this.close("client/link-frozen");
      }
      if (ping === undefined && nowMs - this.#saidAtMs >= PING_AFTER_MS) {
        // A ping's failure is the link's end, which `ended` tells.
        ping = this.ask({ type: "ping" }, "pong").then(
          () => (ping = undefined),
          () => undefined,
        );
      }
    }
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stop.abort();
    const error = new WireError(asWireCode(reason));
    this.#hello.reject(reason.startsWith("client/") ? new ClientError("client/link-frozen") : error);
    for (const open of this.#open.values()) open.reject(error);
    this.#open.clear();
    this.#ended.resolve(reason);
  }
}

function isAnswer<Type extends Response["type"]>(answer: Response, expected: readonly Type[]): answer is Answer<Type> {
  return expected.some((type) => type === answer.type);
}

/** The greeting tells the person why a station said goodbye; open requests only need to know that the link is over. */
function asWireCode(reason: string): WireCode {
  return reason === "wire/unknown-version" ? "wire/unknown-version" : "wire/link-ended";
}
