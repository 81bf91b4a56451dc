/*
 * What a writer has written leaves for the board (H-8): ciphertext, ratchet and outbox row in one transaction (F-6), one letter after the other. What
 * came too late for its period is sealed anew in the next.
 */
import { sealLetter } from "@chapar/e2e/channels";
import { encodeEntry, grantMessage, isWireError, type LogId, writeMessage } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { encodeLetter, letterHash } from "@chapar/wire/content";
import {
  type ConversationRow,
  outboxShelf,
  type OutboxRow,
  owedShelf,
  type RoomRow,
  sentShelf,
} from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Answers, OWED } from "../jobs/answers.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { concatKey, lastU64 } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { channelShelf } from "./rows.ts";
import { signerHere } from "./signing.ts";

/** Outbox rows looked at once. */
const PAGE = 64;

interface Leaving {
  readonly sequence: number;
  readonly entry: Uint8Array;
  readonly period: number;
  readonly writeSeed: Uint8Array;
  readonly room: RoomRow;
}

/** Sends letters of channels. */
export class Publishing {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #answers: Answers;
  /** periods that ended while a letter was under way, by channel: the board is read first */
  readonly #stale = new Map<string, number>();

  constructor(member: Member, tools: SessionTools) {
    this.#member = member;
    this.#tools = tools;
    this.#answers = new Answers(member);
  }

  /** Whether nothing waits that could leave. */
  async isEmpty(row: ConversationRow): Promise<boolean> {
    if (row.state !== "open" || row.stopped) return true;
    const { store } = this.#member;
    const rows = await outboxShelf.range(store, { prefix: row.id, limit: PAGE });
    const owed = await owedShelf.range(store, { prefix: row.id, limit: 1 });
    return owed.length === 0 && !rows.some(({ value }) => value.blobs.length === 0);
  }

  /** Lets everything leave that can. @throws what could not be had now */
  async run(link: StationLink, id: ConversationRow["id"]): Promise<void> {
    for (;;) {
      const leaving = await this.#member.book.lane(id).run(async () => this.#next(id));
      if (leaving === undefined) return;
      let receipt: Uint8Array | undefined;
      let error: unknown;
      try {
        await openBoard(this.#member, this.#tools, link, leaving);
        const { log } = leaving.room;
        const answer = await link.ask({ type: "log.append", log, entry: leaving.entry }, "receipt");
        receipt = answer.receipt.slice();
      } catch (caught) {
        if (link.isEnded) throw caught;
        error = caught;
      }
      if (isWireError(error, "station/stale-epoch")) this.#stale.set(leaving.room.log.join(), leaving.period);
      const outcome = await this.#take(id, leaving, receipt, error);
      if (outcome?.staleEpoch !== undefined) return;
      if (error !== undefined && outcome?.waitMs !== undefined) throw error;
    }
  }

  async #take(
    id: ConversationRow["id"],
    { sequence, entry, room }: Leaving,
    receipt: Uint8Array | undefined,
    error: unknown,
  ) {
    const { book } = this.#member;
    return book.lane(id).run(async () => {
      const row = book.get(id);
      return row && this.#answers.take(row, room, [{ sequence, entry, log: room.log, receipt, error }]);
    });
  }

  async #next(id: ConversationRow["id"]): Promise<Leaving | undefined> {
    const { book, store } = this.#member;
    const row = book.get(id);
    const channel = await channelShelf.get(store, id);
    if (row?.room === undefined || row.stopped || channel?.standing !== "in" || !channel.made) return undefined;
    const { period, writeSeed } = channel;
    const isStale = (this.#stale.get(row.room.log.join()) ?? -1) >= period;
    if (writeSeed.byteLength === 0 || channel.refused.byteLength > 0 || isStale) return undefined;
    const at = { period, writeSeed, room: row.room };
    const rows = await outboxShelf.range(store, { prefix: id, limit: PAGE });
    const found = rows.find(({ value }) => !value.receipted && value.blobs.length === 0);
    if (found === undefined) {
      const [owed] = await owedShelf.range(store, { prefix: id, limit: 1 });
      return owed && { ...at, sequence: OWED, entry: owed.value.entry };
    }
    const sequence = lastU64(found.key);
    const { sealed } = found.value;
    if (sealed?.epoch === period) return { ...at, sequence, entry: sealed.entry };
    const entry = await this.#seal(row, row.room, { sequence, out: found.value });
    return entry && { ...at, sequence, entry };
  }

  async #seal(
    row: ConversationRow,
    room: RoomRow,
    { sequence, out }: { readonly sequence: number; readonly out: OutboxRow },
  ): Promise<Uint8Array | undefined> {
    const { store, crypto, device, sha256, hasher, book, events } = this.#member;
    const channel = await channelShelf.get(store, row.id);
    const own = channel?.chains.find((one) => equalBytes(one.device, device.credential.device));
    // A device that came in this period writes from the next one on.
    if (channel === undefined || own === undefined) return undefined;
    const draft = new Draft();
    const letter = out.letter ?? (await this.#letter(row, room, out));
    const { period, headKey } = channel;
    const signer = signerHere(this.#member);
    const place = { log: room.log, period, headKey };
    const sealed = await sealLetter(crypto, place, own, letter, signer);
    const entry = encodeEntry({ kind: "message", epoch: period, frame: sealed.frame });
    const chains = channel.chains.map((one) => (one === own ? { ...one, ...sealed.chain } : one));
    channelShelf.put(draft, row.id, { ...channel, chains });
    if (out.sealed !== undefined) sentShelf.remove(draft, hasher.leaf(out.sealed.entry));
    outboxShelf.put(draft, concatKey(row.id, sequence), { ...out, letter, sealed: { epoch: period, entry } });
    sentShelf.put(draft, hasher.leaf(entry), { conversation: row.id, what: "message", sequence });
    if (out.letter === undefined) {
      const ownPrevious = letterHash(letter, sha256);
      book.put(draft, { ...row, ownSequence: row.ownSequence + 1, ownPrevious });
    }
    if (out.visible) draft.after(() => events.changed(row.id, out.id));
    await draft.commit(store);
    return entry;
  }

  async #letter(row: ConversationRow, room: RoomRow, out: OutboxRow): Promise<Uint8Array> {
    const { range } = await this.#tools.logs.load(room.log, room.hub.key);
    return encodeLetter({
      conversation: row.id,
      seq: row.ownSequence,
      prev: row.ownPrevious,
      frontier: { size: range.size, root: range.root() },
      content: out.content,
    });
  }
}

/** Shows the write key of a period at the home, which passes entries on to the hub. @throws WireError `station/stale-epoch` and others */
export async function openBoard(
  member: Member,
  { access }: SessionTools,
  link: StationLink,
  of: { readonly room: { readonly log: LogId } & RoomRow; readonly writeSeed: Uint8Array; readonly period: number },
): Promise<void> {
  const { ed25519 } = member.crypto;
  const { room, writeSeed, period: epoch } = of;
  const { log } = room;
  const { station, nonce } = link.hello;
  if (!access.isHub(room)) {
    const signature = await ed25519.sign(writeSeed, grantMessage(station, log, epoch));
    await link.ask({ type: "room.grant", log, write: { epoch, signature } }, "done");
  }
  const signature = await ed25519.sign(writeSeed, writeMessage(station, nonce, log, epoch));
  await link.ask({ type: "log.open", log, read: undefined, write: { epoch, signature } }, "log.state");
}
