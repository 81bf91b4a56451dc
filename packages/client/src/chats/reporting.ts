/*
 * Reporting a message to the operator of the home (protocol/11-chats.md §3): made here from what is kept of its letter, sent by
 * reports-part.ts.
 */
import { encodeReport } from "@chapar/e2e/devices";
import { MAX_REPORT_BYTES } from "@chapar/wire";
import { concatBytes, toBase64Url } from "@chapar/wire/bytes";
import type { MessageIdText } from "../api.ts";
import type { ReportView } from "../chats-api.ts";
import { chainsOf } from "../conversation/chain-rows.ts";
import { type ConversationRow, messageShelf } from "../conversation/rows.ts";
import type { Joined } from "../engine-parts.ts";
import { ClientError } from "../errors.ts";
import { epochContextShelf, letterShelf, type LetterRow } from "../repair/kept-rows.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { type ReportRow, reportShelf } from "./report-row.ts";
import { REPORTS } from "./reports-part.ts";

const NOTHING = new Uint8Array(0);
/** Letters looked through at once. */
const PAGE = 256;

interface FoundLetter {
  readonly device: Uint8Array;
  readonly kept: LetterRow;
}

/** Makes reports, and tells how they stand. */
export class Reporting {
  readonly #joined: Joined;

  constructor(joined: Joined) {
    this.#joined = joined;
  }

  async list(): Promise<readonly ReportView[]> {
    const rows = await reportShelf.range(this.#joined.member.store, {});
    return rows.map(({ value }) => viewOf(value)).sort((a, b) => b.atMs - a.atMs);
  }

  async report(message: MessageIdText): Promise<ReportView> {
    const { member, receipts, session } = this.#joined;
    const { id, row, where } = await receipts.find(message);
    const held = await reportShelf.get(member.store, id);
    if (held !== undefined && held.state !== "refused") return viewOf(held);
    const line = where.placed ? await messageShelf.get(member.store, concatKey(row.id, where.at)) : undefined;
    if (line?.kind !== "message" || line.mine) throw new ClientError("client/not-reportable");
    const found = await this.#letter(row, line.index);
    if (found === undefined) throw new ClientError("client/not-reportable");
    const { report, proves } = await this.#bytes(row, line.sender, found);
    const made: ReportRow = {
      message: id,
      report,
      atMs: member.clock.nowMs(),
      state: "waiting",
      code: undefined,
      proves,
    };
    const draft = new Draft();
    reportShelf.put(draft, id, made);
    await draft.commit(member.store);
    session.wake(REPORTS);
    return viewOf(made);
  }

  /** The letter of the entry at an index. Cost: O(letters kept of the conversation). */
  async #letter(row: ConversationRow, index: number): Promise<FoundLetter | undefined> {
    for (const { device } of await chainsOf(this.#joined.member.store, row)) {
      for (let from: Uint8Array | undefined; ;) {
        const prefix = concatBytes(row.id, device);
        const query = { prefix, limit: PAGE, ...(from === undefined ? {} : { from }) };
        const rows = await letterShelf.range(this.#joined.member.store, query);
        const found = rows.find(({ value }) => value.index === index);
        if (found !== undefined) return { device, kept: found.value };
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) break;
        from = concatBytes(last.key.subarray(prefix.byteLength), Uint8Array.of(0));
      }
    }
    return undefined;
  }

  async #bytes(
    row: ConversationRow,
    sender: Uint8Array,
    { device, kept }: FoundLetter,
  ): Promise<{ readonly report: Uint8Array; readonly proves: boolean }> {
    const { store, contacts } = this.#joined.member;
    const { signed, letter, index } = kept;
    const context = signed && (await epochContextShelf.get(store, concatKey(row.id, signed.epoch)))?.context;
    const ops = (await contacts.get(sender))?.state.ops.map(({ bytes }) => bytes) ?? [];
    const base = { log: row.room?.log ?? new Uint8Array(32), index, sender, device, letter };
    const claim = { ...base, epoch: 0, leaf: 0, signature: NOTHING, context: NOTHING, ops };
    if (signed === undefined || context === undefined) return { report: encodeReport(claim), proves: false };
    const report = encodeReport({ ...base, ...signed, context, ops });
    // A chain that is too long to be told leaves a claim.
    if (report.byteLength > MAX_REPORT_BYTES) return { report: encodeReport({ ...claim, ops: [] }), proves: false };
    return { report, proves: true };
  }
}

function viewOf({ message, atMs, state, code, proves }: ReportRow): ReportView {
  return { message: toBase64Url(message), atMs, state, code, proves };
}
