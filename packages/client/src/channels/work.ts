/* What channels do over links to the home: boards are read, letters leave, asks are sent and answered, periods begin. Brought with the first channel. */
import { conversationId, type ConversationId, ID_SIZE_BYTES, idText, parseIdText } from "@chapar/wire";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isClientError } from "../errors.ts";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import type { Ladder } from "../repair/ladder.ts";
import { askAnew, change, enter, hearChannelAnswer, hearGrant, sendChannelAsk } from "./asking.ts";
import { Boards } from "./board.ts";
import { boardLadder } from "./board-ladder.ts";
import { leadHere } from "./founding.ts";
import { CHANNEL_ANSWER_FRAME, CHANNEL_ASK_FRAME } from "../sync/knock-frames.ts";
import { Leaders, leadingOf } from "./leading.ts";
import { ledChannel, ledChannels, readChannels } from "./led.ts";
import { LettingIn } from "./letting-in.ts";
import { readChannelLink } from "./link-text.ts";
import { Publishing } from "./publishing.ts";
import { channelKnockShelf, channelShelf, HEARD, withoutKeys } from "./rows.ts";

/** Knocks that are heard before they are answered. */
const HEARD_AT_ONCE = 64;

/** Everything that channels do over links. */
export class ChannelWork {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #boards: Boards;
  readonly #ladder: Ladder;
  /** periods that the leader was asked for anew: what is said of one again is nobody's who leads */
  readonly #askedFor = new Map<string, number>();
  readonly #publishing: Publishing;
  readonly #leaders: Leaders;
  readonly #lettingIn: LettingIn;

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
    this.#boards = new Boards(member, tools, {
      moved: (row, hasBegun) => {
        this.#tend(row);
        this.#publish(row);
        if (hasBegun) member.events.emit({ type: "conversation", conversation: idText(row.id) });
      },
      owed: (row, size) => this.owed(row, size),
      ahead: async (row, period) => this.#ahead(row, period),
    });
    this.#ladder = boardLadder(member, tools, this.#boards);
    this.#publishing = new Publishing(member, tools);
    this.#leaders = new Leaders(member, tools);
    this.#lettingIn = new LettingIn(member, tools, (leading) => this.#leaders.isEnding(leading));
  }

  #rows(): readonly ConversationRow[] {
    return this.#member.book.all().filter(({ kind }) => kind === "channel");
  }

  async load(): Promise<void> {
    await this.#ladder.load();
  }

  begin(link: StationLink): void {
    this.#boards.begin(link);
    this.#ladder.begin(link);
    this.#leaders.begin();
    this.wake();
    this.heard();
    for (const row of this.#rows()) this.#boards.open(row);
  }

  end(): void {
    this.#boards.end();
    this.#ladder.end();
  }

  /** Entries of a board below a size are owed. */
  owed(row: ConversationRow, size: number): void {
    this.#ladder.owed(row, size);
  }

  /** What follows is of a later period: its commit is hidden, or somebody who is not the leader says so. Runs in the lane. */
  #ahead(row: ConversationRow, period: number): boolean {
    const name = idText(row.id);
    if ((this.#askedFor.get(name) ?? 0) >= period) return false;
    this.#askedFor.set(name, period);
    this.#tools.run(`ahead ${name}`, async () => {
      if (await askAnew(this.#member, row.id)) this.#ask(row);
      else this.#boards.open(row);
    });
    return true;
  }

  /** A desk, an outbox or another own device has something to do. */
  wake(): void {
    this.#tools.run("channels", async () => this.#adopt());
    for (const row of this.#rows()) {
      this.#each(row);
      this.#tools.run(`reopen ${idText(row.id)}`, async () => this.#boards.reopen(row));
    }
  }

  #each(row: ConversationRow): void {
    this.#ask(row);
    this.#tend(row);
    this.#publish(row);
  }

  #ask({ id }: ConversationRow): void {
    this.#tools.run(`channel-ask ${idText(id)}`, async (link) => {
      await sendChannelAsk(this.#member, this.#tools, link, id);
      const row = this.#member.book.get(id);
      // An open one is read from now on.
      if (row !== undefined && (await channelShelf.get(this.#member.store, id))?.standing === "in")
        this.#boards.open(row);
    });
  }

  #tend({ id }: ConversationRow): void {
    this.#tools.run(`channel ${idText(id)}`, async (link) => {
      const leading = await leadingOf(this.#member, id);
      if (leading === undefined || leading.row.stopped) return;
      if (await this.#leaders.make(link, leading)) {
        this.#boards.open(leading.row);
        return;
      }
      // What is not read yet may say that the period is over.
      if (!this.#boards.isCaughtUp(leading.row) && !this.#boards.isLost(leading.row)) return;
      if (await this.#lettingIn.run(link, id)) this.heard();
      const now = await leadingOf(this.#member, id);
      if (now !== undefined) await this.#leaders.tend(link, now);
    });
  }

  #publish({ id }: ConversationRow): void {
    this.#tools.run(`publish ${idText(id)}`, async (link) => {
      const row = this.#member.book.get(id);
      if (row !== undefined && this.#boards.isOpen(row)) await this.#publishing.run(link, id);
    });
  }

  /** Knocks were kept. */
  heard(): void {
    this.#tools.run("channel-knocks", async () => this.#hear());
  }

  async #hear(): Promise<void> {
    const { store, book } = this.#member;
    for (;;) {
      const touched = new Map<string, ConversationRow>();
      const heard = await channelKnockShelf.range(store, { prefix: HEARD, limit: HEARD_AT_ONCE });
      let isFull = false;
      const draft = new Draft();
      for (const { key, value } of heard) {
        const id = await this.#take(draft, value.frame);
        isFull = id === "full";
        // Those who were heard are answered first, and then the others are.
        if (isFull) break;
        channelKnockShelf.remove(draft, key);
        const row = typeof id === "string" ? undefined : id && book.get(id);
        if (row !== undefined) touched.set(idText(row.id), row);
      }
      await draft.commit(store).catch((error: unknown) => {
        this.#lettingIn.unheard();
        throw error;
      });
      for (const row of touched.values()) {
        this.#tend(row);
        this.#boards.open(row);
      }
      if (isFull || heard.length < HEARD_AT_ONCE) return;
    }
  }

  /** What somebody else can cause is passed over without a trace (F-23). */
  async #take(draft: Draft, frame: Uint8Array): Promise<ConversationId | "full" | undefined> {
    try {
      if (frame[0] === CHANNEL_ASK_FRAME) return await this.#lettingIn.hear(draft, frame);
      if (frame[0] !== CHANNEL_ANSWER_FRAME) return await hearGrant(this.#member, frame);
      await hearChannelAnswer(this.#member, frame);
    } catch (error) {
      if (!isClientError(error)) throw error;
      this.#member.failed(error);
    }
    return undefined;
  }

  /** Channels that another own device leads or reads. */
  async #adopt(): Promise<void> {
    const { book, store, sha256 } = this.#member;
    for (const text of ledChannels(this.#member)) {
      const bytes = parseIdText(text, ID_SIZE_BYTES.conversation);
      const id = bytes && conversationId(bytes);
      const led = id === undefined ? undefined : ledChannel(this.#member, id);
      if (id === undefined || led === undefined || book.get(id) !== undefined) continue;
      const draft = new Draft();
      const row = await leadHere(this.#member, draft, id, led);
      await draft.commit(store);
      this.#tend(row);
    }
    for (const { id: name, link: text } of readChannels(this.#member)) {
      const bytes = text === undefined ? parseIdText(name, ID_SIZE_BYTES.conversation) : undefined;
      if (bytes !== undefined)
        await change(this.#member, conversationId(bytes), (now) =>
          now.standing === "left" ? undefined : { ...withoutKeys(now, "left"), delivered: true },
        );
      const link = text === undefined ? undefined : readChannelLink(text, sha256);
      if (text === undefined || link === undefined || book.get(link.channel) !== undefined) continue;
      const draft = new Draft();
      const row = enter(this.#member, draft, link, text);
      await draft.commit(store);
      this.#ask(row);
    }
  }

  push(link: StationLink, row: ConversationRow, push: Push): void {
    this.#boards.push(link, row, push);
  }

  gap(link: StationLink, row: ConversationRow, gap: Gap): void {
    this.#boards.gap(link, row, gap);
  }

  async isSettled(): Promise<boolean> {
    const { store } = this.#member;
    const heard = await channelKnockShelf.range(store, { prefix: HEARD, limit: 1 });
    if (heard.length > 0) return false;
    for (const row of this.#rows()) {
      const channel = await channelShelf.get(store, row.id);
      const isToldOf = channel?.standing === "asking" || channel?.standing === "left";
      if (isToldOf && !channel.delivered) return false;
      if (channel?.standing !== "in" || row.stopped) continue;
      const isQuiet =
        this.#boards.isCaughtUp(row) &&
        (await this.#publishing.isEmpty(row)) &&
        (await this.#leaders.isDone(row.id)) &&
        (await this.#lettingIn.isDone(row.id));
      if (!isQuiet) return false;
    }
    return true;
  }
}
