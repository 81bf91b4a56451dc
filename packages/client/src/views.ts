/* Rows as apps see them: plain snapshots, ids as text. */
import { idText, type StationRef } from "@chapar/wire";
import { equalBytes, toBase64Url, toHex } from "@chapar/wire/bytes";
import { cleanFileName } from "@chapar/wire/content";
import { decodeReceipt } from "@chapar/log";
import type { AttachmentView, ConversationView, Me, MessageView, PersonView, ReceiptView, StationView } from "./api.ts";
import { readContent } from "./conversation/letter.ts";
import {
  type ConversationRow,
  messageShelf,
  type MessageRow,
  outboxShelf,
  type OutboxRow,
  type ReceiptRow,
} from "./conversation/rows.ts";
import type { Member } from "./core.ts";
import { ClientError } from "./errors.ts";
import { concatKey, lastU64, u64Key } from "./store/keys.ts";
import type { ProfileRow } from "./profile/profile-row.ts";

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

/** Reads rows of one profile into views. */
export class Views {
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  async person(row: ConversationRow): Promise<PersonView> {
    const contact = await this.#member.contacts.get(row.peer);
    const home = contact?.state.home;
    const named = row.peerHome;
    const known =
      home === undefined
        ? named && stationView(named.station, named.region, named.name)
        : stationView(
            home.station,
            home.region,
            named !== undefined && equalBytes(named.station.key, home.station.key) ? named.name : "",
          );
    const name = contact === undefined || contact.name === "" ? row.peerName : contact.name;
    return { identity: idText(row.peer), name, home: known };
  }

  async conversation(row: ConversationRow): Promise<ConversationView> {
    const person = await this.person(row);
    const [last] = await this.messages(row, undefined, 1);
    const { state, unread, atMs, fault } = row;
    const unseen = this.#member.alerts.unseenOf(row.id);
    const alert = unseen === undefined ? {} : { alert: { id: idText(unseen.id), code: unseen.code } };
    return { id: idText(row.id), state, people: [person], last, unread, atMs, fault, ...alert };
  }

  /** Lines before a position, newest last. Cost: O(limit), and the queued lines that are newer than the page. */
  async messages(row: ConversationRow, before: number | undefined, limit: number): Promise<readonly MessageView[]> {
    const end = Math.min(before ?? Number.MAX_SAFE_INTEGER, row.placed + row.tail);
    const queued = end > row.placed ? await this.#queued(row, end, limit) : [];
    const placed = await this.#placed(row, Math.min(end, row.placed), limit - queued.length);
    const person = placed.length + queued.length > 0 ? await this.person(row) : undefined;
    const name = (sender: Uint8Array): string => this.#nameOf(sender, row, person);
    return [
      ...placed.map(({ position, line }) => lineView(row, position, line, name(line.sender))),
      ...queued.map(({ position, out }) => this.#queuedView(row, position, out)),
    ];
  }

  async #placed(
    row: ConversationRow,
    end: number,
    limit: number,
  ): Promise<readonly { readonly position: number; readonly line: MessageRow }[]> {
    if (limit <= 0 || end <= 0) return [];
    const query = { prefix: row.id, to: u64Key(end), reverse: true, limit };
    const rows = await messageShelf.range(this.#member.store, query);
    return rows.map(({ key, value }) => ({ position: lastU64(key), line: value })).toReversed();
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
    if (at.placed) {
      const line = await messageShelf.get(this.#member.store, concatKey(row.id, at.at));
      if (line === undefined) return undefined;
      return lineView(row, at.at, line, this.#nameOf(line.sender, row, await this.person(row)));
    }
    const out = await outboxShelf.get(this.#member.store, concatKey(row.id, at.at));
    return out && this.#queuedView(row, row.placed + row.tail - 1, out);
  }

  #nameOf(sender: Uint8Array, row: ConversationRow, person: PersonView | undefined): string {
    const { profile, device } = this.#member;
    if (equalBytes(sender, device.credential.identity)) return profile.row.name;
    return equalBytes(sender, row.peer) ? (person?.name ?? "") : "";
  }

  #queuedView(row: ConversationRow, position: number, out: OutboxRow): MessageView {
    const { profile } = this.#member;
    const state = out.receipted ? "at-station" : out.sealed === undefined ? "queued" : "leaving";
    return {
      id: toBase64Url(out.id),
      conversation: idText(row.id),
      position,
      mine: true,
      sender: idText(profile.row.identity),
      senderName: profile.row.name,
      ...shownOf(out.content),
      writtenAtMs: out.writtenAtMs,
      arrivedAtMs: out.writtenAtMs,
      state,
      refusal: undefined,
    };
  }
}

function shownOf(content: Uint8Array): { readonly text: string; readonly attachment: AttachmentView | undefined } {
  const told = readContent(content);
  if (told?.kind !== "message") return { text: "", attachment: undefined };
  const { attachment } = told;
  if (attachment === undefined) return { text: told.text, attachment: undefined };
  const view = {
    fileName: cleanFileName(attachment.filename),
    mediaType: attachment.contentType,
    sizeBytes: Number(attachment.size),
  };
  return { text: told.text, attachment: view };
}

function lineView(row: ConversationRow, position: number, line: MessageRow, senderName: string): MessageView {
  const isGap = line.kind === "gap";
  const isMessage = line.kind === "message";
  const { removal, change } = line;
  return {
    id: toBase64Url(line.id),
    conversation: idText(row.id),
    position,
    mine: line.mine,
    sender: idText(line.sender),
    senderName,
    ...(isMessage ? shownOf(line.content) : { text: "", attachment: undefined }),
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
}

/** A stored receipt as it is printed. @throws ClientError `client/bad-profile` */
export function receiptView(message: Uint8Array, row: ReceiptRow): ReceiptView {
  const decoded = decodeReceipt(row.receipt);
  if (!decoded.ok) throw new ClientError("client/bad-profile", decoded.code);
  const { value: receipt } = decoded;
  return {
    message: toBase64Url(message),
    conversation: idText(row.conversation),
    log: idText(receipt.logId),
    index: receipt.index,
    leafHash: toHex(receipt.leafHash),
    size: receipt.size,
    root: toHex(receipt.root),
    stationTimeMs: receipt.batch.timeMs,
    station: idText(receipt.batch.stationKey),
    proof: toBase64Url(row.receipt),
  };
}
