/*
 * Reader keys (R-8, E-10): for each room a random key by which the home knows that a device still needs the bodies, and by which the
 * device says what it needs no more. The key names nobody.
 */
import { decodeReaderWord, signAck, verifyReaderWord } from "@chapar/evidence";
import { type LogId, readerMessage } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import type { RoomRow } from "../conversation/rows.ts";
import type { Core, Member } from "../core.ts";
import { linkOf } from "../apart/link-of.ts";
import type { StationLink } from "../link/station-link.ts";
import { lastU64 } from "../store/keys.ts";
import { blob, count, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { ask } from "../trust/asking.ts";
import { keptShelf } from "./kept-rows.ts";
import { KEPT_MS } from "./secrets.ts";

const SEED_BYTES = 32;
const NOTHING = new Uint8Array(0);

interface ReaderRow {
  readonly seed: Uint8Array;
  /** the station that it was registered at; another one after a move */
  readonly station: Uint8Array;
  /** the station's word; empty until it gave one */
  readonly word: Uint8Array;
  readonly ackedTo: number;
}

/** `reader`: by log id. */
const readerShelf: Shelf<ReaderRow> = shelf(
  "reader",
  row<ReaderRow>(1, fields<ReaderRow>({ seed: blob, station: blob, word: blob, ackedTo: count })),
);

/** The seeds of all reader keys of this device, with their logs. */
export async function readerSeeds(store: Core["store"]): Promise<readonly { log: Uint8Array; seed: Uint8Array }[]> {
  const rows = await readerShelf.range(store, {});
  return rows.map(({ key, value }) => ({ log: key, seed: value.seed }));
}

/** A reader key and what the station said of it. */
export interface ReaderKey extends ReaderRow {
  readonly publicKey: Uint8Array;
}

/** The reader keys of this device. */
export class Readers {
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  /** The key of a log, when one was registered. */
  async of(log: LogId): Promise<ReaderKey | undefined> {
    const held = await readerShelf.get(this.#member.store, log);
    if (held === undefined) return undefined;
    return { ...held, publicKey: await this.#member.crypto.ed25519.publicKey(held.seed) };
  }

  /**
   * Registers the key of a room that was opened on this link; the key is on disk before it leaves. A station that takes none is
   * read as before.
   *
   * @param from  first index that is needed
   */
  async register(link: StationLink, { log }: RoomRow, from: number): Promise<void> {
    const { random, store, crypto, evidence } = this.#member;
    const { station, nonce } = (await linkOf(link, log)).hello;
    let held = await readerShelf.get(store, log);
    if (held !== undefined && held.word.byteLength > 0 && equalBytes(held.station, station)) return;
    if (held === undefined || !equalBytes(held.station, station)) {
      held = { seed: held?.seed ?? random(SEED_BYTES), station: station.slice(), word: NOTHING, ackedTo: 0 };
      await this.#put(log, held);
    }
    const { seed } = held;
    const reader = await crypto.ed25519.publicKey(seed);
    const signature = await crypto.ed25519.sign(seed, readerMessage(station, nonce, log, from));
    const answer = await ask(link, { type: "log.reader", log, reader, from, signature }, "log.reader");
    const word = answer && decodeReaderWord(answer.word);
    if (answer === undefined || word?.ok !== true) return;
    const { value } = word;
    const isOurs = equalBytes(value.station, station) && equalBytes(value.log, log) && equalBytes(value.reader, reader);
    if (isOurs && (await verifyReaderWord(value, evidence)))
      await this.#put(log, { ...held, word: answer.word.slice() });
  }

  /**
   * Acknowledges what is older than 30 days and was read, and lets go of it here. A room has two people, and what this device has
   * read its writer has too: two devices hold it.
   */
  async acknowledge(link: StationLink, { log }: RoomRow, read: number): Promise<void> {
    const { store, clock, crypto } = this.#member;
    const held = await readerShelf.get(store, log);
    if (held === undefined || held.word.byteLength === 0 || !equalBytes(held.station, link.hello.station)) return;
    const upTo = Math.min(read, await this.#oldTo(log, clock.nowMs() - KEPT_MS));
    if (upTo <= held.ackedTo) return;
    const signer: Signer = {
      publicKey: await crypto.ed25519.publicKey(held.seed),
      sign: async (message) => crypto.ed25519.sign(held.seed, message),
    };
    const ack = await signAck({ station: link.hello.station, log, upTo }, signer);
    const answer = await ask(link, { type: "log.ack", log, ack }, "done");
    if (answer !== undefined) await this.#put(log, { ...held, ackedTo: upTo });
  }

  /** Index after the last kept entry that came before a time. */
  async #oldTo(log: LogId, beforeMs: number): Promise<number> {
    const rows = await keptShelf.range(this.#member.store, { prefix: log, limit: OLD_LOOKED_AT });
    const young = rows.find(({ value }) => value.atMs >= beforeMs);
    if (young !== undefined) return lastU64(young.key);
    const last = rows.at(-1);
    return last === undefined ? 0 : lastU64(last.key) + 1;
  }

  async #put(log: LogId, value: ReaderRow): Promise<void> {
    const draft = new Draft();
    readerShelf.put(draft, log, value);
    await draft.commit(this.#member.store);
  }
}

/** Kept entries looked at for one acknowledgement; more are acknowledged the next time. */
const OLD_LOOKED_AT = 512;
