/*
 * The side that does not hold the profile: the engine's interface, spoken over the holder's socket. What the engine
 * answers at once (`me`, `route`) is answered from the last word of the holder, which comes with every event.
 *
 * When the holder ends, every open call fails with `term/holder-ended`; `untouched` in the error's detail says whether
 * the call was certainly not begun. attach.ts decides what may be done again.
 */
import { createConnection, type Socket } from "node:net";
import type {
  AlertView,
  Client,
  ClientEvent,
  ConversationIdText,
  ConversationView,
  IdentityIdText,
  IncidentView,
  InvitePreview,
  Me,
  MessageIdText,
  MessageView,
  ReceiptView,
  RouteView,
  SafetyView,
  TakenBackView,
  WatchView,
  PartName,
} from "@chapar/client";
import { partsOver } from "@chapar/client";
import { TermError } from "../errors.ts";
import { splitLines } from "./lines.ts";
import {
  decodeMessage,
  encodeMessage,
  HOST_VERSION,
  LONGEST_LINE_CHARS,
  type ErrorData,
  type HostMessage,
  type Method,
  type PartMethod,
  type Standing,
} from "./messages.ts";

/** How long a holder may take to say hello. */
const HELLO_LIMIT_MS = 5_000;

/** An error of the engine that crossed a socket: only its code, words and detail matter, as everywhere. */
class RemoteError extends Error {
  readonly code: string;
  readonly detail: unknown;

  constructor({ code, message, detail }: ErrorData) {
    super(message);
    this.name = "RemoteError";
    this.code = code;
    this.detail = detail;
  }
}

const holderEnded = (untouched: boolean): TermError =>
  new TermError("term/holder-ended", { untouched: untouched ? 1 : 0 });

/** Whether a failed call was certainly not begun by the holder. */
export const wasUntouched = (error: TermError): boolean => error.detail["untouched"] === 1;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

class RemoteClient implements Omit<Client, PartName> {
  readonly #socket: Socket;
  readonly #parse: (invite: string) => InvitePreview;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #onEnd: () => void;
  #standing: Standing;
  #lastId = 0;
  #leaving = false;
  #ended = false;

  constructor(socket: Socket, standing: Standing, parse: (invite: string) => InvitePreview, onEnd: () => void) {
    this.#socket = socket;
    this.#standing = standing;
    this.#parse = parse;
    this.#onEnd = onEnd;
    socket.on("close", () => this.end());
  }

  take(message: HostMessage): void {
    if (message.kind === "event") {
      this.#standing = message.standing;
      for (const listener of this.#listeners) listener(message.event);
    } else if (message.kind === "leaving") {
      this.#leaving = true;
      this.#partWhenDone();
    } else if (message.kind === "result") {
      this.#settle(message.id)?.resolve(message.result);
    } else if (message.kind === "error") {
      const { error } = message;
      this.#settle(message.id)?.reject(
        error.code === "term/holder-ended" ? holderEnded(error.untouched === true) : new RemoteError(error),
      );
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#partWhenDone();
    return waiting;
  }

  /** The holder leaves when every caller has its answers: the caller is the one who knows that it has none to come. */
  #partWhenDone(): void {
    if (this.#leaving && this.#waiting.size === 0) this.#socket.end();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const waiting of this.#waiting.values()) waiting.reject(holderEnded(false));
    this.#waiting.clear();
    this.#onEnd();
  }

  #call<T>(method: Method | PartMethod, params: readonly unknown[], signal?: AbortSignal): Promise<T> {
    if (this.#ended || this.#leaving) return Promise.reject(holderEnded(true));
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(id);
        this.#socket.write(encodeMessage({ kind: "cancel", id }));
        reject(signal?.reason as Error);
      };
      const done = (): void => signal?.removeEventListener("abort", abort);
      this.#waiting.set(id, {
        resolve: (result) => {
          done();
          // The holder runs the same version of the same interface (checked at hello), so its answer has its type.
          resolve(result as T);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      signal?.addEventListener("abort", abort, { once: true });
      this.#socket.write(encodeMessage({ kind: "call", id, method, params }));
    });
  }

  /** Calls one of a part; the signal of a call that waits stays on this side. */
  part(part: PartName, name: string, given: readonly unknown[]): Promise<unknown> {
    const { signal, parameters } = withoutSignal(given);
    return this.#call(`${part}.${name}`, parameters, signal);
  }

  me(): Me | undefined {
    return this.#standing.me;
  }
  route(): RouteView {
    return this.#standing.route;
  }
  preview(invite: string): InvitePreview {
    return this.#parse(invite);
  }
  async join(invite: string, name: string): Promise<Me> {
    const me = await this.#call<Me>("join", [invite, name]);
    this.#standing = { ...this.#standing, me };
    return me;
  }
  setName(name: string): Promise<void> {
    return this.#call("setName", [name]);
  }
  exitPass(options: { readonly signal: AbortSignal }): Promise<Uint8Array> {
    return this.#call("exitPass", [], options.signal);
  }
  recoveryWords(): Promise<readonly string[]> {
    return this.#call("recoveryWords", []);
  }
  invite(): Promise<string> {
    return this.#call("invite", []);
  }
  open(invite: string): Promise<ConversationIdText> {
    return this.#call("open", [invite]);
  }
  conversations(): Promise<readonly ConversationView[]> {
    return this.#call("conversations", []);
  }
  conversation(id: ConversationIdText): Promise<ConversationView | undefined> {
    return this.#call("conversation", [id]);
  }
  messages(
    id: ConversationIdText,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly MessageView[]> {
    return this.#call("messages", [id, page]);
  }
  send(id: ConversationIdText, message: { readonly text: string }): Promise<MessageView> {
    return this.#call("send", [id, message]);
  }
  receipt(message: MessageIdText, options: { readonly signal: AbortSignal }): Promise<ReceiptView> {
    return this.#call("receipt", [message], options.signal);
  }
  markRead(id: ConversationIdText, position: number): Promise<void> {
    return this.#call("markRead", [id, position]);
  }
  connect(): void {
    // A holder that has just gone is met again by the next call.
    this.#call("connect", []).catch(() => undefined);
  }
  settled(options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#call("settled", [], options.signal);
  }
  alerts(): Promise<readonly AlertView[]> {
    return this.#call("alerts", []);
  }
  proof(alert: string): Promise<Uint8Array> {
    return this.#call("proof", [alert]);
  }
  markAlertSeen(alert: string): Promise<void> {
    return this.#call("markAlertSeen", [alert]);
  }
  watch(): Promise<WatchView> {
    return this.#call("watch", []);
  }
  check(options: { readonly signal: AbortSignal }): Promise<WatchView> {
    return this.#call("check", [], options.signal);
  }
  safety(identity: IdentityIdText): Promise<SafetyView> {
    return this.#call("safety", [identity]);
  }
  incidents(stationKey: string): Promise<readonly IncidentView[] | undefined> {
    return this.#call("incidents", [stationKey]);
  }

  askMembers(conversation: ConversationIdText): Promise<void> {
    return this.#call("askMembers", [conversation]);
  }

  takeBack(words?: string): Promise<TakenBackView> {
    return this.#call("takeBack", words === undefined ? [] : [words]);
  }

  markCompared(identity: IdentityIdText): Promise<void> {
    return this.#call("markCompared", [identity]);
  }
  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  [Symbol.asyncDispose](): Promise<void> {
    this.end();
    this.#socket.destroy();
    return Promise.resolve();
  }
}

/** Arguments without the signal that the last of them may carry. */
function withoutSignal(given: readonly unknown[]): {
  readonly signal?: AbortSignal;
  readonly parameters: readonly unknown[];
} {
  const last = given.at(-1);
  if (typeof last !== "object" || last === null || !("signal" in last)) return { parameters: given };
  const { signal, ...rest } = last;
  return { parameters: [...given.slice(0, -1), rest], ...(signal instanceof AbortSignal && { signal }) };
}

/** What a remote engine needs besides the socket. */
export interface RemoteOptions {
  /** reads an invite without asking the holder */
  readonly preview: (invite: string) => InvitePreview;
  /** called once, when the holder has gone or this side was disposed */
  readonly onEnd: () => void;
}

/**
 * Connects to the process that holds a profile.
 *
 * @param path  from socketPath()
 * @throws the connection's error (`ENOENT`, `ECONNREFUSED`: nobody holds it) · TermError `term/holder-silent`
 */
export function remoteClient(path: string, options: RemoteOptions): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.setEncoding("utf8");
    let client: RemoteClient | undefined;
    const giveUp = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => giveUp(new TermError("term/holder-silent")), HELLO_LIMIT_MS);
    const take = (line: string): void => {
      const message = decodeMessage(line);
      if (message !== undefined && client !== undefined) client.take(message);
      else if (message?.kind === "hello" && message.version === HOST_VERSION) {
        clearTimeout(timer);
        const remote = new RemoteClient(socket, message.standing, options.preview, options.onEnd);
        client = remote;
        resolve(
          Object.assign(
            remote,
            partsOver((part, name, given) => remote.part(part, name, given)),
          ),
        );
      } else giveUp(new TermError("term/holder-silent"));
    };
    socket.on(
      "data",
      splitLines(LONGEST_LINE_CHARS, take, () => socket.destroy()),
    );
    socket.on("error", giveUp);
    // A holder that leaves between accept and hello: the caller looks again.
    socket.on("close", () => giveUp(Object.assign(new Error("closed before hello"), { code: "ECONNREFUSED" })));
  });
}
