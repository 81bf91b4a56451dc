/* `client.chats` of the fake engine. */
import type {
  BlockedView,
  ChatCalls,
  ChatView,
  ClientEvent,
  ConversationView,
  FolderView,
  MuteFor,
  ReportView,
  ScheduledView,
} from "@chapar/client";
import { FakeError } from "./fake-error.ts";

interface Listed {
  conversations(): Promise<readonly ConversationView[]>;
  emit(event: ClientEvent): void;
}

const NEW: Omit<ChatView, "id"> = {
  pinnedAtMs: undefined,
  mutedUntilMs: undefined,
  archived: false,
  markedUnread: false,
  folders: [],
  draft: undefined,
  blocked: false,
  timerS: 0,
};
const MUTED: Readonly<Record<MuteFor, number | undefined>> = {
  off: undefined,
  "1h": 3_600_000,
  "8h": 28_800_000,
  "2d": 172_800_000,
  always: 8_640_000_000_000_000,
};

export class FakeChats implements ChatCalls {
  readonly #client: Listed;
  readonly #chats = new Map<string, Partial<ChatView>>();
  #folders: readonly FolderView[] = [];
  #blocked: readonly BlockedView[] = [];
  #reports: readonly ReportView[] = [];
  #scheduled: readonly ScheduledView[] = [];

  constructor(client: Listed) {
    this.#client = client;
  }

  async list(): Promise<readonly ChatView[]> {
    const all = (await this.#client.conversations()).map(({ id, people }): ChatView => ({
      ...NEW,
      id,
      ...this.#chats.get(id),
      folders: this.#folders.filter(({ conversations }) => conversations.includes(id)).map((one) => one.id),
      blocked: this.#blocked.some(({ identity }) => identity === people[0]?.identity),
    }));
    return all.sort((a, b) => (b.pinnedAtMs ?? 0) - (a.pinnedAtMs ?? 0));
  }

  async #change(id: string, change: Partial<ChatView>, what: "list" | "draft" = "list"): Promise<void> {
    if (!(await this.#client.conversations()).some((one) => one.id === id))
      throw new FakeError("client/unknown-conversation");
    this.#chats.set(id, { ...this.#chats.get(id), ...change });
    this.#client.emit({ type: "own", key: `chat/${what}/${id}`, from: "here" });
  }

  async pin(id: string, pinned: boolean): Promise<void> {
    await this.#change(id, { pinnedAtMs: pinned ? 1 : undefined });
  }
  async mute(id: string, how: MuteFor): Promise<void> {
    await this.#change(id, { mutedUntilMs: MUTED[how] });
  }
  async archive(id: string, archived: boolean): Promise<void> {
    await this.#change(id, { archived });
  }
  async markUnread(id: string, markedUnread: boolean): Promise<void> {
    await this.#change(id, { markedUnread });
  }
  async draft(id: string, text: string): Promise<void> {
    await this.#change(id, { draft: text === "" ? undefined : text }, "draft");
  }
  async setTimer(id: string, seconds: number): Promise<void> {
    if (![0, 30, 300, 3600, 28_800, 86_400, 604_800, 2_419_200].includes(seconds))
      throw new FakeError("client/bad-timer");
    await this.#change(id, { timerS: seconds });
  }
  async schedule(
    conversation: string,
    message: { readonly text: string; readonly silent?: true },
    atMs: number,
  ): Promise<string> {
    const id = `later${this.#scheduled.length + 1}`;
    const made = { id, conversation, atMs, text: message.text, silent: message.silent === true };
    this.#scheduled = [...this.#scheduled, made];
    this.#client.emit({ type: "own", key: "scheduled", from: "here" });
    return id;
  }
  async scheduled(): Promise<readonly ScheduledView[]> {
    return [...this.#scheduled].sort((a, b) => a.atMs - b.atMs);
  }
  async reschedule(id: string, change: { readonly text?: string; readonly atMs?: number }): Promise<void> {
    const held = this.#scheduled.find((one) => one.id === id);
    if (held === undefined) throw new FakeError("client/unknown-scheduled");
    this.#scheduled = this.#scheduled.map((one) => (one.id === id ? { ...one, ...change } : one));
    this.#client.emit({ type: "own", key: "scheduled", from: "here" });
  }
  async unschedule(id: string): Promise<void> {
    if (!this.#scheduled.some((one) => one.id === id)) throw new FakeError("client/unknown-scheduled");
    this.#scheduled = this.#scheduled.filter((one) => one.id !== id);
    this.#client.emit({ type: "own", key: "scheduled", from: "here" });
  }
  async folders(): Promise<readonly FolderView[]> {
    return this.#folders;
  }
  async makeFolder(name: string): Promise<string> {
    const id = `folder-${name}`;
    this.#folders = [...this.#folders, { id, name, conversations: [] }];
    return id;
  }
  #folder(id: string): FolderView {
    const found = this.#folders.find((one) => one.id === id);
    if (found === undefined) throw new FakeError("client/unknown-folder");
    return found;
  }
  #put(folder: FolderView): void {
    this.#folders = this.#folders.map((one) => (one.id === folder.id ? folder : one));
  }
  async renameFolder(id: string, name: string): Promise<void> {
    this.#put({ ...this.#folder(id), name });
  }
  async moveFolder(id: string, at: number): Promise<void> {
    const moved = this.#folder(id);
    this.#folders = this.#folders.filter((one) => one.id !== id).toSpliced(at, 0, moved);
  }
  async removeFolder(id: string): Promise<void> {
    this.#folder(id);
    this.#folders = this.#folders.filter((one) => one.id !== id);
  }
  async putInFolder(id: string, conversation: string, inside: boolean): Promise<void> {
    const folder = this.#folder(id);
    const others = folder.conversations.filter((one) => one !== conversation);
    this.#put({ ...folder, conversations: inside ? [...others, conversation] : others });
  }
  async block(identity: string, blocked: boolean): Promise<void> {
    const others = this.#blocked.filter((one) => one.identity !== identity);
    this.#blocked = blocked ? [...others, { identity, name: identity.replace("id-", ""), sinceMs: 1 }] : others;
  }
  async blocked(): Promise<readonly BlockedView[]> {
    return this.#blocked;
  }
  async report(message: string): Promise<ReportView> {
    if (!message.startsWith("m")) throw new FakeError("client/unknown-message");
    const made: ReportView = { message, atMs: 1, state: "waiting", code: undefined, proves: true };
    this.#reports = [made, ...this.#reports];
    return made;
  }
  async reports(): Promise<readonly ReportView[]> {
    return this.#reports;
  }
}
