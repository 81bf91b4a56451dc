/*
 * A fake of the engine's interface: everything in memory, no keys, no network. Behaviour that commands depend on is as
 * the contract says: writing queues until `connect`, receipts come then, events carry ids.
 */
import type {
  AlertView,
  Client,
  ClientEvent,
  ConversationView,
  InvitePreview,
  Me,
  MessageView,
  OutgoingMessage,
  ReceiptView,
  RouteView,
  SafetyView,
  TakenBackView,
  StationView,
  WatchView,
} from "@chapar/client";
import { FakeChats } from "./fake-chats.ts";
import { FakeError } from "./fake-error.ts";
import { FakeData } from "./fake-data.ts";
import { FakeDevices } from "./fake-devices.ts";
import { FakePeople } from "./fake-people.ts";
import { FakePush } from "./fake-push.ts";
import { FakeSearch } from "./fake-search.ts";
import { FakeChannels } from "./fake-channels.ts";
import { FakeGroups } from "./fake-groups.ts";
import { FakeMedia } from "./fake-media.ts";
import { FakeTalk, mentionViews, previewed, replyView } from "./fake-talk.ts";
import { FakeWays } from "./fake-ways.ts";

const HOME: StationView = { key: "stationkey", name: "Tehran", region: "IR", urls: ["http://127.0.0.1:1"] };

/** Invites of the fake: `station:` or `person:NAME`. */
export function fakePreview(invite: string): InvitePreview {
  if (invite.startsWith("station:")) return { kind: "station", station: HOME, name: undefined, identity: undefined };
  if (!invite.startsWith("person:")) throw new FakeError("client/bad-invite");
  return { kind: "person", station: HOME, name: invite.slice(7), identity: `id-${invite.slice(7)}` };
}

const IDLE: RouteView = {
  state: "idle",
  kind: undefined,
  sinceMs: 0,
  bytesPerSecond: 0,
  queued: 0,
  code: undefined,
};

const UNWATCHED: WatchView = {
  checkedAtMs: undefined,
  witnesses: 0,
  cosigned: 0,
  paths: 0,
  quorum: "none",
  code: undefined,
};

const NEW_ALERT: Omit<AlertView, "id"> = {
  code: "withheld",
  station: HOME,
  conversation: undefined,
  person: undefined,
  noticedAtMs: 0,
  sinceMs: undefined,
  state: "open",
  missing: 0,
  restored: 0,
  proof: undefined,
  seen: false,
};

const NEW_SAFETY: Omit<SafetyView, "identity"> = {
  digits: Array.from({ length: 12 }, (_, at) => String(10_000 + at)),
  qr: "CHAPAR:SAFETY:1:FAKE",
  comparedAtMs: undefined,
  devices: 1,
  ops: 1,
  changes: [],
  paused: false,
};

export class FakeClient implements Client {
  readonly calls: string[] = [];
  /** false: `connect` never reaches anybody */
  reachable = true;
  closed = false;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly ways: FakeWays = new FakeWays(this);
  readonly data: FakeData = new FakeData(HOME);
  readonly devices: FakeDevices = new FakeDevices();
  readonly media: FakeMedia = new FakeMedia(this);
  readonly talk: FakeTalk = new FakeTalk(this);
  readonly chats: FakeChats = new FakeChats(this);
  readonly people: FakePeople = new FakePeople();
  readonly push: FakePush = new FakePush();
  readonly search: FakeSearch = new FakeSearch(this);
  readonly groups: FakeGroups = new FakeGroups(this);
  readonly channels: FakeChannels = new FakeChannels(this);
  readonly #messages = new Map<string, MessageView[]>();
  readonly #conversations = new Map<string, ConversationView>();
  readonly #alerts = new Map<string, AlertView>();
  readonly #proofs = new Map<string, Uint8Array>();
  readonly #safety = new Map<string, SafetyView>();
  #watch: WatchView = UNWATCHED;
  #me: Me | undefined;
  #route = IDLE;
  #nextId = 0;

  emit(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  setRoute(route: Partial<RouteView>): void {
    this.#route = { ...this.#route, ...route };
    this.emit({ type: "route", route: this.#route });
  }

  setConversation(view: Partial<ConversationView> & { readonly id: string }): void {
    const before = this.#conversations.get(view.id);
    this.#conversations.set(view.id, {
      kind: "direct",
      title: view.people?.[0]?.name ?? before?.people[0]?.name ?? "",
      state: "open",
      people: [],
      last: undefined,
      unread: 0,
      atMs: 0,
      fault: undefined,
      ...before,
      ...view,
    });
    this.emit({ type: "conversation", conversation: view.id });
  }

  /** A message of the other side arrives. */
  deliver(conversation: string, text: string, more: Partial<MessageView> = {}, file?: Uint8Array): MessageView {
    const message = this.#add(conversation, text, {
      mine: false,
      sender: "id-sara",
      senderName: "Sara",
      state: "received",
      ...more,
    });
    if (file !== undefined) this.media.keep(message.id, [file]);
    return message;
  }

  #add(conversation: string, text: string, more: Partial<MessageView>): MessageView {
    const list = this.#messages.get(conversation) ?? [];
    this.#messages.set(conversation, list);
    this.#nextId += 1;
    const message: MessageView = {
      id: `m${this.#nextId}`,
      conversation,
      position: list.length,
      mine: true,
      sender: "id-me",
      senderName: "Me",
      text,
      attachments: [],
      writtenAtMs: 0,
      arrivedAtMs: 0,
      state: "queued",
      refusal: undefined,
      ...more,
    };
    list.push(message);
    this.emit({ type: "message", conversation, message: message.id, change: "added" });
    return message;
  }

  all(conversation: string): readonly MessageView[] {
    return this.#messages.get(conversation) ?? [];
  }

  change(id: string, more: Partial<MessageView>, change: "changed" | "deleted" = "changed"): void {
    for (const [conversation, list] of this.#messages) {
      const index = list.findIndex((message) => message.id === id);
      if (index < 0) continue;
      list[index] = { ...list[index]!, ...more };
      this.emit({ type: "message", conversation, message: id, change });
    }
  }

  me(): Me | undefined {
    return this.#me;
  }
  route(): RouteView {
    return this.#route;
  }
  preview(invite: string): InvitePreview {
    return fakePreview(invite);
  }
  async join(invite: string, name: string): Promise<Me> {
    this.calls.push("join");
    fakePreview(invite);
    if (this.#me !== undefined) throw new FakeError("client/already-joined");
    this.#me = { identity: `id-${name}`, device: "device1", name, home: HOME };
    this.emit({ type: "me" });
    return this.#me;
  }
  async setName(name: string): Promise<void> {
    if (this.#me !== undefined) this.#me = { ...this.#me, name };
    this.emit({ type: "me" });
  }
  async exitPass(): Promise<Uint8Array> {
    return new Uint8Array(32);
  }
  async recoveryWords(): Promise<readonly string[]> {
    return ["word"];
  }
  async invite(): Promise<string> {
    return `person:${this.#me?.name ?? ""}`;
  }
  async open(invite: string): Promise<string> {
    this.calls.push("open");
    const { name = "" } = fakePreview(invite);
    const id = `conversation-${name}`;
    const state = this.#route.state === "open" ? "open" : "opening";
    this.setConversation({ id, state, people: [{ identity: `id-${name}`, name, home: HOME }] });
    return id;
  }
  /** A conversation of many. */
  addGroup(title: string, kind: ConversationView["kind"] = "group"): string {
    const id = `g${title.length}`;
    const group = { people: 1, role: "owner", hub: undefined } as const;
    this.setConversation({ id, state: "open", kind, title, group, people: [] });
    return id;
  }

  async conversations(): Promise<readonly ConversationView[]> {
    return [...this.#conversations.values()];
  }
  async conversation(id: string): Promise<ConversationView | undefined> {
    return this.#conversations.get(id);
  }
  async messages(
    id: string,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly MessageView[]> {
    return (this.#messages.get(id) ?? [])
      .filter(({ position }) => position < (page.before ?? Infinity))
      .slice(-page.limit);
  }
  async send(id: string, message: OutgoingMessage): Promise<MessageView> {
    return this.sendWith(id, message, {});
  }
  /** A message, and what is told beside it. */
  sendWith(
    id: string,
    { text, replyTo, mentions, topic, preview }: OutgoingMessage,
    more: Partial<MessageView>,
  ): MessageView {
    this.calls.push("send");
    if (!this.#conversations.has(id)) throw new FakeError("client/unknown-conversation");
    const added = this.#add(id, text, {
      ...more,
      ...(replyTo !== undefined && { replyTo: replyView(this.find(replyTo), replyTo) }),
      ...(topic !== undefined && { topic: { id: topic, title: this.find(topic)?.text ?? "" } }),
      ...mentionViews(mentions),
      ...previewed(preview),
    });
    if (this.#route.state === "open") queueMicrotask(() => this.change(added.id, { state: "at-station" }));
    return added;
  }
  find(id: string): MessageView | undefined {
    return [...this.#messages.values()].flat().find((message) => message.id === id);
  }
  async receipt(id: string, { signal }: { readonly signal: AbortSignal }): Promise<ReceiptView> {
    for (;;) {
      signal.throwIfAborted();
      const message = this.find(id);
      if (message?.state === "refused") throw new FakeError("client/refused", message.refusal);
      if (message?.state === "at-station") {
        const hash = "ab".repeat(32);
        return {
          message: id,
          conversation: message.conversation,
          log: "log1",
          index: message.position,
          leafHash: hash,
          size: message.position + 1,
          root: hash,
          stationTimeMs: 0,
          station: HOME.key,
          proof: "proof",
        };
      }
      await this.#next(signal);
    }
  }
  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const unsubscribe = this.subscribe(() => {
        unsubscribe();
        resolve();
      });
      signal.addEventListener("abort", () => {
        unsubscribe();
        reject(signal.reason as Error);
      });
    });
  }
  async markRead(id: string): Promise<void> {
    this.calls.push(`markRead ${id}`);
  }
  connect(): void {
    this.calls.push("connect");
    if (!this.reachable || this.#route.state === "open") return;
    this.setRoute({ state: "open", kind: "web" });
    for (const conversation of this.#conversations.values()) {
      if (conversation.state === "opening") this.setConversation({ id: conversation.id, state: "open" });
    }
    for (const list of this.#messages.values()) {
      for (const { id, state } of list) if (state === "queued") this.change(id, { state: "at-station" });
    }
  }
  async settled({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (this.#route.state !== "open") await this.#next(signal);
  }
  /** Something was noticed, or changed. */
  setAlert(view: Partial<AlertView> & { readonly id: string }, proof?: Uint8Array): void {
    this.#alerts.set(view.id, { ...NEW_ALERT, ...this.#alerts.get(view.id), ...view });
    if (proof !== undefined) this.#proofs.set(view.id, proof);
    this.emit({ type: "alerts" });
  }
  setWatch(view: Partial<WatchView>): void {
    this.#watch = { ...this.#watch, ...view };
    this.emit({ type: "alerts" });
  }
  setSafety(view: Partial<SafetyView> & { readonly identity: string }): void {
    this.#safety.set(view.identity, { ...NEW_SAFETY, ...this.#safety.get(view.identity), ...view });
  }
  #alert(id: string): AlertView {
    const alert = this.#alerts.get(id);
    if (alert === undefined) throw new FakeError("client/no-proof");
    return alert;
  }
  async alerts(): Promise<readonly AlertView[]> {
    return [...this.#alerts.values()].sort((a, b) => b.noticedAtMs - a.noticedAtMs);
  }
  async proof(id: string): Promise<Uint8Array> {
    const bytes = this.#proofs.get(this.#alert(id).id);
    if (bytes === undefined) throw new FakeError("client/no-proof");
    return bytes;
  }
  async markAlertSeen(id: string): Promise<void> {
    this.calls.push(`markAlertSeen ${id}`);
    this.setAlert({ ...this.#alert(id), seen: true });
  }
  async watch(): Promise<WatchView> {
    return this.#watch;
  }
  async check({ signal }: { readonly signal: AbortSignal }): Promise<WatchView> {
    signal.throwIfAborted();
    this.calls.push("check");
    return this.#watch;
  }
  #compared(identity: string): SafetyView {
    const view = this.#safety.get(identity);
    if (view === undefined) throw new FakeError("client/unknown-person");
    return view;
  }
  async safety(identity: string): Promise<SafetyView> {
    return this.#compared(identity);
  }
  async incidents(): Promise<undefined> {
    return undefined;
  }

  async askMembers(conversation: string): Promise<void> {
    this.calls.push(`askMembers ${conversation}`);
  }

  /** What taking back comes to, or the code that it is refused with. */
  takenBack: TakenBackView | string = "client/nothing-to-take-back";

  async takeBack(words?: string): Promise<TakenBackView> {
    this.calls.push(`takeBack ${words ?? "-"}`);
    if (typeof this.takenBack === "string") throw new FakeError(this.takenBack);
    return this.takenBack;
  }

  async markCompared(identity: string): Promise<void> {
    this.calls.push(`markCompared ${identity}`);
    this.setSafety({ ...this.#compared(identity), comparedAtMs: 1, paused: false });
  }
  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
  }
}
