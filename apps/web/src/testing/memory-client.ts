/*
 * An engine without a network, for the gallery and the component tests: everything of api.ts in a few maps, with the
 * same promises (answers at once, positions without gaps, queued messages last, events with ids). Never shipped.
 */
import type {
  AlertView,
  Client,
  ClientEvent,
  ConversationView,
  IncidentView,
  InvitePreview,
  Me,
  MessageView,
  OutgoingFile,
  OutgoingMessage,
  PersonView,
  ReceiptView,
  RouteView,
  SafetyView,
  SendState,
  StationView,
  WatchView,
} from "../state/client-types.ts";
import { MemoryData } from "./memory-data.ts";
import { MemoryDevices } from "./memory-devices.ts";
import { MemoryPeople } from "./memory-people.ts";
import { MemoryPush } from "./memory-push.ts";
import { MemorySearch } from "./memory-search.ts";
import { MemoryChannels } from "./memory-channels.ts";
import { MemoryGroups } from "./memory-groups.ts";
import { MemoryMedia } from "./memory-media.ts";
import { MemoryTalk, mentionViews, replyView } from "./memory-talk.ts";
import { MemoryChats } from "./memory-chats.ts";
import { MemoryWays } from "./memory-ways.ts";
import type { MessageSpec, Room } from "./memory-room.ts";
import { receiptOf } from "./memory-receipt.ts";
import { refusal } from "./refusal.ts";

const TEHRAN: StationView = { key: "k".repeat(52), name: "Tehran North", region: "IR", urls: ["https://ir.example"] };

const SENT: ReadonlySet<string> = new Set(["queued", "leaving"]);

export class MemoryClient implements Client {
  readonly #rooms = new Map<string, Room>();
  readonly ways: MemoryWays = new MemoryWays(this);
  readonly data: MemoryData = new MemoryData(() => this.#me?.home ?? TEHRAN);
  readonly people: MemoryPeople = new MemoryPeople(
    (event) => this.emit(event),
    () => this.#me?.identity ?? "",
  );
  readonly push: MemoryPush = new MemoryPush();
  readonly devices: MemoryDevices = new MemoryDevices(() => this.emit({ type: "devices" }));
  readonly search: MemorySearch = new MemorySearch(this);
  readonly talk: MemoryTalk = new MemoryTalk(this);
  readonly chats: MemoryChats = new MemoryChats(this);
  readonly groups: MemoryGroups = new MemoryGroups(this);
  readonly channels: MemoryChannels = new MemoryChannels(this);
  readonly media: MemoryMedia = new MemoryMedia(this);
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #alerts = new Map<string, AlertView>();
  readonly #proofs = new Map<string, Uint8Array>();
  readonly #safety = new Map<string, SafetyView>();
  #watch: WatchView = { checkedAtMs: undefined, witnesses: 0, cosigned: 0, paths: 0, quorum: "none", code: undefined };
  #me: Me | undefined;
  #route: RouteView = { state: "open", kind: "web", sinceMs: 0, bytesPerSecond: 0, queued: 0, code: undefined };
  #count = 0;
  /** invites that open: text -> who */
  readonly invites: Map<string, InvitePreview> = new Map();
  nowMs: number = Date.now();
  /** lines that members were asked for */
  readonly askedFor: string[] = [];
  /** what stations say that they were through, by key */
  readonly told = new Map<string, readonly IncidentView[]>();

  me(): Me | undefined {
    return this.#me;
  }

  route(): RouteView {
    return this.#route;
  }

  preview(invite: string): InvitePreview {
    const found = [...this.invites].find(([text]) => invite.includes(text))?.[1];
    if (found === undefined) throw refusal("client/bad-invite");
    return found;
  }

  async join(invite: string, name: string): Promise<Me> {
    const { station } = this.preview(invite);
    if (this.#me !== undefined) throw refusal("client/already-joined");
    if (name.trim() === "" || Array.from(name).length > 64) throw refusal("client/bad-name");
    this.become(name, station);
    return this.#me as unknown as Me;
  }

  async setName(name: string): Promise<void> {
    if (name.trim() === "") throw refusal("client/bad-name");
    this.become(name, this.#me?.home ?? TEHRAN);
  }

  async exitPass(): Promise<Uint8Array> {
    throw refusal("station/not-allowed");
  }

  async recoveryWords(): Promise<readonly string[]> {
    return "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title".split(
      " ",
    );
  }

  async invite(): Promise<string> {
    return `https://ir.example/#i/${"AQEx9kP2mQ7vT4wZ".repeat(14)}`;
  }

  async open(invite: string): Promise<string> {
    const { name, identity } = this.preview(invite);
    if (identity === this.#me?.identity) throw refusal("client/own-invite");
    const known = [...this.#rooms.values()].find((room) => room.people[0]?.identity === identity);
    return known?.id ?? this.addRoom({ identity: identity ?? "x", name: name ?? "", home: undefined }, "opening");
  }

  async conversations(): Promise<readonly ConversationView[]> {
    return [...this.#rooms.values()].map((room) => this.#view(room)).sort((a, b) => b.atMs - a.atMs);
  }

  async conversation(id: string): Promise<ConversationView | undefined> {
    const room = this.#rooms.get(id);
    return room === undefined ? undefined : this.#view(room);
  }

  async messages(
    id: string,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly MessageView[]> {
    const rows = this.#rooms.get(id)?.rows ?? [];
    const end = Math.min(rows.length, page.before ?? rows.length);
    return rows.slice(Math.max(0, end - page.limit), end);
  }

  async send(id: string, message: OutgoingMessage): Promise<MessageView> {
    return this.sendWith(id, message, []);
  }

  /** As `send`, with files. */
  sendWith(
    id: string,
    { text, replyTo, mentions, topic }: OutgoingMessage,
    files: readonly OutgoingFile[],
  ): MessageView {
    const room = this.#rooms.get(id);
    if (room === undefined) throw refusal("client/unknown-conversation");
    if (text === "" && files.length === 0) throw refusal("client/empty");
    if (text.length > 60_000) throw refusal("client/too-large");
    const state = this.#route.state === "open" ? "at-station" : "queued";
    const more = {
      ...(replyTo !== undefined && { replyTo: replyView(this.find(replyTo), replyTo) }),
      ...(topic !== undefined && { topic: { id: topic, title: this.find(topic)?.text ?? "" } }),
      ...mentionViews(mentions),
    };
    const row = this.addMessage(id, { mine: true, text, state, files, more });
    if (state === "queued") this.setRoute({ queued: this.#route.queued + 1 });
    return row;
  }

  async receipt(message: string, options: { readonly signal: AbortSignal }): Promise<ReceiptView> {
    const row = this.find(message);
    if (row === undefined) throw refusal("client/unknown-message");
    if (SENT.has(row.state)) {
      return new Promise((_, reject) =>
        options.signal.addEventListener("abort", () => reject(options.signal.reason as Error)),
      );
    }
    return receiptOf(row, TEHRAN.key);
  }

  async markRead(id: string, position: number): Promise<void> {
    const room = this.#rooms.get(id);
    if (room === undefined || position <= room.readTo) return;
    room.readTo = position;
    this.emit({ type: "conversation", conversation: id });
  }

  connect(): void {}

  async settled(): Promise<void> {}

  async alerts(): Promise<readonly AlertView[]> {
    return [...this.#alerts.values()].sort((a, b) => b.noticedAtMs - a.noticedAtMs);
  }

  async proof(alert: string): Promise<Uint8Array> {
    const bytes = this.#proofs.get(alert);
    if (bytes === undefined) throw refusal("client/no-proof");
    return bytes;
  }

  async markAlertSeen(alert: string): Promise<void> {
    const view = this.#alerts.get(alert);
    if (view !== undefined) this.addAlert({ ...view, seen: true });
  }

  async watch(): Promise<WatchView> {
    return this.#watch;
  }

  async check(): Promise<WatchView> {
    this.setWatch({ checkedAtMs: this.nowMs });
    return this.#watch;
  }

  async safety(identity: string): Promise<SafetyView> {
    const view = this.#safety.get(identity);
    if (view === undefined) throw refusal("client/unknown-person");
    return view;
  }

  async markCompared(identity: string): Promise<void> {
    this.setSafety({ ...(await this.safety(identity)), comparedAtMs: this.nowMs, paused: false });
  }

  async incidents(stationKey: string): Promise<readonly IncidentView[] | undefined> {
    return this.told.get(stationKey);
  }

  async takeBack(): Promise<never> {
    throw refusal("client/nothing-to-take-back");
  }

  async askMembers(conversation: string): Promise<void> {
    this.askedFor.push(conversation);
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }

  /** Test side: who this device is. */
  become(name: string, home: StationView = TEHRAN): void {
    this.#me = { identity: "meid2345meid2345meid2345meid2345", device: "d", name, home };
    this.emit({ type: "me" });
  }

  /** Test side: a conversation with somebody. */
  addRoom(person: PersonView, state: ConversationView["state"] = "open"): string {
    this.#count += 1;
    const id = `room${"abcdefghijklmnopqrstuvwxyz234567".charAt(this.#count % 32)}${"a".repeat(this.#count / 32 + 1)}`;
    this.#rooms.set(id, { id, people: [person], state, rows: [], readTo: -1, fault: undefined, createdMs: this.nowMs });
    this.emit({ type: "conversation", conversation: id });
    return id;
  }

  /** Somebody there is a conversation with. */
  known(identity: string): PersonView | undefined {
    return [...this.#rooms.values()].flatMap(({ people }) => people).find((one) => one.identity === identity);
  }

  /** Test side: puts a message into a conversation; queued ones stay last. */
  addMessage(id: string, spec: MessageSpec): MessageView {
    const room = this.#rooms.get(id)!;
    const mine = spec.mine ?? false;
    const atMs = spec.atMs ?? this.nowMs;
    this.#count += 1;
    const from = spec.from ?? room.people[0];
    const sender = mine ? "me" : (from?.identity ?? "");
    const row: MessageView = {
      id: `message${this.#count}`,
      conversation: id,
      position: 0,
      mine,
      sender,
      senderName: mine ? "" : (from?.name ?? ""),
      text: spec.text ?? "",
      attachments: this.media.views(spec.files ?? []),
      writtenAtMs: atMs,
      arrivedAtMs: atMs,
      state: mine ? (spec.state ?? "at-station") : "received",
      refusal: spec.state === "refused" ? "station/bad-entry" : undefined,
      ...spec.more,
    };
    this.media.keep(row.id, spec.files ?? []);
    const firstQueued = room.rows.findIndex((held) => SENT.has(held.state));
    const at = firstQueued === -1 || SENT.has(row.state) ? room.rows.length : firstQueued;
    room.rows.splice(at, 0, row);
    for (const [position, held] of room.rows.entries()) room.rows[position] = { ...held, position };
    if (mine) room.readTo = Math.max(room.readTo, at);
    this.emit({ type: "message", conversation: id, message: row.id, change: "added" });
    return room.rows[at]!;
  }

  /** A message by its id. */
  find(message: string): MessageView | undefined {
    return [...this.#rooms.values()].flatMap((room) => room.rows).find((found) => found.id === message);
  }

  /** The messages of a conversation. */
  all(id: string): readonly MessageView[] {
    return this.#rooms.get(id)?.rows ?? [];
  }

  /** Test side: a message is otherwise than before. */
  change(message: string, more: Partial<MessageView>, change: "changed" | "deleted" = "changed"): void {
    for (const { id, rows } of this.#rooms.values()) {
      const at = rows.findIndex((row) => row.id === message);
      if (at < 0) continue;
      rows[at] = { ...rows[at]!, ...more };
      this.emit({ type: "message", conversation: id, message, change });
    }
  }

  /** Test side: a message moves on. */
  setState(id: string, message: string, state: SendState): void {
    const room = this.#rooms.get(id)!;
    const at = room.rows.findIndex((row) => row.id === message);
    room.rows[at] = { ...room.rows[at]!, state };
    this.emit({ type: "message", conversation: id, message, change: "changed" });
  }

  /** Test side: something was noticed of a station or of keys, or changed. */
  addAlert(view: AlertView, proof?: Uint8Array): void {
    this.#alerts.set(view.id, view);
    if (proof !== undefined) this.#proofs.set(view.id, proof);
    this.emit({ type: "alerts" });
    if (view.conversation !== undefined) this.emit({ type: "conversation", conversation: view.conversation });
  }

  /** Test side: how the home's log was checked last. */
  setWatch(change: Partial<WatchView>): void {
    this.#watch = { ...this.#watch, ...change };
    this.emit({ type: "alerts" });
  }

  /** Test side: what a person is compared by. */
  setSafety(view: SafetyView): void {
    this.#safety.set(view.identity, view);
    for (const room of this.#rooms.values()) {
      if (room.people[0]?.identity === view.identity) this.emit({ type: "conversation", conversation: room.id });
    }
  }

  /** Test side: the route changes. */
  setRoute(change: Partial<RouteView>): void {
    this.#route = { ...this.#route, ...change };
    this.emit({ type: "route", route: this.#route });
  }

  /** Test side: a check failed. */
  setFault(id: string, code: string): void {
    const room = this.#rooms.get(id)!;
    room.state = "fault";
    room.fault = code;
    this.emit({ type: "conversation", conversation: id });
  }

  #view(room: Room): ConversationView {
    const last = room.rows.at(-1);
    const unseen = [...this.#alerts.values()].findLast((one) => one.conversation === room.id && !one.seen);
    const group = this.groups.of(room.id);
    const channel = this.channels.of(room.id);
    const isGone = group !== undefined && group.role === undefined;
    return {
      id: room.id,
      kind: channel !== undefined ? "channel" : group === undefined ? "direct" : "group",
      title: channel?.name ?? group?.title ?? room.people[0]?.name ?? "",
      ...(channel && { group: { people: 0, role: undefined, hub: undefined } }),
      ...(group && { group: { people: group.people.length, role: group.role, hub: group.hub } }),
      state: channel?.writes === false || isGone ? "closed" : room.state,
      people: room.people,
      last,
      unread: room.rows.filter((row) => !row.mine && row.position > room.readTo).length,
      atMs: last?.writtenAtMs ?? room.createdMs,
      fault: room.fault,
      ...(unseen && { alert: { id: unseen.id, code: unseen.code } }),
    };
  }

  /** Test side: tells an event. */
  emit(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
