/*
 * What a member gives to another who asks: pages of entries as they stand in the log, and the letters that were opened, into
 * the asker's inbox and nowhere else.
 */
import type { LogId } from "@chapar/wire";
import { concatBytes, toHex } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Lane } from "../lane.ts";
import type { StationLink } from "../link/station-link.ts";
import { lastU64, u64Key } from "../store/keys.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import { encodeStatement, FULL_FORM } from "@chapar/log";
import { type RepairMessage, type RepairRequest, sealRepair } from "./codec.ts";
import { leave } from "./inboxes.ts";
import { keptShelf, type LetterRow, letterShelf } from "./kept-rows.ts";

/** Answers to one conversation's requests in a minute. */
const ANSWERS_A_MINUTE = 8;
const MINUTE_MS = 60_000;
/** Content of one knock, below its limit of 128 KiB. */
const PART_BYTES = 96 * 1024;
/** Entries and letters that one request is answered with. */
const MOST_ENTRIES = 2048;
const MOST_PARTS = 8;
const MOST_LETTERS = 256;

/** Answers requests. */
export class Answering {
  readonly #member: Member;
  readonly #logs: LogShelf;
  readonly #lane = new Lane();
  readonly #answered = new Map<string, readonly number[]>();

  constructor(member: Member, logs: LogShelf) {
    this.#member = member;
    this.#logs = logs;
  }

  /** Whether one more answer may be given now; counts it. */
  #mayAnswer(row: ConversationRow): boolean {
    const nowMs = this.#member.clock.nowMs();
    const name = toHex(row.id);
    const lately = (this.#answered.get(name) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS);
    if (lately.length >= ANSWERS_A_MINUTE) return false;
    this.#answered.set(name, [...lately, nowMs]);
    return true;
  }

  async answer(link: StationLink, row: ConversationRow, request: RepairRequest, secret: Uint8Array): Promise<void> {
    if (row.room === undefined || toHex(row.room.log) !== toHex(request.log) || !this.#mayAnswer(row)) return;
    const to = { inbox: request.inbox, station: request.home };
    await this.#lane.run(async () => {
      const parts = [...(await this.#pages(row, request)), ...(await this.#letters(row, request))];
      for (const part of parts) {
        await leave(this.#member, link, to, await sealRepair(part, secret, this.#member.crypto));
      }
    });
  }

  /** Pages that end, where they can, at a head of exactly their size, so that they are checked without asking anybody. */
  async #pages(row: ConversationRow, { log, from, to }: RepairRequest): Promise<readonly RepairMessage[]> {
    const { store } = this.#member;
    const range = { prefix: log, from: u64Key(from), to: u64Key(to), limit: MOST_ENTRIES };
    const rows = await keptShelf.range(store, range);
    const newest = await this.#newest(row, log);
    const pages: RepairMessage[] = [];
    let at = 0;
    while (at < rows.length && pages.length < MOST_PARTS) {
      const first = lastU64(rows[at]?.key ?? u64Key(0));
      let [end, headed, sizeBytes] = [at, -1, 0];
      for (; end < rows.length; end++) {
        const one = rows[end];
        if (one === undefined || lastU64(one.key) !== first + (end - at)) break;
        sizeBytes += one.value.entry.byteLength + 8;
        if (end > at && sizeBytes > PART_BYTES) break;
        if (one.value.head.byteLength > 0) headed = end;
      }
      const last = headed < 0 ? end - 1 : headed;
      const part = rows.slice(at, last + 1);
      const head = part.at(-1)?.value.head ?? newest;
      const entries = part.map(({ value }) => value.entry);
      pages.push({ kind: "page", log, first, entries, head: head.byteLength > 0 ? head : newest });
      at = last + 1;
    }
    return pages;
  }

  async #newest(row: ConversationRow, log: LogId): Promise<Uint8Array> {
    if (row.room === undefined) return new Uint8Array(0);
    const head = (await this.#logs.load(log, row.room.hub.key)).heads.at(-1);
    return head === undefined ? new Uint8Array(0) : encodeStatement(head, FULL_FORM);
  }

  async #letters({ id }: ConversationRow, { log, wants }: RepairRequest): Promise<readonly RepairMessage[]> {
    const { store } = this.#member;
    const parts: RepairMessage[] = [];
    for (const { device, from, to } of wants) {
      if (parts.length >= MOST_PARTS) return parts;
      const range = { from: u64Key(from), to: u64Key(to), limit: MOST_ENTRIES };
      const rows = await letterShelf.range(store, { prefix: concatBytes(id, device), ...range });
      parts.push(
        ...letterParts(
          log,
          device,
          rows.map(({ value }) => value),
        ).slice(0, MOST_PARTS - parts.length),
      );
    }
    return parts;
  }
}

/** Letters of one device, each part small enough for a knock. */
export function letterParts(log: LogId, device: Uint8Array, rows: readonly LetterRow[]): readonly RepairMessage[] {
  const parts: RepairMessage[] = [];
  let letters: { readonly index: number; readonly letter: Uint8Array }[] = [];
  let sizeBytes = 0;
  for (const { index, letter } of rows) {
    if (letters.length >= MOST_LETTERS || (letters.length > 0 && sizeBytes + letter.byteLength > PART_BYTES)) {
      parts.push({ kind: "letters", log, device, letters });
      [letters, sizeBytes] = [[], 0];
    }
    letters.push({ index, letter });
    sizeBytes += letter.byteLength + 8;
  }
  return letters.length === 0 ? parts : [...parts, { kind: "letters", log, device, letters }];
}
