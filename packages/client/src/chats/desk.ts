/* Answers `client.chats`, but for reports (reporting.ts), from the device's own store. */
import { ID_SIZE_BYTES, idText, parseIdText } from "@chapar/wire";
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import type { ConversationIdText, IdentityIdText, MessageIdText } from "../api.ts";
import {
  type BlockedView,
  type ChatCalls,
  type ChatView,
  type FolderIdText,
  type FolderView,
  type MuteFor,
  MUTED_ALWAYS_MS,
  type ReportView,
  type ScheduledIdText,
  type ScheduledView,
} from "../chats-api.ts";
import { type ConversationRow, messageShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isOwnRoom } from "../devices/own-room.ts";
import type { DeskPorts } from "../desk-ports.ts";
import { Timing } from "../due/timing.ts";
import { ClientError } from "../errors.ts";
import { Lane } from "../lane.ts";
import { checkName } from "../profile/making.ts";
import { Draft } from "../store/shelf.ts";
import { BLOCK_PREFIX, blockedSince, blockRow, isHidden, readBlock } from "./blocks.ts";
import { Reporting } from "./reporting.ts";
import { ChatSettings, type FolderRow } from "./settings.ts";

type TailOf<Call extends (...given: never[]) => unknown> =
  Parameters<Call> extends [unknown, ...infer Rest] ? Rest : never;

const HOUR_MS = 3_600_000;
const MUTE_MS: Readonly<Record<Exclude<MuteFor, "off" | "always">, number>> = {
  "1h": HOUR_MS,
  "8h": 8 * HOUR_MS,
  "2d": 48 * HOUR_MS,
};
const MAX_FOLDERS = 32;
const MAX_FOLDER_CHATS = 500;
const FOLDER_ID_BYTES = 10;
const MAX_DRAFT_BYTES = 16_000;
/** Newest lines among which the newest message is looked for. */
const LINES = 32;

/** The calls about chats. */
export class ChatDesk implements ChatCalls {
  readonly #ports: DeskPorts;
  readonly #lane = new Lane();

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  get #member(): Member {
    return this.#ports.joined().member;
  }

  get #settings(): ChatSettings {
    return new ChatSettings(this.#member.own);
  }

  #row(id: ConversationIdText): ConversationRow {
    const bytes = parseIdText(id, ID_SIZE_BYTES.conversation);
    const row = bytes === undefined ? undefined : this.#member.book.get(bytes);
    if (row === undefined) throw new ClientError("client/unknown-conversation");
    return row;
  }

  /** One change at a time: some of them rest on what they read. */
  async #change(make: (draft: Draft) => Promise<void> | void): Promise<void> {
    await this.#lane.run(async () => {
      const draft = new Draft();
      await make(draft);
      await draft.commit(this.#member.store);
    });
  }

  async list(): Promise<readonly ChatView[]> {
    const { book } = this.#member;
    const folders = this.#settings.folders();
    const shown = book.all().filter((row) => !isOwnRoom(this.#member, row));
    const rows = shown.sort((a, b) => b.atMs - a.atMs);
    const views = await Promise.all(rows.map((row) => this.#view(row, folders)));
    return views.sort((a, b) => (b.pinnedAtMs ?? 0) - (a.pinnedAtMs ?? 0));
  }

  async #view(row: ConversationRow, folders: readonly (readonly [string, FolderRow])[]): Promise<ChatView> {
    const { own, clock } = this.#member;
    const settings = this.#settings;
    const untilMs = settings.number("mute", row.id);
    const isMuted = untilMs !== undefined && untilMs > clock.nowMs();
    return {
      id: idText(row.id),
      pinnedAtMs: settings.number("pin", row.id),
      mutedUntilMs: isMuted ? untilMs : undefined,
      archived: await this.#isArchived(row, isMuted),
      markedUnread: settings.number("unread", row.id) !== undefined,
      folders: folders.filter(([, folder]) => holds(folder, row.id)).map(([id]) => id),
      draft: settings.draft(row.id),
      blocked: blockedSince(own, row.peer) !== undefined,
      timerS: await this.#timing.timerOf(row),
    };
  }

  async #isArchived(row: ConversationRow, isMuted: boolean): Promise<boolean> {
    const below = this.#settings.number("archive", row.id);
    return below !== undefined && (isMuted || (await this.#end(row)) <= below);
  }

  /** Index after that of the newest message shown; 0 when there is none. */
  async #end(row: ConversationRow): Promise<number> {
    const { store, own } = this.#member;
    const lines = await messageShelf.range(store, { prefix: row.id, reverse: true, limit: LINES });
    const messages = lines.filter(({ value }) => value.kind === "message" && !isHidden(own, value));
    return messages.reduce((most, { value }) => Math.max(most, value.index + 1), 0);
  }

  async pin(id: ConversationIdText, pinned: boolean): Promise<void> {
    const row = this.#row(id);
    const atMs = pinned ? this.#member.clock.nowMs() : undefined;
    await this.#change((draft) => this.#settings.putNumber(draft, "pin", row.id, atMs));
  }

  async mute(id: ConversationIdText, how: MuteFor): Promise<void> {
    const row = this.#row(id);
    const nowMs = this.#member.clock.nowMs();
    const untilMs = how === "off" ? undefined : how === "always" ? MUTED_ALWAYS_MS : nowMs + MUTE_MS[how];
    await this.#change(async (draft) => {
      // One that has come back stays: being mute would send it away again.
      if (!(await this.#view(row, [])).archived) this.#settings.putNumber(draft, "archive", row.id, undefined);
      this.#settings.putNumber(draft, "mute", row.id, untilMs);
    });
  }

  async archive(id: ConversationIdText, archived: boolean): Promise<void> {
    const row = this.#row(id);
    await this.#change(async (draft) => {
      this.#settings.putNumber(draft, "archive", row.id, archived ? await this.#end(row) : undefined);
      if (archived) this.#settings.putNumber(draft, "pin", row.id, undefined);
    });
  }

  async markUnread(id: ConversationIdText, unread: boolean): Promise<void> {
    const row = this.#row(id);
    await this.#change((draft) => this.#settings.putNumber(draft, "unread", row.id, unread ? 1 : undefined));
  }

  async draft(id: ConversationIdText, words: string): Promise<void> {
    const row = this.#row(id);
    const kept = words.trim() === "" ? undefined : shortened(words);
    await this.#change((draft) => this.#settings.putDraft(draft, row.id, kept));
  }

  async folders(): Promise<readonly FolderView[]> {
    return this.#settings.folders().map(([id, { name, conversations }]) => {
      const known = conversations.filter((one) => this.#member.book.get(one) !== undefined);
      return { id, name, conversations: known.map(idText) };
    });
  }

  #folder(id: FolderIdText): FolderRow {
    const found = this.#settings.folders().find(([one]) => one === id);
    if (found === undefined) throw new ClientError("client/unknown-folder");
    return found[1];
  }

  async makeFolder(name: string): Promise<FolderIdText> {
    const clean = checkName(name);
    const id = idText(this.#member.random(FOLDER_ID_BYTES));
    await this.#change((draft) => {
      const all = this.#settings.folders();
      if (all.length >= MAX_FOLDERS) throw new ClientError("client/too-many-folders");
      const place = Math.max(0, ...all.map(([, folder]) => folder.place + 1));
      this.#settings.putFolder(draft, id, { name: clean, place, conversations: [] });
    });
    return id;
  }

  async renameFolder(id: FolderIdText, name: string): Promise<void> {
    const clean = checkName(name);
    await this.#change((draft) => this.#settings.putFolder(draft, id, { ...this.#folder(id), name: clean }));
  }

  async moveFolder(id: FolderIdText, at: number): Promise<void> {
    await this.#change((draft) => {
      const moved = this.#folder(id);
      const others = this.#settings.folders().filter(([one]) => one !== id);
      const ordered = others.toSpliced(Math.max(0, Math.min(others.length, at)), 0, [id, moved]);
      for (const [place, [one, folder]] of ordered.entries())
        if (folder.place !== place) this.#settings.putFolder(draft, one, { ...folder, place });
    });
  }

  async removeFolder(id: FolderIdText): Promise<void> {
    await this.#change((draft) => {
      this.#folder(id);
      this.#settings.putFolder(draft, id, undefined);
    });
  }

  async putInFolder(id: FolderIdText, conversation: ConversationIdText, inside: boolean): Promise<void> {
    const row = this.#row(conversation);
    await this.#change((draft) => {
      const folder = this.#folder(id);
      if (holds(folder, row.id) === inside) return;
      if (inside && folder.conversations.length >= MAX_FOLDER_CHATS) throw new ClientError("client/folder-full");
      const others = folder.conversations.filter((one) => !equalBytes(one, row.id));
      this.#settings.putFolder(draft, id, { ...folder, conversations: inside ? [...others, row.id] : others });
    });
  }

  async block(identity: IdentityIdText, blocked: boolean): Promise<void> {
    const { own, clock, device, book } = this.#member;
    const bytes = parseIdText(identity, ID_SIZE_BYTES.identity);
    if (bytes === undefined || equalBytes(bytes, device.credential.identity))
      throw new ClientError("client/unknown-person");
    await this.#change((draft) => {
      if ((blockedSince(own, bytes) !== undefined) === blocked) return;
      own.put(draft, BLOCK_PREFIX + identity, blocked ? blockRow(clock.nowMs()) : undefined);
    });
    const row = book.withPeer(bytes);
    if (row !== undefined) await this.#shownAnew(row);
  }

  /** Lines of a conversation look otherwise than before. */
  async #shownAnew({ id }: ConversationRow): Promise<void> {
    const { store, events } = this.#member;
    const [last] = await messageShelf.range(store, { prefix: id, reverse: true, limit: 1 });
    if (last !== undefined) events.changed(id, last.value.id);
  }

  async blocked(): Promise<readonly BlockedView[]> {
    const found: BlockedView[] = [];
    for (const { key, value } of this.#member.own.entries(BLOCK_PREFIX)) {
      const identity = key.slice(BLOCK_PREFIX.length);
      const sinceMs = readBlock(value);
      const bytes = parseIdText(identity, ID_SIZE_BYTES.identity);
      if (sinceMs === undefined || bytes === undefined) continue;
      found.push({ identity, name: await this.#nameOf(bytes), sinceMs });
    }
    return found.sort((a, b) => b.sinceMs - a.sinceMs);
  }

  async #nameOf(identity: Uint8Array): Promise<string> {
    const { contacts, book } = this.#member;
    const name = (await contacts.get(identity))?.name ?? "";
    return name === "" ? (book.withPeer(identity)?.peerName ?? "") : name;
  }

  get #timing(): Timing {
    return new Timing(this.#ports.joined());
  }

  async setTimer(id: ConversationIdText, seconds: number): Promise<void> {
    await this.#timing.setTimer(this.#row(id), seconds);
  }

  async schedule(id: ConversationIdText, ...rest: TailOf<ChatCalls["schedule"]>): Promise<ScheduledIdText> {
    return this.#timing.schedule(this.#row(id), ...rest);
  }

  async scheduled(): Promise<readonly ScheduledView[]> {
    return this.#timing.scheduled();
  }

  async reschedule(...given: Parameters<ChatCalls["reschedule"]>): Promise<void> {
    await this.#timing.reschedule(...given);
  }

  async unschedule(id: ScheduledIdText): Promise<void> {
    await this.#timing.unschedule(id);
  }

  async report(message: MessageIdText): Promise<ReportView> {
    return new Reporting(this.#ports.joined()).report(message);
  }

  async reports(): Promise<readonly ReportView[]> {
    return new Reporting(this.#ports.joined()).list();
  }
}

const holds = ({ conversations }: FolderRow, id: Uint8Array): boolean =>
  conversations.some((one) => equalBytes(one, id));

/** As much of a draft as is kept, whole letters. */
function shortened(words: string): string {
  const whole = words.toWellFormed();
  if (utf8(whole).byteLength <= MAX_DRAFT_BYTES) return whole;
  return new TextDecoder().decode(utf8(whole).subarray(0, MAX_DRAFT_BYTES)).replace(/\uFFFD+$/u, "");
}
