/*
 * One writer per profile, any number of commands. The first process opens the engine, which locks the profile, and
 * serves it; the next ones speak to the first. When the first one ends, one of the others takes its place: the engine
 * is opened again, `connect` is asked for again if it had been, and everything is told as changed, because events may
 * have been missed in between.
 *
 * A call that was certainly not begun, or that means the same when made twice, is made again behind the caller's back.
 * Only a send or a join that was under way when the holder was killed is told to the caller (`term/holder-ended`).
 */
import { mkdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
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
import { isTermError, TermError } from "../errors.ts";
import { calledBy, type Method, type PartMethod } from "./messages.ts";
import { remoteClient, wasUntouched } from "./remote.ts";
import { serveClient, type ClientHost } from "./serve.ts";
import { socketPath } from "./socket-path.ts";

/** How long the change from one holder to the next may take before the caller is told that somebody is silent. */
const ATTACH_LIMIT_MS = 10_000;
const ATTACH_PAUSE_MS = 25;

/** The way to an engine. */
export interface AttachOptions {
  readonly profileDir: string;
  /** Opens the engine. @throws an error with code `client/profile-in-use` while another process holds the profile */
  readonly openClient: (profileDir: string) => Promise<Client>;
  /** reads an invite without an engine */
  readonly preview: (invite: string) => InvitePreview;
  /** told once when the profile was held by another process that ended, and cannot be opened again */
  readonly onLost: (error: unknown) => void;
}

/** Who answers just now: our own engine, which others may use too, or another process. */
interface Holding {
  readonly client: Client;
  readonly host: ClientHost | undefined;
}

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

const isNobody = (error: unknown): boolean =>
  ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(String(codeOf(error)));

/** Speaks to whoever holds the profile, or holds it. */
async function takeHold(options: AttachOptions, path: string, onEnd: () => void): Promise<Holding> {
  for (const begunMs = performance.now(); ; await delay(ATTACH_PAUSE_MS)) {
    try {
      return { client: await remoteClient(path, { preview: options.preview, onEnd }), host: undefined };
    } catch (error) {
      if (!isNobody(error)) throw error;
    }
    try {
      const client = await options.openClient(options.profileDir);
      return { client, host: await serveClient(client, path) };
    } catch (error) {
      if (codeOf(error) !== "client/profile-in-use") throw error;
      // Its holder is just coming or just going.
      if (performance.now() - begunMs > ATTACH_LIMIT_MS)
        throw new TermError("term/holder-silent", {}, { cause: error });
    }
  }
}

class AttachedClient implements Omit<Client, PartName> {
  readonly #options: AttachOptions;
  readonly #path: string;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  #holding: Holding;
  #change: Promise<void> = Promise.resolve();
  #wantsConnection = false;
  #disposed = false;

  constructor(options: AttachOptions, path: string, holding: Holding) {
    this.#options = options;
    this.#path = path;
    this.#holding = holding;
    this.#listen();
  }

  #listen(): void {
    this.#holding.client.subscribe((event) => this.#tell(event));
  }

  #tell(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** The process that held the profile has gone. */
  lost(): void {
    if (this.#disposed) return;
    this.#change = this.#takeOver();
    // Also when nobody is calling just now, somebody must be told; calls see the same error.
    this.#change.catch((error: unknown) => this.#options.onLost(error));
  }

  async #takeOver(): Promise<void> {
    this.#holding = await takeHold(this.#options, this.#path, () => this.lost());
    this.#listen();
    if (this.#wantsConnection) this.#holding.client.connect();
    this.#tell({ type: "me" });
    this.#tell({ type: "route", route: this.#holding.client.route() });
    for (const { id } of await this.#holding.client.conversations())
      this.#tell({ type: "conversation", conversation: id });
    this.#tell({ type: "alerts" });
  }

  async #call<T>(method: Method | PartMethod, make: (client: Client) => Promise<T>): Promise<T> {
    for (;;) {
      await this.#change;
      const { client } = this.#holding;
      try {
        return await make(client);
      } catch (error) {
        if (this.#disposed || !isTermError(error, "term/holder-ended")) throw error;
        if (!wasUntouched(error) && calledBy(method)?.traits.repeatable !== true) throw error;
        // `leaving` comes before the end of the connection; the next holder cannot open before that.
        if (this.#holding.client === client) await delay(ATTACH_PAUSE_MS);
      }
    }
  }

  /** Calls one of a part, whoever holds the profile. */
  part(part: PartName, name: string, given: readonly unknown[]): Promise<unknown> {
    return this.#call(`${part}.${name}`, async (client) => {
      const calls = client[part] as unknown as Readonly<
        Record<string, (...all: readonly unknown[]) => Promise<unknown>>
      >;
      return calls[name]?.(...given);
    });
  }

  me(): Me | undefined {
    return this.#holding.client.me();
  }
  route(): RouteView {
    return this.#holding.client.route();
  }
  preview(invite: string): InvitePreview {
    return this.#options.preview(invite);
  }
  join(invite: string, name: string): Promise<Me> {
    return this.#call("join", (client) => client.join(invite, name));
  }
  setName(name: string): Promise<void> {
    return this.#call("setName", (client) => client.setName(name));
  }
  exitPass(options: { readonly signal: AbortSignal }): Promise<Uint8Array> {
    return this.#call("exitPass", (client) => client.exitPass(options));
  }
  recoveryWords(): Promise<readonly string[]> {
    return this.#call("recoveryWords", (client) => client.recoveryWords());
  }
  invite(): Promise<string> {
    return this.#call("invite", (client) => client.invite());
  }
  open(invite: string): Promise<ConversationIdText> {
    return this.#call("open", (client) => client.open(invite));
  }
  conversations(): Promise<readonly ConversationView[]> {
    return this.#call("conversations", (client) => client.conversations());
  }
  conversation(id: ConversationIdText): Promise<ConversationView | undefined> {
    return this.#call("conversation", (client) => client.conversation(id));
  }
  messages(
    id: ConversationIdText,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly MessageView[]> {
    return this.#call("messages", (client) => client.messages(id, page));
  }
  send(id: ConversationIdText, message: { readonly text: string }): Promise<MessageView> {
    return this.#call("send", (client) => client.send(id, message));
  }
  receipt(message: MessageIdText, options: { readonly signal: AbortSignal }): Promise<ReceiptView> {
    return this.#call("receipt", (client) => client.receipt(message, options));
  }
  markRead(id: ConversationIdText, position: number): Promise<void> {
    return this.#call("markRead", (client) => client.markRead(id, position));
  }
  connect(): void {
    this.#wantsConnection = true;
    this.#holding.client.connect();
  }
  settled(options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#call("settled", (client) => client.settled(options));
  }
  alerts(): Promise<readonly AlertView[]> {
    return this.#call("alerts", (client) => client.alerts());
  }
  proof(alert: string): Promise<Uint8Array> {
    return this.#call("proof", (client) => client.proof(alert));
  }
  markAlertSeen(alert: string): Promise<void> {
    return this.#call("markAlertSeen", (client) => client.markAlertSeen(alert));
  }
  watch(): Promise<WatchView> {
    return this.#call("watch", (client) => client.watch());
  }
  check(options: { readonly signal: AbortSignal }): Promise<WatchView> {
    return this.#call("check", (client) => client.check(options));
  }
  safety(identity: IdentityIdText): Promise<SafetyView> {
    return this.#call("safety", (client) => client.safety(identity));
  }
  incidents(stationKey: string): Promise<readonly IncidentView[] | undefined> {
    return this.#call("incidents", (client) => client.incidents(stationKey));
  }

  askMembers(conversation: ConversationIdText): Promise<void> {
    return this.#call("askMembers", (client) => client.askMembers(conversation));
  }

  takeBack(words?: string): Promise<TakenBackView> {
    return this.#call("takeBack", (client) => client.takeBack(words));
  }

  markCompared(identity: IdentityIdText): Promise<void> {
    return this.#call("markCompared", (client) => client.markCompared(identity));
  }
  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#change.catch(() => undefined);
    const { client, host } = this.#holding;
    // Others first: they finish what they began with this engine.
    await host?.[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
  }
}

/**
 * Opens a profile, whoever holds it. Dispose it to let the next process have it.
 *
 * @throws TermError `term/holder-silent` · what opening the engine throws
 */
export async function attachClient(options: AttachOptions): Promise<Client> {
  mkdirSync(options.profileDir, { recursive: true, mode: 0o700 });
  const path = socketPath(options.profileDir);
  // The connection may end before the object that minds it is there.
  let client: AttachedClient | undefined;
  let endedEarly = false;
  const holding = await takeHold(options, path, () => {
    if (client === undefined) endedEarly = true;
    else client.lost();
  });
  const attached = new AttachedClient(options, path, holding);
  client = attached;
  if (endedEarly) attached.lost();
  return Object.assign(
    attached,
    partsOver((part, name, given) => attached.part(part, name, given)),
  );
}
