/*
 * The chat's controller: keys and the engine's events change the model, the model is drawn. Every change that needs the
 * engine runs one after the other, so that a key pressed during a slow answer finds the model it was pressed on.
 */
import type { Client, ConversationIdText, ConversationView, Me, MessageView } from "@chapar/client";
import type { ChatPreview } from "../preview/in-chat.ts";
import { tell } from "../sentences.ts";
import { runSlash, type SlashHost } from "./slash.ts";
import { mentionsIn } from "./slash-talk.ts";
import { BIDI_MODES, type BidiMode } from "./bidi.ts";
import { edit, EMPTY_COMPOSER, insert, type Composer, type Edit } from "./composer.ts";
import { DraftKeeper } from "./draft-keeper.ts";
import type { Key, KeyName } from "./keys.ts";
import type { ChatModel, OpenConversation, Size } from "./model.ts";
import { conversationRows } from "./view.ts";

const PAGE_MESSAGES = 100;

const EDITS: Readonly<Partial<Record<KeyName, Edit>>> = {
  left: "left",
  right: "right",
  "ctrl-a": "home",
  "ctrl-e": "end",
  home: "home",
  backspace: "backspace",
  delete: "delete",
  "ctrl-d": "delete",
  "ctrl-w": "word-back",
  "ctrl-u": "to-start",
  "ctrl-k": "to-end",
};

/** What the controller needs of its surroundings. */
export interface ChatPorts {
  readonly client: Client;
  readonly signal: AbortSignal;
  size(): Size;
  redraw(): void;
  redrawAll(): void;
  copy(text: string): void;
  leave(): void;
  /** locks, or says why not */
  lock(): Promise<string | undefined>;
  /** what the setting says of a text that is to be sent */
  preview(text: string, wish: "with" | "without" | "open"): Promise<ChatPreview>;
  readonly slash: SlashHost;
}

const BIDI_WORDS: Readonly<Record<BidiMode, string>> = {
  terminal: "Text order: by the terminal",
  visual: "Text order: on screen as read",
  logical: "Text order: as written, for copying",
};

/** One chat on one screen. */
export class Chat {
  readonly #ports: ChatPorts;
  readonly #drafts = new Map<ConversationIdText, Composer>();
  readonly #keeper: DraftKeeper;
  #model: ChatModel;
  #work: Promise<void> = Promise.resolve();
  /** the text of which it was asked whether a preview goes along */
  #asked = "";

  constructor(ports: ChatPorts, me: Me, options: { readonly bidi: BidiMode; readonly colours: boolean }) {
    this.#ports = ports;
    this.#keeper = new DraftKeeper(ports.client, (error) => this.#set({ notice: tell(error).message }));
    this.#model = {
      me,
      route: ports.client.route(),
      conversations: [],
      selected: 0,
      open: undefined,
      typists: new Map(),
      bidi: options.bidi,
      notice: undefined,
      panel: undefined,
      colours: options.colours,
    };
  }

  get model(): ChatModel {
    return this.#model;
  }

  #set(change: Partial<ChatModel>): void {
    this.#model = { ...this.#model, ...change };
    this.#ports.redraw();
  }

  #setOpen(change: Partial<OpenConversation>): void {
    if (this.#model.open !== undefined) this.#set({ open: { ...this.#model.open, ...change } });
  }

  /** Runs work after what is under way; an error becomes the notice line. */
  #then(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      if (!this.#ports.signal.aborted) this.#set({ notice: tell(error).message });
    });
    return this.#work;
  }

  /** Loads the list, follows the engine, and opens a conversation when one was named. */
  async start(conversation: ConversationIdText | undefined): Promise<() => void> {
    const unsubscribe = this.#ports.client.subscribe((event) => {
      if (event.type === "route") this.#set({ route: event.route });
      else if (event.type === "me") this.#set({ me: this.#ports.client.me() ?? this.#model.me });
      else if (event.type === "typing")
        this.#set({ typists: new Map([...this.#model.typists, [event.conversation, event.people]]) });
      else if (event.type === "own") void this.#then(() => this.#loadList());
      else if (event.type === "alerts") void this.#then(() => this.#alertsChanged());
      else if (
        event.type === "portrait" ||
        event.type === "devices" ||
        event.type === "transfer" ||
        event.type === "island"
      )
        return;
      else void this.#then(() => this.#changed(event.conversation));
    });
    await this.#then(() => this.#loadList());
    if (conversation !== undefined) await this.openConversation(conversation);
    return () => {
      this.#keeper.flush();
      unsubscribe();
    };
  }

  async #loadList(): Promise<void> {
    const chosen = this.#model.conversations[this.#model.selected]?.id;
    const conversations = (await this.#ports.client.conversations()).toSorted((a, b) => b.atMs - a.atMs);
    const selected = Math.max(
      0,
      conversations.findIndex(({ id }) => id === chosen),
    );
    this.#set({ conversations, selected });
  }

  async #alertsChanged(): Promise<void> {
    const id = this.#model.open?.view.id;
    if (id === undefined) return this.#loadList();
    await this.#changed(id);
  }

  async #changed(id: ConversationIdText): Promise<void> {
    await this.#loadList();
    const { open } = this.#model;
    if (open?.view.id !== id) return;
    const view = (await this.#ports.client.conversation(id)) ?? open.view;
    const messages = await this.#ports.client.messages(id, {
      limit: Math.max(PAGE_MESSAGES, open.messages.length + 1),
    });
    const now = this.#model.open;
    if (now?.view.id !== id) return;
    const alert = await this.#alertOf(view);
    const known = now.messages.at(-1)?.position ?? -1;
    const arrived = messages.filter((message) => message.position > known && !message.mine).length;
    if (now.scrolledLines === 0) {
      this.#setOpen({ view, alert, messages });
      await this.#markRead(id, messages);
      return;
    }
    // What the person reads stays where it is; what arrived is counted below.
    const size = this.#ports.size();
    const before = conversationRows(now, this.#model, size).length;
    const after = conversationRows({ ...now, view, messages }, this.#model, size).length;
    this.#setOpen({
      view,
      alert,
      messages,
      newBelow: now.newBelow + arrived,
      scrolledLines: now.scrolledLines + Math.max(0, after - before),
    });
  }

  /** What stands above the messages; the whole of it is one command away. */
  async #alertOf({ alert, people }: ConversationView): Promise<OpenConversation["alert"]> {
    if (alert === undefined) return undefined;
    const found = (await this.#ports.client.alerts()).find(({ id }) => id === alert.id);
    if (found === undefined) return undefined;
    const { person } = found;
    const isMine = person === this.#model.me.identity;
    const name = people.find(({ identity }) => identity === person)?.name ?? person ?? "";
    return { view: found, person: isMine ? "you" : name };
  }

  async #markRead(id: ConversationIdText, messages: readonly MessageView[]): Promise<void> {
    const last = messages.at(-1);
    if (last !== undefined) await this.#ports.client.markRead(id, last.position);
  }

  /** Shows a conversation. */
  openConversation(id: ConversationIdText): Promise<void> {
    return this.#then(async () => {
      const view = await this.#ports.client.conversation(id);
      if (view === undefined) return;
      const messages = await this.#ports.client.messages(id, { limit: PAGE_MESSAGES });
      const alert = await this.#alertOf(view);
      const hasOlder = messages.length === PAGE_MESSAGES;
      const composer = this.#drafts.get(id) ?? (await this.#begun(id));
      this.#set({
        open: { view, alert, messages, hasOlder, scrolledLines: 0, newBelow: 0, composer },
        panel: undefined,
      });
      await this.#markRead(id, messages);
    });
  }

  /** What was begun in a chat before this one was opened, here or on another device. */
  async #begun(id: ConversationIdText): Promise<Composer> {
    const text = (await this.#ports.client.chats.list()).find((chat) => chat.id === id)?.draft ?? "";
    return text === "" ? EMPTY_COMPOSER : { text, at: text.length };
  }

  /** Takes a key. */
  press(key: Key): void {
    const { panel } = this.#model;
    this.#model = { ...this.#model, notice: undefined, panel: undefined };
    if (key.kind === "named" && key.name === "ctrl-c") return this.#ports.leave();
    if (key.kind === "named" && key.name === "ctrl-l") this.#ports.redrawAll();
    else if (key.kind === "named" && key.name === "ctrl-b") this.#nextBidi();
    else if (panel !== undefined && key.kind === "named" && (key.name === "escape" || key.name === "enter"))
      this.#ports.redraw();
    else if (this.#model.open === undefined) this.#pressInList(key);
    else this.#pressInConversation(key, this.#model.open);
    this.#ports.redraw();
  }

  #nextBidi(): void {
    const next = BIDI_MODES[(BIDI_MODES.indexOf(this.#model.bidi) + 1) % BIDI_MODES.length] ?? "logical";
    this.#set({ bidi: next, notice: BIDI_WORDS[next] });
  }

  #pressInList(key: Key): void {
    const { conversations, selected } = this.#model;
    const name = key.kind === "named" ? key.name : key.text;
    const chosen = conversations[selected];
    if (name === "up" || name === "ctrl-p") this.#set({ selected: Math.max(0, selected - 1) });
    else if (name === "down" || name === "ctrl-n")
      this.#set({ selected: Math.min(conversations.length - 1, selected + 1) });
    else if ((name === "enter" || name === "right") && chosen !== undefined) void this.openConversation(chosen.id);
    else if (name === "q") this.#ports.leave();
    else if (name === "i") void this.#slash("/invite");
    else if (name === "o") this.#set({ notice: "Paste the invite you were given." });
    else if (key.kind !== "named" && /^https?:\/\//.test(key.text.trim())) void this.#slash(`/open ${key.text.trim()}`);
  }

  #pressInConversation(key: Key, open: OpenConversation): void {
    if (key.kind !== "named") {
      const composer = insert(open.composer, key.text);
      this.#typed(open.view.id, composer.text);
      return this.#write(composer);
    }
    const what = EDITS[key.name];
    if (key.name === "enter") return void this.#submit(open, open.composer.text === this.#asked ? "without" : "open");
    if (key.name === "ctrl-p") return void this.#submit(open, "with");
    if (key.name === "line") return this.#write(insert(open.composer, "\n"));
    if (what !== undefined) return this.#write(edit(open.composer, what));
    if (key.name === "end" && open.scrolledLines === 0) return this.#write(edit(open.composer, "end"));
    return this.#move(key.name, open);
  }

  /** What may be told of it, and how often, the engine knows (C-120). */
  #typed(id: ConversationIdText, text: string): void {
    // A command is for this program.
    if (!text.startsWith("/")) this.#ports.client.talk.typing(id).catch(() => undefined);
  }

  #move(name: KeyName, open: OpenConversation): void {
    const moves: Readonly<Partial<Record<KeyName, () => void>>> = {
      escape: () => this.#close(open),
      end: () => this.#scrollToEnd(open),
      up: () => this.#scroll(open, 1),
      down: () => this.#scroll(open, -1),
      "page-up": () => this.#scroll(open, this.#pageRows()),
      "page-down": () => this.#scroll(open, -this.#pageRows()),
      "alt-up": () => this.#step(-1, open),
      "alt-down": () => this.#step(1, open),
      "ctrl-y": () => this.#copyLast(open),
    };
    moves[name]?.();
  }

  #pageRows(): number {
    return Math.max(1, this.#ports.size().rows - 6);
  }

  #write(composer: Composer): void {
    const { open } = this.#model;
    if (open === undefined) return;
    this.#drafts.set(open.view.id, composer);
    this.#keeper.keep(open.view.id, composer.text);
    this.#setOpen({ composer });
  }

  #close(open: OpenConversation): void {
    this.#drafts.set(open.view.id, open.composer);
    this.#set({ open: undefined });
    void this.#then(() => this.#loadList());
  }

  #step(by: 1 | -1, open: OpenConversation): void {
    const { conversations } = this.#model;
    const index = conversations.findIndex(({ id }) => id === open.view.id) + by;
    const next = conversations[index];
    if (next === undefined) return;
    this.#set({ selected: index });
    void this.openConversation(next.id);
  }

  #scroll(open: OpenConversation, byLines: number): void {
    const rows = conversationRows(open, this.#model, this.#ports.size()).length;
    const most = Math.max(0, rows - 3);
    const scrolledLines = Math.max(0, Math.min(most, open.scrolledLines + byLines));
    if (scrolledLines === 0) return this.#scrollToEnd(open);
    this.#setOpen({ scrolledLines });
    if (open.hasOlder && scrolledLines + this.#ports.size().rows >= rows)
      void this.#then(() => this.#loadOlder(open.view.id));
  }

  #scrollToEnd(open: OpenConversation): void {
    this.#setOpen({ scrolledLines: 0, newBelow: 0 });
    void this.#then(() => this.#markRead(open.view.id, open.messages));
  }

  async #loadOlder(id: ConversationIdText): Promise<void> {
    const first = this.#model.open?.messages[0];
    if (first === undefined || this.#model.open?.hasOlder !== true) return;
    const older = await this.#ports.client.messages(id, { before: first.position, limit: PAGE_MESSAGES });
    const { open } = this.#model;
    if (open?.view.id !== id) return;
    this.#setOpen({ messages: [...older, ...open.messages], hasOlder: older.length === PAGE_MESSAGES });
  }

  #copyLast(open: OpenConversation): void {
    const last = open.messages.findLast(({ text }) => text !== "");
    if (last === undefined) return;
    this.#ports.copy(last.text);
    this.#set({ notice: "The last message is on the clipboard, if your terminal allows it." });
  }

  async #submit(open: OpenConversation, wish: "with" | "without" | "open"): Promise<void> {
    const { text } = open.composer;
    if (text.trim() === "") return;
    this.#write(EMPTY_COMPOSER);
    if (/^\/[a-z]/.test(text)) return this.#slash(text);
    const body = text.startsWith("//") ? text.slice(1) : text;
    await this.#then(async () => {
      try {
        const mentions = mentionsIn(body, open);
        const { preview, question, notice } = await this.#ports.preview(body, wish);
        this.#asked = question === undefined ? "" : text;
        if (question !== undefined) {
          this.#write({ text, at: text.length });
          return this.#set({ notice: question });
        }
        const more = { ...(mentions.length > 0 && { mentions }), ...(preview && { preview }) };
        await this.#ports.client.send(open.view.id, { text: body, ...more });
        this.#setOpen({ scrolledLines: 0, newBelow: 0 });
        if (notice !== undefined) this.#set({ notice });
      } catch (error) {
        // What was written is not lost because it could not be kept.
        if (this.#model.open?.composer.text === "") this.#write({ text, at: text.length });
        throw error;
      }
    });
  }

  #slash(line: string): Promise<void> {
    return this.#then(async () => {
      const done = await runSlash(line, this.#model, this.#ports.client, this.#ports.slash, this.#ports.signal);
      if (done.kind === "leave") this.#ports.leave();
      else if (done.kind === "lock") this.#set({ notice: await this.#ports.lock() });
      else if (done.kind === "open") queueMicrotask(() => void this.openConversation(done.conversation));
      else this.#set(done.kind === "panel" ? { panel: done.lines } : { notice: done.text });
    });
  }
}
