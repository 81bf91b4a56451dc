/* Rows as apps see them: plain snapshots, ids as text. */
import { type IdentityId, idText, type StationRef } from "@chapar/wire";
import { equalBytes, toBase64Url } from "@chapar/wire/bytes";
import type { ConversationView, GroupSummary, Me, MessageView, PersonView, StationView } from "./api.ts";
import { attachmentViews } from "./conversation/attachment-views.ts";
import { readContent } from "./conversation/letter.ts";
import {
  type ConversationRow,
  mentionedShelf,
  messageShelf,
  type MessageRow,
  outboxShelf,
  type OutboxRow,
} from "./conversation/rows.ts";
import type { Member } from "./core.ts";
import { isHidden } from "./chats/blocks.ts";
import type { OwnRegister } from "./own/register.ts";
import { concatKey, lastU64, u64Key } from "./store/keys.ts";
import { knownStation } from "./trust/stations.ts";
import type { ProfileRow } from "./profile/profile-row.ts";
import type * as FoldCode from "./talk/fold.ts";
import type { Shown } from "./talk/fold.ts";

/** A station as a person sees it. */
export function stationView(station: StationRef, region: string, name: string): StationView {
  return { key: idText(station.key), name, region, urls: station.urls };
}

/** Who this device is. */
export function meView(row: ProfileRow, device: Uint8Array): Me {
  const { home } = row;
  return {
    identity: idText(row.identity),
    device: idText(device),
    name: row.name,
    home: stationView(home.station, home.region, home.name),
  };
}

/** People of a group that its row in the chat list names. */
const PEOPLE_SHOWN = 8;

type NameOf = (identity: Uint8Array) => string;

/** Reads rows of one profile into views. */
export class Views {
  readonly #member: Member;
  #fold: typeof FoldCode | undefined;

  /** @param fold  what shows more than words, when its code is here already */
  constructor(member: Member, fold?: typeof FoldCode) {
    this.#member = member;
    this.#fold = fold;
  }

  /** Somebody of a conversation, as far as this device knows them. */
  async person(row: ConversationRow, identity: IdentityId = row.peer): Promise<PersonView> {
    const contact = await this.#member.contacts.get(identity);
    const isPeer = equalBytes(identity, row.peer);
    const home = contact?.state.home;
    const named = isPeer ? row.peerHome : undefined;
    const known =
      home === undefined
        ? named && stationView(named.station, named.region, named.name)
        : stationView(
            home.station,
            home.region,
            named !== undefined && equalBytes(named.station.key, home.station.key) ? named.name : "",
          );
    const invited = isPeer ? row.peerName : "";
    const name = contact === undefined || contact.name === "" ? invited : contact.name;
    const waits = this.#member.people.get(identity).paused;
    return { identity: idText(identity), name, home: known, ...(waits && { paused: true }) };
  }

  /** As `person`, and the person of this device as well. */
  async somebody(row: ConversationRow, identity: IdentityId): Promise<PersonView> {
    const { name, home, identity: own } = this.#member.profile.row;
    if (!equalBytes(identity, own)) return this.person(row, identity);
    return { identity: idText(own), name, home: stationView(home.station, home.region, home.name) };
  }

  #group(row: ConversationRow): GroupSummary {
    const people = this.#member.book.roster(row.id)?.people ?? [];
    const own = people.find(({ identity }) => equalBytes(identity, this.#member.profile.row.identity));
    const role = row.state === "closed" || row.leaving ? undefined : own?.role;
    return { people: people.length, role, hub: this.hubOf(row) };
  }

  /** Where a conversation's messages rest. */
  hubOf({ room }: ConversationRow): StationView | undefined {
    if (room === undefined) return undefined;
    const { ref, region, name } = knownStation(this.#member, room.hub);
    return stationView(ref, region, name);
  }

  async conversation(row: ConversationRow): Promise<ConversationView> {
    const others = this.#member.book.others(row).slice(0, PEOPLE_SHOWN);
    const people = await Promise.all(others.map((identity) => this.person(row, identity)));
    let [last] = await this.messages(row, undefined, 1);
    while (last?.gap?.entries === 0) [last] = await this.messages(row, last.position, 1);
    const { kind, unread, atMs, fault } = row;
    const state = row.leaving ? "closed" : row.state;
    const isGroup = kind !== "direct";
    const named = {
      kind,
      title: isGroup ? row.title : (people[0]?.name ?? ""),
      ...(isGroup && { group: this.#group(row) }),
    };
    const unseen = this.#member.alerts.unseenOf(row.id);
    const alert = unseen === undefined ? {} : { alert: { id: idText(unseen.id), code: unseen.code } };
    const mentioned = (await mentionedShelf.get(this.#member.store, row.id)) ?? [];
    const mentions = mentioned.filter((position) => position >= row.readTo).length;
    const counted = mentions === 0 ? {} : { mentions };
    return { id: idText(row.id), ...named, state, people, last, unread, ...counted, atMs, fault, ...alert };
  }

  /** Lines before a position, newest last. Cost: O(limit), and the queued lines that are newer than the page. */
  async messages(row: ConversationRow, before: number | undefined, limit: number): Promise<readonly MessageView[]> {
    const end = Math.min(before ?? Number.MAX_SAFE_INTEGER, row.placed + row.tail);
    const queued = end > row.placed ? await this.#queued(row, end, limit) : [];
    const placed = await this.#placed(row, Math.min(end, row.placed), limit - queued.length);
    const name = await this.#names(
      row,
      placed.map(({ line }) => line),
    );
    const lines = placed.map(async ({ position, line }) => this.#lineShown(row, position, line, name));
    return this.#folded(row, name, [
      ...(await Promise.all(lines)),
      ...queued.map(({ position, out }) => this.#queuedShown(row, position, out)),
    ]);
  }

  async #lineShown(row: ConversationRow, position: number, line: MessageRow, name: NameOf): Promise<Shown> {
    const shown = lineShown(row, position, line, name(line.sender));
    if (line.kind !== "group") return shown;
    const { groupLineView } = await import("./groups/line-view.ts");
    const group = await groupLineView(line.content, async (identity) => {
      await this.#member.contacts.get(identity);
      return name(identity);
    });
    return { ...shown, view: { ...shown.view, ...group } };
  }

  /** Names of those who wrote lines and of everyone in the conversation. Cost: O(people) the first time, then nothing is read */
  async #names(row: ConversationRow, lines: readonly MessageRow[]): Promise<NameOf> {
    const { profile, contacts, book } = this.#member;
    for (const { sender } of lines) await contacts.get(sender);
    for (const identity of book.others(row)) await contacts.get(identity);
    return (identity) => {
      if (equalBytes(identity, profile.row.identity)) return profile.row.name;
      const name = contacts.nameOf(identity);
      return name === "" && equalBytes(identity, row.peer) ? row.peerName : name;
    };
  }

  /**
   * With what messages have beside their words. The code of it is brought when the first message has something; ticks alone
   * wait for nothing, and are told of when they can be shown.
   */
  async #folded(row: ConversationRow, nameOf: NameOf, lines: readonly Shown[]): Promise<readonly MessageView[]> {
    const bring = async (): Promise<typeof FoldCode> => (this.#fold ??= await import("./talk/fold.ts"));
    if (lines.some(({ marked, saysMore }) => marked !== "none" || saysMore)) await bring();
    else if (this.#fold === undefined && lines.some(({ view }) => view.mine && view.state === "at-station")) {
      const { events, failed } = this.#member;
      bring().then(() => events.emit({ type: "talk", conversation: idText(row.id) }), failed);
    }
    const { Folding } = this.#fold ?? {};
    return Folding === undefined ? lines.map(({ view }) => view) : new Folding(this.#member, row, nameOf).fold(lines);
  }

  async #placed(
    row: ConversationRow,
    end: number,
    limit: number,
  ): Promise<readonly { readonly position: number; readonly line: MessageRow }[]> {
    if (limit <= 0 || end <= 0) return [];
    const query = { prefix: row.id, to: u64Key(end), reverse: true, limit };
    const rows = await messageShelf.range(this.#member.store, query);
    const { own } = this.#member;
    return rows.map(({ key, value }) => ({ position: lastU64(key), line: shownLine(own, value) })).toReversed();
  }

  /** Own letters that are not placed yet, below the position `end`. */
  async #queued(
    row: ConversationRow,
    end: number,
    limit: number,
  ): Promise<readonly { readonly position: number; readonly out: OutboxRow }[]> {
    const skipped = row.placed + row.tail - end;
    const wanted = Math.min(limit, end - row.placed);
    const found: { position: number; out: OutboxRow }[] = [];
    let seen = 0;
    for (let to = row.outNext; found.length < wanted;) {
      const query = { prefix: row.id, to: u64Key(to), reverse: true, limit: skipped + wanted - seen };
      const rows = await outboxShelf.range(this.#member.store, query);
      const [oldest] = rows.slice(-1);
      if (oldest === undefined) break;
      to = lastU64(oldest.key);
      for (const { value } of rows) {
        // Profile messages wait among the others and have no position.
        if (!value.visible) continue;
        if (seen >= skipped) found.push({ position: row.placed + row.tail - 1 - seen, out: value });
        seen += 1;
      }
    }
    return found.toReversed();
  }

  /** One message by id, wherever it stands. */
  async message(
    row: ConversationRow,
    at: { readonly placed: boolean; readonly at: number },
  ): Promise<MessageView | undefined> {
    const found = await this.shown(row, at);
    if (found === undefined) return undefined;
    const [view] = await this.#folded(row, await this.#names(row, []), [found]);
    return view;
  }

  /** What a message is shown from. */
  async shown(row: ConversationRow, at: { readonly placed: boolean; readonly at: number }): Promise<Shown | undefined> {
    if (at.placed) {
      const kept = await messageShelf.get(this.#member.store, concatKey(row.id, at.at));
      if (kept === undefined) return undefined;
      const line = shownLine(this.#member.own, kept);
      return this.#lineShown(row, at.at, line, await this.#names(row, [line]));
    }
    const out = await outboxShelf.get(this.#member.store, concatKey(row.id, at.at));
    return out && this.#queuedShown(row, row.placed + row.tail - 1, out);
  }

  #queuedShown(row: ConversationRow, position: number, out: OutboxRow): Shown {
    const { profile } = this.#member;
    const state = out.receipted ? "at-station" : out.sealed === undefined ? "queued" : "leaving";
    const { content, saysMore, ...said } = saidBy(out.content);
    const view = {
      id: toBase64Url(out.id),
      conversation: idText(row.id),
      position,
      mine: true,
      sender: idText(profile.row.identity),
      senderName: profile.row.name,
      ...said,
      writtenAtMs: out.writtenAtMs,
      arrivedAtMs: out.writtenAtMs,
      state,
      refusal: undefined,
    } as const;
    const sender = profile.row.identity;
    const marked = out.marked ? "some" : "none";
    return { view, id: out.id, sender, content, saysMore, marked, index: undefined };
  }
}

/** Text and files, and the content itself. */
function saidBy(bytes: Uint8Array): Pick<MessageView, "text" | "attachments"> & Pick<Shown, "content" | "saysMore"> {
  const said = readContent(bytes);
  if (said === undefined) return NOTHING_SAID;
  const { content, saysMore } = said;
  return { text: said.texts.join("\n"), attachments: attachmentViews(said.files), content, saysMore };
}

const NOTHING_SAID = { text: "", attachments: [], content: undefined, saysMore: false } as const;

/** A message that is not shown, as a gap line (N-10). */
function shownLine(own: OwnRegister, line: MessageRow): MessageRow {
  return isHidden(own, line) ? { ...line, kind: "gap", code: "client/blocked", entries: 1, marked: "none" } : line;
}

function lineShown(row: ConversationRow, position: number, line: MessageRow, senderName: string): Shown {
  const isGap = line.kind === "gap";
  const isMessage = line.kind === "message";
  const { removal, change } = line;
  const { content, saysMore, ...said } = isMessage && line.content.byteLength > 0 ? saidBy(line.content) : NOTHING_SAID;
  const view: MessageView = {
    id: toBase64Url(line.id),
    conversation: idText(row.id),
    position,
    mine: line.mine,
    sender: idText(line.sender),
    senderName,
    ...said,
    writtenAtMs: line.writtenAtMs,
    arrivedAtMs: line.arrivedAtMs,
    state: line.state,
    refusal: isGap ? undefined : line.code,
    ...(isGap && {
      gap: { code: line.code ?? "client/not-shown", entries: line.entries, ...(removal && { removal }) },
    }),
    ...(isMessage && line.restored === true && { restored: true as const, ...(removal && { removal }) }),
    ...(change && { personChange: { identity: idText(line.sender), ...change } }),
  };
  const { id, sender, index, marked = "none" } = line;
  return { view, id, sender, content, saysMore, marked, index };
}
