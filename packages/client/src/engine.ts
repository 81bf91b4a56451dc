/*
 * The engine of one profile: wires the parts together and answers the app's calls from the device's own store. What has to
 * travel is put into an outbox and leaves by itself; nothing here waits for a network but what says so.
 */
import type { Carrier, Clock, Rng } from "@chapar/carrier";
import {
  type CryptoPort,
  decodeBundle,
  type FoundInvite,
  inviteLink,
  type Mls,
  mlsDevice,
  parseInvite,
  signerOf,
  type Authenticate,
  wordsOf,
} from "@chapar/e2e";
import { createTreeHasher } from "@chapar/log";
import { ID_SIZE_BYTES, idText, parseIdText, type StationRef } from "@chapar/wire";
import { equalBytes, fromBase64Url } from "@chapar/wire/bytes";
import type {
  Client,
  ClientEvent,
  ConversationIdText,
  ConversationView,
  InvitePreview,
  Me,
  MessageIdText,
  MessageView,
  OutgoingAttachment,
  ReceiptView,
  RouteView,
} from "./api.ts";
import { Attachments } from "./conversation/attachments.ts";
import { beginConversation } from "./conversation/beginning.ts";
import { ConversationBook } from "./conversation/book.ts";
import { GroupShelf } from "./conversation/group-shelf.ts";
import { enqueueName } from "./conversation/queue.ts";
import { markRead } from "./conversation/reading.ts";
import { type ConversationRow, receiptShelf, type WhereRow, whereShelf } from "./conversation/rows.ts";
import { Writing } from "./conversation/writing.ts";
import type { Core, Member } from "./core.ts";
import { ClientError } from "./errors.ts";
import { Events } from "./events.ts";
import { HomeSession } from "./home-session.ts";
import { Lane } from "./lane.ts";
import { HomeLink } from "./link/home-link.ts";
import { ContactBook } from "./profile/contacts.ts";
import { checkName, makeProfile } from "./profile/making.ts";
import { loadProfile, ProfileBook } from "./profile/profile-book.ts";
import type { ProfileRow } from "./profile/profile-row.ts";
import type { Store } from "./store/port.ts";
import { Draft } from "./store/shelf.ts";
import { previewWith } from "./preview.ts";
import { meView, receiptView, Views } from "./views.ts";

const KNOCK_BYTES = 16;
const MESSAGE_ID_BYTES = 32;
/** How often a page is read beside the lane before it waits for its turn. */
const READ_TRIES = 3;

/** Everything the engine is given: a whole conversation between engines runs on fakes of these. */
export interface EnginePorts {
  /** closed with the client */
  readonly store: Store;
  readonly clock: Clock;
  readonly crypto: CryptoPort;
  readonly carriers: readonly Carrier[];
  /** for the jitter of back-off */
  readonly rng: Rng;
  /** builds the MLS implementation around the engine's check of credentials */
  readonly mls: (authenticate: Authenticate) => Mls;
  /** false when the platform knows that there is no network at all */
  readonly isOnline: () => boolean;
  /** told of failures that nobody waits for; for a log of codes, never of content */
  readonly failed?: (error: unknown) => void;
}

/** What exists once there is an identity. */
interface Joined {
  readonly member: Member;
  readonly session: HomeSession;
  readonly home: HomeLink;
  readonly views: Views;
  readonly writing: Writing;
  readonly attachments: Attachments;
}

class Engine implements Client {
  readonly #ports: EnginePorts;
  readonly #core: Core;
  readonly #lane = new Lane();
  readonly #startedAtMs: number;
  #joined: Joined | undefined;
  #isClosed = false;

  private constructor(ports: EnginePorts) {
    const { store, clock, crypto } = ports;
    this.#ports = ports;
    this.#startedAtMs = clock.nowMs();
    const verify: Core["verify"] = (key, message, signature) => crypto.ed25519.verify(key, message, signature);
    const sha256: Core["sha256"] = (bytes) => crypto.sha256(bytes);
    const contacts = new ContactBook(store, { sha256, verify });
    this.#core = {
      store,
      clock,
      crypto,
      hasher: createTreeHasher(sha256),
      verify,
      sha256,
      random: (sizeBytes) => crypto.random(sizeBytes),
      events: new Events(),
      mls: ports.mls(contacts.authenticate),
      contacts,
    };
  }

  static async open(ports: EnginePorts): Promise<Engine> {
    const engine = new Engine(ports);
    const row = await loadProfile(ports.store);
    if (row !== undefined) engine.#joined = await engine.#become(row);
    return engine;
  }

  /** Builds what works for an identity. */
  async #become(row: ProfileRow): Promise<Joined> {
    const core = this.#core;
    const { store, crypto, events } = core;
    const bundle = decodeBundle(row.bundle);
    const device = await mlsDevice(bundle, crypto);
    const profile = new ProfileBook(row);
    const book = await ConversationBook.load(store, events);
    const groups = new GroupShelf(store, core.mls, device);
    const failed = this.#ports.failed ?? ((): void => undefined);
    let home: HomeLink | undefined;
    const link: Member["link"] = () => home?.link;
    const member: Member = { ...core, profile, device, book, groups, link, failed };
    const signers = [await signerOf(bundle.deviceSeed, crypto), await signerOf(bundle.inboxReadSeed, crypto)] as const;
    const session = new HomeSession(member, ...signers, this.#ports.rng);
    await session.load();
    const ports = { ...this.#ports, verify: core.verify, random: core.random };
    home = new HomeLink(ports, session, () => this.#routeChanged());
    const attachments = new Attachments(member);
    const writing = new Writing(member, attachments);
    return { member, session, home, views: new Views(member), writing, attachments };
  }

  #need(): Joined {
    if (this.#isClosed) throw new ClientError("client/closed");
    if (this.#joined === undefined) throw new ClientError("client/not-joined");
    return this.#joined;
  }

  #row(id: ConversationIdText): ConversationRow {
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    const row = bytes === undefined ? undefined : this.#need().member.book.get(bytes);
    if (row === undefined) throw new ClientError("client/unknown-conversation");
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
    this.#core.events.emit({ type: "route", route: this.route() });
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
      this.#joined = await this.#become(row);
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
    for (const { id } of member.book.all()) {
      await member.book.lane(id).run(async () => {
        const row = member.book.get(id);
        if (row === undefined || row.stopped || row.state === "closed") return;
        const draft = new Draft();
        member.book.put(draft, enqueueName(member, draft, row));
        await draft.commit(member.store);
      });
      const row = member.book.get(id);
      if (row !== undefined) session.outbox.kick(row);
    }
  }

  async recoveryWords(): Promise<readonly string[]> {
    const { entropy } = decodeBundle(this.#need().member.profile.row.bundle);
    return entropy === undefined ? [] : wordsOf(entropy);
  }

  async invite(): Promise<string> {
    const { profile, random, sha256 } = this.#need().member;
    const { home, token, identity, name } = profile.row;
    const person = { identity, name, knock: random(KNOCK_BYTES) };
    const { station, region, routes } = home;
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
    const rows = [...member.book.all()].sort((a, b) => b.atMs - a.atMs);
    return Promise.all(rows.map((row) => views.conversation(row)));
  }

  async conversation(id: ConversationIdText): Promise<ConversationView | undefined> {
    const { member, views } = this.#need();
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    const row = bytes === undefined ? undefined : member.book.get(bytes);
    return row && views.conversation(row);
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

  async send(
    id: ConversationIdText,
    message: { readonly text: string; readonly attachment?: OutgoingAttachment },
  ): Promise<MessageView> {
    const { writing, session, views } = this.#need();
    const { row, sequence } = await writing.send(this.#row(id), message);
    const view = await views.message(row, { placed: false, at: sequence });
    session.outbox.kick(row);
    if (view === undefined) throw new ClientError("client/unknown-message");
    return view;
  }

  async receipt(message: MessageIdText, { signal }: { readonly signal: AbortSignal }): Promise<ReceiptView> {
    const { member, views } = this.#need();
    const { id, row: chat, where } = await this.#where(message);
    // Only what this device sent was ever receipted to it.
    if ((await views.message(chat, where))?.mine === false) throw new ClientError("client/unknown-message");
    let found: ReceiptView | undefined;
    await member.events.until(async () => {
      const row = await receiptShelf.get(member.store, id);
      if (row !== undefined) found = receiptView(id, row);
      return found !== undefined || (await this.#refused(id));
    }, signal);
    if (found === undefined) throw new ClientError("client/refused");
    return found;
  }

  async #refused(id: Uint8Array): Promise<boolean> {
    const { member, views } = this.#need();
    const where = await whereShelf.get(member.store, id);
    const row = where && member.book.get(where.conversation);
    if (row === undefined || where?.placed !== true) return false;
    return (await views.message(row, where))?.state === "refused";
  }

  async #where(
    message: MessageIdText,
  ): Promise<{ readonly id: Uint8Array; readonly row: ConversationRow; readonly where: WhereRow }> {
    const { member } = this.#need();
    const id = fromBase64Url(message);
    const where = id?.byteLength === MESSAGE_ID_BYTES ? await whereShelf.get(member.store, id) : undefined;
    const row = where && member.book.get(where.conversation);
    if (id === undefined || row === undefined || where === undefined) throw new ClientError("client/unknown-message");
    return { id, row, where };
  }

  async attachment(message: MessageIdText, { signal }: { readonly signal: AbortSignal }): Promise<Uint8Array> {
    const { attachments } = this.#need();
    const { id, row } = await this.#where(message);
    return attachments.load(row, id, signal);
  }

  async markRead(id: ConversationIdText, position: number): Promise<void> {
    await markRead(this.#need().member, this.#row(id), position);
  }

  connect(): void {
    const { home, member } = this.#need();
    home.connect((): StationRef => {
      const { station, routes } = member.profile.row.home;
      return { key: station.key, urls: [...station.urls, ...routes] };
    });
  }

  async settled({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { session, member, home } = this.#need();
    await member.events.until(() => session.isSettled(), signal);
    // What the home had when it answers has been pushed before the answer: links keep their order.
    await home.link?.ask({ type: "ping" }, "pong").catch(() => undefined);
    await member.events.until(() => session.isSettled(), signal);
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    return this.#core.events.subscribe(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
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
