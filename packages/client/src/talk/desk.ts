/* Answers `client.talk`: what people do with messages becomes marks in the outbox, which hold here at once (C-34). */
import { ID_SIZE_BYTES, parseIdText } from "@chapar/wire";
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import {
  Disposition,
  MAX_TEXT_BYTES,
  type MimiContent,
  type NestedPart,
  shownParts,
  textPart,
} from "@chapar/wire/content";
import { emojiOf, pinPart, PREVIEW_KEY, reactionPart, votePart, withdrawalPart } from "@chapar/wire/talk";
import type { ConversationIdText, MessageIdText, MessageView } from "../api.ts";
import { composeContent, type Making, mediaOf, messageBody } from "../conversation/letter.ts";
import { enqueue } from "../conversation/queue.ts";
import { expiryIn } from "../conversation/writing.ts";
import {
  type ConversationRow,
  isForked,
  messageShelf,
  outboxShelf,
  whereShelf,
  type WhereRow,
} from "../conversation/rows.ts";
import type { ToldMark } from "../conversation/told.ts";
import type { DeskPorts } from "../desk-ports.ts";
import type { Joined } from "../engine-parts.ts";
import { ClientError } from "../errors.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import type { TalkCalls, TopicPage } from "../talk-api.ts";
import type {
  OutgoingMention,
  OutgoingPoll,
  PreviewingView,
  TellingView,
  TopicIdText,
  TopicView,
  VersionView,
} from "../talk-views.ts";
import { textWith } from "./composing.ts";
import { Folding, type Shown } from "./fold.ts";
import { putHidden } from "./hidden.ts";
import { KINDS, markKey } from "./kinds.ts";
import { DEVICE_BYTES, markShelf, PENDING, talkShelf } from "./mark-rows.ts";
import { Marking } from "./marking.ts";
import { askedText, asking, voteOn } from "./asking.ts";
import { originOf } from "./origin.ts";
import { carriedPreview, previewingOf, putPreviewing } from "./previews.ts";
import { rightsIn } from "./rights.ts";
import { topicLines, topicsIn } from "./topics.ts";
import { putTelling, tellingOf } from "./telling.ts";

/** A message that something is to be done with. */
interface Found {
  readonly row: ConversationRow;
  readonly where: WhereRow;
  readonly shown: Shown;
  /** as it is now: with its newest version */
  readonly view: MessageView;
}

/** The calls about messages. */
export class TalkDesk implements TalkCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  get #joined(): Joined {
    return this.#ports.joined();
  }

  async message(message: MessageIdText): Promise<MessageView | undefined> {
    const { receipts, views } = this.#joined;
    try {
      const { row, where } = await receipts.find(message);
      return await views.message(row, where);
    } catch (error) {
      if (error instanceof ClientError && error.code === "client/unknown-message") return undefined;
      throw error;
    }
  }

  async edit(
    message: MessageIdText,
    { text, mentions }: { readonly text: string; readonly mentions?: readonly OutgoingMention[] },
  ): Promise<void> {
    const found = await this.#live(message);
    if (!found.view.mine) throw new ClientError("client/not-yours");
    if (found.view.poll !== undefined) throw new ClientError("client/not-allowed");
    if (utf8(text.toWellFormed()).byteLength > MAX_TEXT_BYTES) throw new ClientError("client/too-large");
    const now = await this.#newest(found);
    const files = shownParts(now.body)?.externals ?? [];
    if (text === "" && files.length === 0) throw new ClientError("client/empty");
    const body = messageBody(text === "" ? undefined : textWith(text, mentions), files);
    const { id } = found.shown;
    await this.#mark(found.row, { kind: "edit", target: id }, body, { ...carried(now, text), replaces: id });
  }

  async versions(message: MessageIdText): Promise<readonly VersionView[]> {
    const { shown, row } = await this.#live(message);
    const folding = this.#folding(row);
    const versions = await folding.versions(shown);
    return versions.map(({ content, atMs }) => ({ text: folding.textOf(content).text, atMs }));
  }

  async erase(message: MessageIdText, of: "all" | "me"): Promise<void> {
    const found = await this.#find(message);
    if (await this.#unsent(found)) return;
    if (of === "me") return this.#hide(found);
    const { row, shown } = found;
    const { identity } = this.#joined.member.device.credential;
    if (!found.view.mine && !rightsIn(this.#joined.member.book.roster(row.id), row, identity).moderates)
      throw new ClientError("client/not-yours");
    if (found.view.deleted !== undefined) return;
    const body: NestedPart = { kind: "null", disposition: Disposition.render, language: "" };
    await this.#mark(row, { kind: "deletion", target: shown.id }, body, { replaces: shown.id });
  }

  async react(message: MessageIdText, emoji: string, on: boolean): Promise<void> {
    if (emojiOf(utf8(emoji.toWellFormed())) === undefined) throw new ClientError("client/bad-reaction");
    const { row, shown } = await this.#live(message);
    const { store, device } = this.#joined.member;
    const target = shown.id;
    const held = (await markShelf.get(store, markKey(target, KINDS.reaction))) ?? [];
    const body = utf8(emoji);
    const newest = held.find((one) => equalBytes(one.by, device.credential.identity) && equalBytes(one.body, body));
    const isOn = newest !== undefined && !newest.gone;
    if (isOn === on) return;
    if (on) return this.#mark(row, { kind: "reaction", target, emoji }, reactionPart(emoji), { inReplyTo: target });
    const reaction = newest?.id ?? target;
    const told = { kind: "withdrawal", target, reaction } as const;
    await this.#mark(row, told, withdrawalPart(), { inReplyTo: target, replaces: reaction });
  }

  async pin(message: MessageIdText, on: boolean): Promise<void> {
    const { row, shown, view } = await this.#live(message);
    const { identity } = this.#joined.member.device.credential;
    if (!rightsIn(this.#joined.member.book.roster(row.id), row, identity).pins)
      throw new ClientError("client/not-allowed");
    if ((view.pinned !== undefined) === on) return;
    const target = shown.id;
    await this.#mark(row, { kind: "pin", target, isPinned: on }, pinPart(on), { inReplyTo: target });
  }

  async pins(conversation: ConversationIdText): Promise<readonly MessageView[]> {
    const { member, views } = this.#joined;
    const row = this.#row(conversation);
    const talk = await talkShelf.get(member.store, row.id);
    const found: MessageView[] = [];
    for (const id of (talk?.pins ?? []).toReversed()) {
      const where = await whereShelf.get(member.store, id);
      const view = where && (await views.message(row, where));
      if (view?.pinned !== undefined) found.push(view);
    }
    return found;
  }

  async forward(message: MessageIdText, to: ConversationIdText): Promise<MessageView> {
    const found = await this.#live(message);
    const { member, session, views } = this.#joined;
    const into = this.#row(to);
    const now = await this.#newest(found);
    const { poll, text } = found.view;
    // What was asked goes on; who voted for what stays where it was asked.
    const body = poll === undefined ? now.body : textPart(askedText(text, poll));
    const shown = shownParts(body);
    if (shown === undefined || shown.texts.length + shown.externals.length === 0)
      throw new ClientError("client/not-allowed");
    const name = found.view.mine ? member.profile.row.name : found.view.senderName;
    const first = found.shown.content ?? now;
    const hasFile = shown.externals.length > 0;
    const origin = await originOf(member, { content: first, writer: found.shown.sender, name, hasFile });
    const key = concatKey(found.row.id, found.where.at);
    const out = found.where.placed ? undefined : await outboxShelf.get(member.store, key);
    const others = [...(hasFile ? mediaOf(now) : []), ...carriedPreview(now, text), origin];
    const { row, sequence } = await this.#queue(into, body, { others }, out?.blobs ?? []);
    session.kick(row);
    const view = await views.message(row, { placed: false, at: sequence });
    if (view === undefined) throw new ClientError("client/unknown-message");
    return view;
  }

  async poll(conversation: ConversationIdText, poll: OutgoingPoll): Promise<MessageView> {
    const { session, views } = this.#joined;
    const was = this.#row(conversation);
    const { body, extension } = asking(poll);
    const { row, sequence } = await this.#queue(was, body, { others: [extension] }, []);
    session.kick(row);
    const view = await views.message(row, { placed: false, at: sequence });
    if (view === undefined) throw new ClientError("client/unknown-message");
    return view;
  }

  async vote(message: MessageIdText, choices: readonly number[]): Promise<void> {
    const { row, shown, view } = await this.#live(message);
    if (view.poll === undefined || view.poll.closed !== undefined) throw new ClientError("client/not-allowed");
    const vote = voteOn(view.poll, choices);
    const target = shown.id;
    await this.#mark(row, { kind: "vote", target, choices: vote }, votePart(vote), { inReplyTo: target });
  }

  async closePoll(message: MessageIdText): Promise<void> {
    const { row, shown, view } = await this.#live(message);
    if (view.poll === undefined) throw new ClientError("client/not-allowed");
    if (!view.mine) throw new ClientError("client/not-yours");
    if (view.poll.closed !== undefined) return;
    const target = shown.id;
    await this.#mark(row, { kind: "closing", target }, votePart(undefined), { inReplyTo: target });
  }

  async topics(conversation: ConversationIdText): Promise<readonly TopicView[]> {
    return topicsIn(this.#joined, this.#row(conversation));
  }

  async topic(
    conversation: ConversationIdText,
    topic: TopicIdText,
    page: { readonly limit: number; readonly before?: number },
  ): Promise<TopicPage> {
    return topicLines(this.#joined, this.#row(conversation), topic, page);
  }

  async typing(conversation: ConversationIdText): Promise<void> {
    this.#joined.member.typing.tell?.(this.#row(conversation));
  }

  async telling(): Promise<TellingView> {
    return tellingOf(this.#joined.member);
  }

  async setTelling(change: Partial<TellingView>): Promise<void> {
    const { member } = this.#joined;
    const draft = new Draft();
    putTelling(member, draft, { ...tellingOf(member), ...change });
    await draft.commit(member.store);
  }

  async previewing(): Promise<PreviewingView> {
    return previewingOf(this.#joined.member);
  }

  async setPreviewing(setting: PreviewingView): Promise<void> {
    const { member } = this.#joined;
    const draft = new Draft();
    putPreviewing(member, draft, setting);
    await draft.commit(member.store);
  }

  #row(conversation: ConversationIdText): ConversationRow {
    const id = parseIdText(conversation, ID_SIZE_BYTES.conversation);
    const row = id === undefined ? undefined : this.#joined.member.book.get(id);
    if (row === undefined) throw new ClientError("client/unknown-conversation");
    return row;
  }

  #folding(row: ConversationRow): Folding {
    return new Folding(this.#joined.member, row, () => "");
  }

  async #find(message: MessageIdText): Promise<Found> {
    const { receipts, views } = this.#joined;
    const { row, where } = await receipts.find(message);
    const shown = await views.shown(row, where);
    const view = await views.message(row, where);
    if (shown === undefined || view === undefined || view.gap !== undefined || view.personChange !== undefined)
      throw new ClientError("client/unknown-message");
    return { row, where, shown, view };
  }

  /** A message that still has its content. @throws ClientError `client/not-allowed` */
  async #live(message: MessageIdText): Promise<Found> {
    const found = await this.#find(message);
    if (found.view.deleted !== undefined || found.shown.content === undefined)
      throw new ClientError("client/not-allowed");
    return found;
  }

  /** Its content in the newest version. */
  async #newest({ shown, row }: Found): Promise<MimiContent> {
    const newest = (await this.#folding(row).versions(shown)).at(-1);
    if (newest === undefined) throw new ClientError("client/not-allowed");
    return newest.content;
  }

  /** What has not been sealed needs nobody's deletion. @returns whether it was that */
  async #unsent({ row, shown, where }: Found): Promise<boolean> {
    if (where.placed) return false;
    const { book, store, events } = this.#joined.member;
    return book.lane(row.id).run(async () => {
      const now = book.get(row.id);
      const key = concatKey(row.id, where.at);
      const out = await outboxShelf.get(store, key);
      if (now === undefined || out?.visible !== true || out.letter !== undefined || out.blobs.length > 0) return false;
      const draft = new Draft();
      outboxShelf.remove(draft, key);
      whereShelf.remove(draft, out.id);
      for (const kind of Object.values(KINDS)) markShelf.remove(draft, markKey(out.id, kind));
      book.put(draft, { ...now, tail: now.tail - 1 });
      const { conversation, id } = shown.view;
      draft.after(() => events.emit({ type: "message", conversation, message: id, change: "deleted" }));
      await draft.commit(store);
      return true;
    });
  }

  async #hide({ row, where, shown }: Found): Promise<void> {
    const { member } = this.#joined;
    const { book, store } = member;
    await book.lane(row.id).run(async () => {
      const at = await whereShelf.get(store, shown.id);
      const line = at?.placed === true ? await messageShelf.get(store, concatKey(row.id, at.at)) : undefined;
      // It is on its way out: what is sealed has to be read back from the log before it can go.
      if (line === undefined) throw new ClientError("client/not-allowed");
      const draft = new Draft();
      await new Marking(member, draft, row).hide(line, at?.at ?? where.at);
      putHidden(member, draft, shown.id);
      await draft.commit(store);
    });
  }

  async #mark(was: ConversationRow, told: ToldMark, body: NestedPart, fields: Partial<Making>): Promise<void> {
    const { member, session } = this.#joined;
    const { row } = await this.#queue(was, body, fields, [], told);
    session.kick(member.book.get(row.id) ?? row);
  }

  async #queue(
    was: ConversationRow,
    body: NestedPart,
    fields: Partial<Making>,
    blobs: readonly Uint8Array[],
    told?: ToldMark,
  ): Promise<{ readonly row: ConversationRow; readonly sequence: number }> {
    const { member } = this.#joined;
    const { book, clock, random, store, device } = member;
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id) ?? was;
      if (row.state === "closed" || row.leaving || (row.stopped && !isForked(row)))
        throw new ClientError("client/closed-conversation");
      const writtenAtMs = clock.nowMs();
      const expires = told === undefined ? await expiryIn(store, row.id) : fields.expires;
      const content = composeContent(body, { ...fields, expires, random, writtenAtMs });
      const draft = new Draft();
      const queued = enqueue(member, draft, row, { content, visible: told === undefined, writtenAtMs, blobs });
      if (told !== undefined) {
        await new Marking(member, draft, row).take(told, {
          at: PENDING,
          device: device.credential.device.slice(0, DEVICE_BYTES),
          seq: queued.sequence,
          id: queued.out.id,
          by: device.credential.identity,
          atMs: writtenAtMs,
          content,
          index: PENDING,
        });
      }
      book.put(draft, queued.row);
      await draft.commit(store);
      return queued;
    });
  }
}

/** What a new version keeps of the one before, beside its words. */
function carried(content: MimiContent, text: string): Partial<Making> {
  const { inReplyTo, topicId, expires, extensions } = content;
  const others = extensions.others.filter(({ key }) => key !== "chapar.time" && key !== PREVIEW_KEY);
  return { inReplyTo, topicId, expires, others: [...others, ...carriedPreview(content, text)] };
}
