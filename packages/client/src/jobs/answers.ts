/*
 * What an append's answer changes (flow 3): a receipt is checked and stored; a letter of a past epoch is sealed again once
 * the room was read; a refusal that may pass is tried again; one that will not is shown. All answers that came together
 * are one transaction.
 */
import { decodeReceipt, encodeStatement, FULL_FORM } from "@chapar/log";
import { isWireError, type LogId, WIRE_CODES } from "@chapar/wire";
import { toBase64Url } from "@chapar/wire/bytes";
import { Placer } from "../conversation/placer.ts";
import {
  type ConversationRow,
  isForked,
  messageShelf,
  outboxShelf,
  type OutboxRow,
  owedShelf,
  receiptShelf,
  type RoomRow,
  sentShelf,
  whereShelf,
} from "../conversation/rows.ts";
import { markRefused, placeOwn } from "../conversation/own-lines.ts";
import type { Member } from "../core.ts";
import { isInBranch } from "../island/branch-index.ts";
import { isClientError } from "../errors.ts";
import { concatKey, lastU64, u64Key } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { unsettledShelf } from "../trust/head-watch.ts";
import { keepOwnLetter } from "../repair/own-letters.ts";
import { checkReceipt } from "./check-receipt.ts";
import type { Leaving } from "./sealing.ts";

/** An entry and what came back for it. */
export interface Answered extends Leaving {
  /** to which it was appended */
  readonly log: LogId;
  readonly receipt: Uint8Array | undefined;
  readonly error: unknown;
}

/** What the outbox does after a set of answers. */
export interface Outcome {
  /** the room has moved on from this epoch: wait until it is read */
  readonly staleEpoch: number | undefined;
  /** the home wants to be shown the write key again */
  readonly reopen: boolean;
  /** ms to wait before the next try; undefined for none */
  readonly waitMs: number | undefined;
}

/** Messages by the leaf of their entry, in base64url. */
type PlacedIds = ReadonlyMap<string, Uint8Array>;

/** What a set of answers is taken into. */
interface Taking {
  readonly draft: Draft;
  readonly placer: Placer;
  readonly room: RoomRow;
  readonly placedIds: () => Promise<PlacedIds>;
}

/** Sequence of an entry that was placed without its receipt: no outbox row has it. */
export const OWED: number = Number.MAX_SAFE_INTEGER;

/** Refusals that mean that our capability is not in force at this moment. */
const CAPABILITY: readonly string[] = ["station/not-allowed", "station/unknown-log", "station/bad-signature"];
/** How often a capability is shown again for one letter before its refusal counts. */
const CAPABILITY_TRIES = 5;
const WAIT_MS = 2_000;

/** Letters with receipts that are placed in one transaction. */
const PLACED_AT_ONCE = 256;

/** Applies answers to one conversation. */
export class Answers {
  readonly #member: Member;
  readonly #tries = new Map<string, number>();

  constructor(member: Member) {
    this.#member = member;
  }

  /** Runs in the conversation's lane. */
  async take(was: ConversationRow, room: RoomRow, answers: readonly Answered[]): Promise<Outcome> {
    const draft = new Draft();
    const placer = new Placer(was, draft, this.#member.store, this.#member.events);
    // Read once for all answers: behind a burst there are many of both.
    let placed: Promise<PlacedIds> | undefined;
    const placedIds = (): Promise<PlacedIds> => (placed ??= this.#placedIds(was));
    let outcome: Outcome = { staleEpoch: undefined, reopen: false, waitMs: undefined };
    for (const answer of answers) {
      const next =
        answer.receipt === undefined
          ? await this.#refused(draft, placer, answer)
          : await this.#accepted({ draft, placer, room, placedIds }, answer, answer.receipt);
      outcome = {
        staleEpoch: next.staleEpoch ?? outcome.staleEpoch,
        reopen: outcome.reopen || next.reopen === true,
        waitMs: next.waitMs === undefined ? outcome.waitMs : Math.max(next.waitMs, outcome.waitMs ?? 0),
      };
    }
    if (placer.row !== was) this.#member.book.put(draft, placer.row);
    await draft.commit(this.#member.store);
    return outcome;
  }

  async #accepted(
    { draft, placer, room, placedIds }: Taking,
    answer: Answered,
    bytes: Uint8Array,
  ): Promise<Partial<Outcome>> {
    const { store } = this.#member;
    const of = { station: room.hub.key, log: room.log, entry: answer.entry };
    try {
      const receipt = await checkReceipt(this.#member, bytes, of);
      const key = concatKey(placer.row.id, answer.sequence);
      const out = answer.sequence === OWED ? undefined : await outboxShelf.get(store, key);
      const id = out?.id ?? (await placedIds()).get(this.#leafName(answer.entry));
      if (id === undefined) return {};
      const encoded = encodeStatement(receipt, FULL_FORM);
      if (out !== undefined) keepOwnLetter(this.#member, draft, placer.row.id, out, receipt.index);
      receiptShelf.put(draft, id, { conversation: placer.row.id, receipt: encoded });
      // Until an epoch was held against it.
      unsettledShelf.put(draft, concatKey(room.log, receipt.index), { claim: encoded });
      // A log that is not read any more does not show where it stands: it takes its place with its receipt.
      if (out !== undefined && isForked(placer.row))
        await this.#placed(draft, placer, { sequence: answer.sequence, out }, receipt.index);
      else if (out !== undefined) outboxShelf.put(draft, key, { ...out, receipted: true });
      else await this.#acknowledge(draft, placer, { id, isOwed: true }, receipt.index);
      // The line of a letter that was sealed anew for its log stands already.
      if (out?.visible === false) await this.#acknowledge(draft, placer, { id, isOwed: false }, receipt.index);
      // Profile messages have no line; apps know nothing of them.
      if (out?.visible !== false) this.#tell(draft, placer.row, id);
      const wasDoubted = placer.row.fault === "client/wrong-receipt" && !placer.row.stopped;
      if (wasDoubted) placer.row = { ...placer.row, state: "open", fault: undefined };
      return {};
    } catch (error) {
      if (!isClientError(error, "client/wrong-receipt")) throw error;
      // F-20: shown, and asked again; the entry may be in the log or not, and only a receipt or the log says so.
      placer.row = { ...placer.row, state: "fault", fault: error.code };
      return { waitMs: WAIT_MS };
    }
  }

  /**
   * Places letters whose receipts came while the log was still read: it is not any more, and will not show where they stand
   * . Runs in the conversation's lane, some at a time.
   */
  async placeReceipted(was: ConversationRow): Promise<void> {
    let row = was;
    for (let from: number | undefined = 0; from !== undefined;) {
      const query = { prefix: row.id, from: u64Key(from), limit: PLACED_AT_ONCE };
      const rows = await outboxShelf.range(this.#member.store, query);
      row = await this.#placeAll(
        row,
        rows.filter(({ value }) => value.receipted),
      );
      const last = rows.at(-1);
      from = last === undefined ? undefined : lastU64(last.key) + 1;
    }
  }

  async #placeAll(was: ConversationRow, rows: Awaited<ReturnType<typeof outboxShelf.range>>): Promise<ConversationRow> {
    const { store, book, events } = this.#member;
    const draft = new Draft();
    const placer = new Placer(was, draft, store, events);
    for (const { key, value: out } of rows) {
      const held = await receiptShelf.get(store, out.id);
      const receipt = held && decodeReceipt(held.receipt);
      if (receipt?.ok === true) await this.#placed(draft, placer, { sequence: lastU64(key), out }, receipt.value.index);
    }
    if (placer.row !== was) book.put(draft, placer.row);
    if (rows.length > 0) await draft.commit(store);
    return placer.row;
  }

  async #placed(
    draft: Draft,
    placer: Placer,
    { sequence, out }: { readonly sequence: number; readonly out: OutboxRow },
    index: number,
  ): Promise<void> {
    const own = { sequence, out: { ...out, receipted: true } };
    await placeOwn(this.#member, draft, placer, own, { index, state: "at-station" });
  }

  /** Messages whose entries were placed before their receipts came. Cost: linear in how many wait for theirs */
  async #placedIds(row: ConversationRow): Promise<PlacedIds> {
    const rows = await owedShelf.range(this.#member.store, { prefix: row.id });
    return new Map(rows.map(({ value }) => [this.#leafName(value.entry), value.id]));
  }

  #leafName(entry: Uint8Array): string {
    return toBase64Url(this.#member.hasher.leaf(entry));
  }

  async #acknowledge(
    draft: Draft,
    placer: Placer,
    { id, isOwed }: { readonly id: Uint8Array; readonly isOwed: boolean },
    index: number,
  ): Promise<void> {
    const { store } = this.#member;
    const where = await whereShelf.get(store, id);
    if (where?.placed !== true) return;
    const key = concatKey(placer.row.id, where.at);
    const line = await messageShelf.get(store, key);
    if (line === undefined || isInBranch(line.index) || line.index === index) {
      owedShelf.remove(draft, key);
      if (line !== undefined) messageShelf.put(draft, key, { ...line, index, state: "at-station" });
    } else if (isOwed) placer.row = { ...placer.row, state: "fault", fault: "client/wrong-receipt", stopped: true };
  }

  async #refused(draft: Draft, placer: Placer, { sequence, entry, error }: Answered): Promise<Partial<Outcome>> {
    if (!isWireError(error) || error.code === "wire/link-ended") {
      // No answer is no refusal: the same bytes leave over the next link.
      return isWireError(error) ? {} : { waitMs: WAIT_MS };
    }
    const { store, hasher } = this.#member;
    // It stands in the log, so no refusal is about the entry itself; or in a branch that is over when the room is read (J-6).
    if (sequence === OWED) return { reopen: true, waitMs: WAIT_MS };
    const key = concatKey(placer.row.id, sequence);
    const out = await outboxShelf.get(store, key);
    // Placed meanwhile: it is in the log whatever this answer says.
    if (out === undefined || out.receipted) return {};
    const unsealed: OutboxRow = { ...out, sealed: undefined };
    if (error.code === "station/stale-epoch" || error.code === "station/lost-race") {
      // W-32: a refusal for its epoch means that it was never taken; nothing of it can come back.
      sentShelf.remove(draft, hasher.leaf(entry));
      outboxShelf.put(draft, key, unsealed);
      if (out.visible) this.#tell(draft, placer.row, out.id);
      return { staleEpoch: out.sealed?.epoch };
    }
    const reopen = CAPABILITY.includes(error.code) && this.#mayTry(out.id);
    if (reopen || WIRE_CODES[error.code].retry) {
      // Later letters may have been taken already, and readers keep no keys of what was skipped: it is sealed anew.
      outboxShelf.put(draft, key, unsealed);
      if (out.visible) this.#tell(draft, placer.row, out.id);
      // Through a hub that is out of reach nothing leaves: the home is asked again before the next letter does.
      return {
        reopen: reopen || error.code === "station/peer-unreachable",
        waitMs: error.code === "station/rate-limited" ? (error.detail ?? WAIT_MS) : WAIT_MS,
      };
    }
    outboxShelf.remove(draft, key);
    if (!out.visible) {
      await markRefused(this.#member, draft, placer.row, out);
      return {};
    }
    placer.refused(out, this.#member.device.credential.identity, error.code);
    this.#tell(draft, placer.row, out.id);
    return {};
  }

  #mayTry(id: Uint8Array): boolean {
    const name = toBase64Url(id);
    const tries = (this.#tries.get(name) ?? 0) + 1;
    this.#tries.set(name, tries);
    if (tries < CAPABILITY_TRIES) return true;
    this.#tries.delete(name);
    return false;
  }

  #tell(draft: Draft, row: ConversationRow, id: Uint8Array): void {
    draft.after(() => this.#member.events.changed(row.id, id));
  }
}
