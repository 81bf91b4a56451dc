/*
 * The engine of one profile: wires the parts together and answers the app's calls from the device's own store. What has to
 * travel is put into an outbox and leaves by itself; nothing here waits for a network but what says so.
 */
import { decodeBundle, type FoundInvite, inviteLink, parseInvite, wordsOf } from "@chapar/e2e";
import { ID_SIZE_BYTES, idText, parseIdText } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type {
  ClientEvent,
  ConversationIdText,
  ConversationView,
  IdentityIdText,
  InvitePreview,
  Me,
  MessageIdText,
  MessageView,
  OutgoingMessage,
  ReceiptView,
  RouteView,
} from "./api.ts";
import type { Client } from "./client-api.ts";
import { beginConversation } from "./conversation/beginning.ts";
import type { ConversationRow } from "./conversation/rows.ts";
import type { Core, Member } from "./core.ts";
import { desksOf } from "./desks.ts";
import { become, coreOf, directsOf, type EnginePorts, type Joined } from "./engine-parts.ts";
import { ClientError } from "./errors.ts";
import { Lane } from "./lane.ts";
import type { Directs } from "./link/deferred-home.ts";
import { askExitPass } from "./link/exit-pass.ts";
import { checkName, makeProfile } from "./profile/making.ts";
import { loadProfile } from "./profile/profile-book.ts";
import type { ProfileRow } from "./profile/profile-row.ts";
import { tellProfile } from "./profile/telling.ts";
import { Draft } from "./store/shelf.ts";
import type { PartName } from "./parts.ts";
import { previewWith } from "./preview.ts";
import type { AlertView, IncidentView, SafetyView, TakenBackView, WatchView } from "./trust-api.ts";
import { meView } from "./views.ts";

const KNOCK_BYTES = 16;
/** How often anchors are asked for the own chain while the home does not answer. */
const SEEK_EVERY_MS = 60_000;
/** How often a page is read beside the lane before it waits for its turn. */
const READ_TRIES = 3;

class Engine implements Omit<Client, PartName> {
  readonly #ports: EnginePorts;
  readonly #core: Core;
  readonly #lane = new Lane();
  readonly #startedAtMs: number;
  #joined: Joined | undefined;
  #directs: Directs | undefined;
  #isClosed = false;
  /** while anchors are asked where this person lives */
  #seeking: AbortController | undefined;

  private constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#startedAtMs = ports.clock.nowMs();
    this.#core = coreOf(ports);
  }

  static async open(ports: EnginePorts): Promise<Client> {
    const engine = new Engine(ports);
    const row = await loadProfile(ports.store);
    if (row !== undefined) engine.#joined = await become(engine.#core, ports, row, () => engine.#routeChanged());
    const desks = desksOf({
      core: engine.#core,
      joined: () => engine.#need(),
      invite: () => engine.invite(),
      isJoined: () => engine.#joined !== undefined,
      directs: () => (engine.#directs ??= directsOf(engine.#core, ports)),
      adopt: (made) => engine.#adopt(made),
      rehome: (isOver) => engine.#rehome(isOver),
    });
    return Object.assign(engine, desks);
  }

  /** A profile was written to the store: this engine is its from here on. */
  async #adopt(row: ProfileRow): Promise<void> {
    await this.#lane.run(async () => {
      if (this.#isClosed) throw new ClientError("client/closed");
      if (this.#joined !== undefined) throw new ClientError("client/already-joined");
      this.#joined = await become(this.#core, this.#ports, row, () => this.#routeChanged());
      this.#core.events.emit({ type: "me" });
    });
  }

  /** The profile has another home, or is over: everything of links to the old one ends, and begins anew there. */
  async #rehome(isOver?: boolean): Promise<void> {
    await this.#lane.run(async () => {
      const { member, home } = this.#need();
      member.due.close();
      member.directs.close();
      await home.close();
      const { row } = member.profile;
      const next = async (): Promise<Joined> => become(this.#core, this.#ports, row, () => this.#routeChanged());
      this.#joined = isOver === true ? undefined : await next();
      this.#core.events.emit({ type: "me" });
    });
    if (isOver !== true) this.connect();
  }

  #need(): Joined {
    if (this.#isClosed) throw new ClientError("client/closed");
    if (this.#joined === undefined) throw new ClientError("client/not-joined");
    return this.#joined;
  }

  #row(id: ConversationIdText): ConversationRow {
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    const { member } = this.#need();
    const row = bytes === undefined ? undefined : member.book.get(bytes);
    // The room of the own devices is no chat (protocol/10-devices.md D-20).
    if (row === undefined || equalBytes(row.peer, member.profile.row.identity))
      throw new ClientError("client/unknown-conversation");
    return row;
  }

  #found(invite: string): FoundInvite {
    const parsed = parseInvite(invite, this.#core.sha256);
    if (!parsed.ok) throw new ClientError("client/bad-invite", parsed.code);
    return parsed.value;
  }

  me(): Me | undefined {
    const joined = this.#joined;
    return joined && meView(joined.member.profile.row, joined.member.device.credential.device);
  }

  route(): RouteView {
    const joined = this.#joined;
    const base = { kind: undefined, sinceMs: this.#startedAtMs, bytesPerSecond: 0, queued: 0, code: undefined };
    if (joined === undefined) return { state: "idle", ...base };
    const queued = joined.member.book.all().reduce((sum, row) => sum + row.tail, 0);
    return joined.home.view(queued);
  }

  #routeChanged(): void {
    const route = this.route();
    this.#core.events.emit({ type: "route", route });
    void this.#followHome(route).catch((error: unknown) => this.#ports.failed?.(error));
  }

  /** Another own device may have moved: its word is followed at once, and while the home does not answer anchors are asked now and then. */
  async #followHome({ state, code }: RouteView): Promise<void> {
    const member = this.#joined?.member;
    if (member === undefined || this.#isClosed || state === "idle") return;
    const own = (await member.contacts.get(member.profile.row.identity))?.state;
    const isElsewhere = own !== undefined && !equalBytes(own.home.station.key, member.profile.row.home.station.key);
    if (isElsewhere) return this.#follow(member, true);
    const isAlone = (own?.devices.length ?? 0) < 2;
    if (isAlone || state !== "seeking" || code === undefined || this.#seeking !== undefined) return;
    this.#seeking = new AbortController();
    const { signal } = this.#seeking;
    try {
      while (this.route().state !== "open") {
        await this.#core.clock.sleep(SEEK_EVERY_MS, signal);
        if (this.route().state !== "open") await this.#follow(member, false);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#seeking = undefined;
    }
  }

  async #follow(member: Member, isTold: boolean): Promise<void> {
    const { followHome } = await import("./moving/follow.ts");
    if (this.#joined?.member === member && (await followHome(member, isTold))) await this.#rehome();
  }

  preview(invite: string): InvitePreview {
    return previewWith(invite, this.#core.sha256);
  }

  async join(invite: string, name: string): Promise<Me> {
    return this.#lane.run(async () => {
      if (this.#isClosed) throw new ClientError("client/closed");
      if (this.#joined !== undefined) throw new ClientError("client/already-joined");
      const { events } = this.#core;
      const row = await makeProfile(this.#core, this.#found(invite).invite, name);
      this.#joined = await become(this.#core, this.#ports, row, () => this.#routeChanged());
      events.emit({ type: "me" });
      return meView(row, this.#joined.member.device.credential.device);
    });
  }

  async setName(name: string): Promise<void> {
    const { member, session } = this.#need();
    const clean = checkName(name);
    await this.#lane.run(async () => {
      const draft = new Draft();
      member.profile.change(draft, { name: clean, nameVersion: member.profile.row.nameVersion + 1 });
      draft.after(() => member.events.emit({ type: "me" }));
      await draft.commit(member.store);
    });
    await tellProfile(member, (row) => session.kick(row));
  }

  async recoveryWords(): Promise<readonly string[]> {
    const { entropy } = decodeBundle(this.#need().member.profile.row.bundle);
    return entropy === undefined ? [] : wordsOf(entropy);
  }

  async exitPass({ signal }: { readonly signal: AbortSignal }): Promise<Uint8Array> {
    return await askExitPass(this.#need(), signal);
  }

  async invite(): Promise<string> {
    const { profile, random, sha256, routes: book } = this.#need().member;
    const { home, token, identity, name } = profile.row;
    const person = { identity, name, knock: random(KNOCK_BYTES) };
    const { station, region } = home;
    const routes = book.shared(home);
    const invite = { home: { station, region }, stationName: home.name, token, person, routes };
    return inviteLink(invite, sha256);
  }

  async open(invite: string): Promise<ConversationIdText> {
    const { member, session } = this.#need();
    const found = this.#found(invite).invite;
    const { person } = found;
    if (person === undefined) throw new ClientError("client/bad-invite");
    if (equalBytes(person.identity, member.profile.row.identity)) throw new ClientError("client/own-invite");
    const row = await this.#lane.run(() => beginConversation(member, found, person));
    session.open(row);
    return idText(row.id);
  }

  async conversations(): Promise<readonly ConversationView[]> {
    const { member, views } = this.#need();
    const chats = member.book.all().filter(({ peer }) => !equalBytes(peer, member.profile.row.identity));
    const rows = chats.sort((a, b) => b.atMs - a.atMs);
    return Promise.all(rows.map((row) => views.conversation(row)));
  }

  async conversation(id: ConversationIdText): Promise<ConversationView | undefined> {
    const { member, views } = this.#need();
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    const row = bytes === undefined ? undefined : member.book.get(bytes);
    // The room of the own devices is shown to nobody.
    if (row === undefined || equalBytes(row.peer, member.profile.row.identity)) return undefined;
    return views.conversation(row);
  }

  async messages(
    id: ConversationIdText,
    { before, limit }: { readonly before?: number; readonly limit: number },
  ): Promise<readonly MessageView[]> {
    const { views, member } = this.#need();
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const row = this.#row(id);
      const page = await views.messages(row, before, limit);
      // A page must not mix what was before a transaction with what is after it; rows in memory change with the disk.
      if (member.book.get(row.id) === row) return page;
    }
    return member.book.lane(this.#row(id).id).run(() => views.messages(this.#row(id), before, limit));
  }

  async send(id: ConversationIdText, message: OutgoingMessage): Promise<MessageView> {
    const { writing, session, views } = this.#need();
    const { row, sequence } = await writing.send(this.#row(id), message);
    const view = await views.message(row, { placed: false, at: sequence });
    session.kick(row);
    if (view === undefined) throw new ClientError("client/unknown-message");
    return view;
  }

  async receipt(message: MessageIdText, { signal }: { readonly signal: AbortSignal }): Promise<ReceiptView> {
    return this.#need().receipts.wait(message, signal);
  }

  async markRead(id: ConversationIdText, position: number): Promise<void> {
    const { member } = this.#need();
    const row = this.#row(id);
    const { clearUnreadMark, markRead } = await import("./conversation/reading.ts");
    await markRead(member, row, position);
    await clearUnreadMark(member, id);
  }

  connect(): void {
    const { home, member } = this.#need();
    home.connect(() => member.routes.reach(member.profile.row.home));
  }

  async settled({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { session, member, home } = this.#need();
    await member.events.until(() => session.isSettled(), signal);
    // What the home had when it answers has been pushed before the answer: links keep their order.
    await home.link?.ask({ type: "ping" }, "pong").catch(() => undefined);
    await member.events.until(() => session.isSettled(), signal);
  }

  async alerts(): Promise<readonly AlertView[]> {
    return this.#need().trust.alerts();
  }

  async proof(alert: string): Promise<Uint8Array> {
    return this.#need().trust.proof(alert);
  }

  async markAlertSeen(alert: string): Promise<void> {
    await this.#need().trust.markAlertSeen(alert);
  }

  async watch(): Promise<WatchView> {
    return this.#need().trust.watch();
  }

  async check(options: { readonly signal: AbortSignal }): Promise<WatchView> {
    return this.#need().trust.check(options);
  }

  async incidents(stationKey: string): Promise<readonly IncidentView[] | undefined> {
    return this.#need().session.incidents(stationKey);
  }

  async safety(identity: IdentityIdText): Promise<SafetyView> {
    return this.#need().trust.safety(identity);
  }

  async takeBack(words?: string): Promise<TakenBackView> {
    return this.#need().session.takeBack(words);
  }

  async markCompared(identity: IdentityIdText): Promise<void> {
    const { trust, member, session } = this.#need();
    await trust.markCompared(identity);
    // What waited for the person to decide may leave now.
    for (const row of member.book.all()) session.kick(row);
  }

  async askMembers(id: ConversationIdText): Promise<void> {
    await this.#need().session.ask(this.#row(id));
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    return this.#core.events.subscribe(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#seeking?.abort();
    this.#directs?.close();
    this.#joined?.member.due.close();
    this.#joined?.member.directs.close();
    await this.#joined?.home.close();
    await this.#core.store[Symbol.asyncDispose]();
  }
}

/**
 * Opens the engine of a profile over its ports. Apps use `openClient` of the doors `/node` and `/web`.
 *
 * @throws ClientError `client/bad-profile` · `client/store-failed`
 */
export async function openEngine(ports: EnginePorts): Promise<Client> {
  return Engine.open(ports);
}
