/*
 * What a message has beside its words, added to what is shown of it: reads what marks left, and what content says beyond text
 * and file. Loaded when the first such message is shown.
 */
import { idText, identityId } from "@chapar/wire";
import { equalBytes, toBase64Url } from "@chapar/wire/bytes";
import { cleanFileName, type MimiContent, type NestedPart, shownParts } from "@chapar/wire/content";
import { FORWARDED_KEY, isSilent, pollIn, readForwarded, readMentions, timerIn } from "@chapar/wire/talk";
import type { MessageView } from "../api.ts";
import { attachmentViews } from "../conversation/attachment-views.ts";
import { toldFilesOf } from "../conversation/told-files.ts";
import { mediaOf, readContent, writtenAt } from "../conversation/letter.ts";
import { type ConversationRow, type Marked, messageShelf, outboxShelf } from "../conversation/rows.ts";
import { whereOf } from "../conversation/where.ts";
import type { Member } from "../core.ts";
import { concatKey } from "../store/keys.ts";
import type { MentionView, NamedPerson, ReactionView, ReplyView } from "../talk-views.ts";
import { KINDS, markKey } from "./kinds.ts";
import { MAX_TOPIC_ID_BYTES, spokenId } from "./topic-ids.ts";
import { pollView } from "./polling.ts";
import { previewView } from "./previews.ts";
import { rightsIn } from "./rights.ts";
import { type MarkEntry, markShelf, talkShelf } from "./mark-rows.ts";

/** Characters of an answered message that are shown over the answer. */
const QUOTED = 160;
/** Emojis of one person on a message that are shown (C-35). */
const SHOWN_OF_ONE = 8;
/** People of a reaction that are named. */
const NAMED = 50;

/** A line that is to be shown, with what it was made of. */
export interface Shown {
  readonly view: MessageView;
  readonly id: Uint8Array;
  readonly sender: Uint8Array;
  readonly content: MimiContent | undefined;
  /** the content says more than text and file */
  readonly saysMore: boolean;
  readonly marked: Marked;
  /** index in the room's log; undefined while it is not placed */
  readonly index: number | undefined;
}

/** Adds to lines of one conversation. */
export class Folding {
  readonly #member: Member;
  readonly #row: ConversationRow;
  readonly #nameOf: (identity: Uint8Array) => string;

  /** @param nameOf  the name a person is known by here; empty for nobody known */
  constructor(member: Member, row: ConversationRow, nameOf: (identity: Uint8Array) => string) {
    this.#member = member;
    this.#row = row;
    this.#nameOf = nameOf;
  }

  async fold(lines: readonly Shown[]): Promise<readonly MessageView[]> {
    const talk = await talkShelf.get(this.#member.store, this.#row.id);
    const seen = talk?.seen ?? [];
    return Promise.all(
      lines.map(async (line) => {
        const { view, index } = line;
        const marks = await this.#marks(line);
        const poll = marks.deleted === undefined ? await this.#poll(line) : {};
        const preview = marks.deleted === undefined ? await this.#preview(line, marks) : {};
        const folded = { ...view, ...(await this.#said(line)), ...poll, ...preview, ...marks };
        if (!view.mine || index === undefined || view.state !== "at-station") return folded;
        const deliveredTo = seen.filter(({ delivered }) => delivered > index).map(({ by }) => idText(identityId(by)));
        const readBy = seen.filter(({ read }) => read > index).map(({ by }) => idText(identityId(by)));
        return {
          ...folded,
          ...(deliveredTo.length > 0 && { deliveredTo }),
          ...(readBy.length > 0 && { readBy }),
        };
      }),
    );
  }

  /** What a message said, oldest first. */
  async versions(line: Shown): Promise<readonly { readonly content: MimiContent; readonly atMs: number }[]> {
    const entries = (await this.#entries(line.id, KINDS.edit)).toReversed();
    const edits = entries.flatMap(({ body, atMs }) => {
      const read = readContent(body);
      return read === undefined ? [] : [{ content: read.content, atMs }];
    });
    return [...(line.content === undefined ? [] : [{ content: line.content, atMs: line.view.writtenAtMs }]), ...edits];
  }

  /** Text and mentions of content. */
  textOf(content: MimiContent): { readonly text: string; readonly mentions: readonly MentionView[] } {
    const texts: string[] = [];
    const mentions: MentionView[] = [];
    let length = 0;
    for (const part of flat(content.body)) {
      const read = readMentions(part, (identity) => this.#nameOf(identity) || undefined);
      const text = read?.text ?? (part.kind === "single" ? (shownParts(part)?.texts[0] ?? "") : "");
      for (const one of read?.mentions ?? []) {
        const mine = this.#isMine(one.identity);
        mentions.push({ identity: idText(one.identity), start: length + one.start, length: one.length, mine });
      }
      texts.push(text);
      length += text.length + 1;
    }
    return { text: texts.join("\n"), mentions };
  }

  #isMine(identity: Uint8Array): boolean {
    return equalBytes(identity, this.#member.device.credential.identity);
  }

  #person(identity: Uint8Array): NamedPerson {
    return { identity: idText(identityId(identity)), name: this.#nameOf(identity), mine: this.#isMine(identity) };
  }

  async #entries(id: Uint8Array, kind: (typeof KINDS)[keyof typeof KINDS]): Promise<readonly MarkEntry[]> {
    return (await markShelf.get(this.#member.store, markKey(id, kind))) ?? [];
  }

  /** What the content itself says, in its newest version. */
  async #said({ content, saysMore, sender }: Shown): Promise<Partial<MessageView>> {
    if (content === undefined || !saysMore) return {};
    const { mentions, text } = this.textOf(content);
    const value = content.extensions.others.find(({ key }) => key === FORWARDED_KEY)?.value;
    const forwarded = value && readForwarded(value);
    const from = forwarded?.ok === true ? forwarded.value : undefined;
    const known = from && this.#person(from.writer);
    const shown = mediaOf(content).length === 0 ? undefined : shownParts(content.body);
    return {
      text,
      ...(shown && { attachments: attachmentViews(toldFilesOf({ externals: shown.externals, content })) }),
      ...this.#inTime(content, sender),
      ...(mentions.length > 0 && { mentions }),
      ...(await this.#topic(content)),
      ...(content.inReplyTo !== undefined && { replyTo: await this.#reply(content.inReplyTo) }),
      ...(from && known && { forwardedFrom: { ...known, name: known.name || from.name } }),
    };
  }

  async #poll({ content, saysMore, id }: Shown): Promise<Partial<MessageView>> {
    if (content === undefined || !saysMore || pollIn(content) === undefined) return {};
    const votes = await this.#entries(id, KINDS.vote);
    const closings = await this.#entries(id, KINDS.closing);
    const own = this.#member.device.credential.identity;
    const poll = pollView(content, { votes, closings }, own, (identity) => this.#person(identity));
    return poll === undefined ? {} : { poll };
  }

  /** What its newest version says of a link (C-101, C-106). */
  async #preview({ content, saysMore, id }: Shown, { edited }: Partial<MessageView>): Promise<Partial<MessageView>> {
    const [newest] = edited === undefined ? [] : await this.#entries(id, KINDS.edit);
    const now = newest === undefined ? content : readContent(newest.body)?.content;
    if (now === undefined || (newest === undefined && !saysMore)) return {};
    const preview = previewView(now, this.textOf(now).text);
    return preview === undefined ? {} : { preview };
  }

  /** The topic, by the newest version of the letter that it begins with (C-78). */
  async #topic({ topicId: id }: MimiContent): Promise<Partial<MessageView>> {
    if (id.byteLength === 0 || id.byteLength > MAX_TOPIC_ID_BYTES) return {};
    const root = await this.#reply(id);
    return { topic: { id: toBase64Url(id), title: root.is === "missing" ? spokenId(id) : root.text } };
  }

  /** When it disappears, whether it sets the timer, and whether it notifies. */
  #inTime(content: MimiContent, sender: Uint8Array): Partial<MessageView> {
    const { expires } = content;
    const timer = timerIn(content);
    const isSet = timer !== undefined && rightsIn(this.#member.book.roster(this.#row.id), this.#row, sender).pins;
    return {
      ...(expires !== undefined && { disappearsAfterS: expires.relative ? expires.time : 0 }),
      ...(isSet && { timerS: timer }),
      ...(isSilent(content) && { silent: true as const }),
    };
  }

  async #reply(id: Uint8Array): Promise<ReplyView> {
    const { store } = this.#member;
    const nothing = { id: toBase64Url(id), text: "", fileName: undefined, mediaType: undefined };
    const where = await whereOf(store, id);
    if (where === undefined || !equalBytes(where.conversation, this.#row.id))
      return { ...nothing, is: "missing", sender: undefined, position: undefined };
    const key = concatKey(this.#row.id, where.at);
    const line = where.placed ? await messageShelf.get(store, key) : undefined;
    const out = where.placed ? undefined : await outboxShelf.get(store, key);
    const position = where.placed ? where.at : undefined;
    const by = line?.sender ?? this.#member.device.credential.identity;
    const sender = this.#person(by);
    if (line?.marked === "deleted" || line?.marked === "hidden") return { ...nothing, is: "deleted", sender, position };
    const [newest] = await this.#entries(id, KINDS.edit);
    const read = readContent(newest?.body ?? line?.content ?? out?.content ?? new Uint8Array(0));
    if (read === undefined) return { ...nothing, is: "missing", sender, position };
    const [file] = read.externals;
    return {
      ...nothing,
      is: "here",
      sender,
      text: quoted(this.textOf(read.content).text),
      fileName: file && cleanFileName(file.filename),
      mediaType: file?.contentType,
      position,
    };
  }

  async #marks(line: Shown): Promise<Partial<MessageView>> {
    if (line.marked === "none") return {};
    const { id } = line;
    const gone = await this.#entries(id, KINDS.deletion);
    // One that has not left yet keeps its content until it has.
    if (line.marked !== "some" || gone.length > 0) {
      const by = this.#person(gone[0]?.by ?? this.#member.device.credential.identity);
      return { text: "", attachments: [], deleted: { of: line.marked === "hidden" ? "me" : "all", by } };
    }
    const [newest, ...older] = await this.#entries(id, KINDS.edit);
    const reactions = this.#reactions(await this.#entries(id, KINDS.reaction));
    const [pin] = await this.#entries(id, KINDS.pin);
    const isPinned = pin !== undefined && !pin.gone;
    return {
      ...(newest && this.#edited(newest, older.length + 1)),
      ...(reactions.length > 0 && { reactions }),
      ...(isPinned && { pinned: { by: this.#person(pin.by), atMs: pin.atMs } }),
    };
  }

  #edited(newest: MarkEntry, versions: number): Partial<MessageView> {
    const read = readContent(newest.body);
    if (read === undefined) return {};
    const { text, mentions } = this.textOf(read.content);
    return {
      text,
      ...(mentions.length > 0 && { mentions }),
      attachments: attachmentViews(toldFilesOf(read)),
      edited: { atMs: writtenAt(read.content) ?? newest.atMs, versions },
    };
  }

  /** By emoji, the one with the most people first; of each person and emoji the newest decides. */
  #reactions(entries: readonly MarkEntry[]): readonly ReactionView[] {
    const decided = new Set<string>();
    const ofOne = new Map<string, number>();
    const people = new Map<string, Uint8Array[]>();
    for (const { by, body, gone } of entries) {
      const emoji = new TextDecoder().decode(body);
      const name = toBase64Url(by);
      const key = `${name} ${emoji}`;
      if (emoji === "" || decided.has(key)) continue;
      decided.add(key);
      const count = ofOne.get(name) ?? 0;
      if (gone || count >= SHOWN_OF_ONE) continue;
      ofOne.set(name, count + 1);
      people.set(emoji, [...(people.get(emoji) ?? []), by]);
    }
    return [...people]
      .map(([emoji, by]) => ({
        emoji,
        count: by.length,
        mine: by.some((one) => this.#isMine(one)),
        people: by.slice(0, NAMED).map((one) => this.#person(one)),
      }))
      .sort((a, b) => b.count - a.count || (a.emoji < b.emoji ? -1 : 1));
  }
}

function flat(part: NestedPart): readonly NestedPart[] {
  if (part.kind === "multi") {
    // Of a choice the first that can be shown, as everywhere (C-7).
    if (part.semantics === "choose-one") {
      const first = part.parts.find((one) => shownParts(one) !== undefined);
      return first === undefined ? [] : flat(first);
    }
    return part.parts.flatMap(flat);
  }
  return part.kind === "single" && shownParts(part) !== undefined ? [part] : [];
}

/** The beginning of a text on one line, cut between characters. */
function quoted(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  const characters = Array.from(line.slice(0, 2 * QUOTED));
  return characters.length > QUOTED ? `${characters.slice(0, QUOTED).join("")}…` : characters.join("");
}
