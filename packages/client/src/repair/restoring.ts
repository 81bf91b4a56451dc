/*
 * What members give back, in the place where it belongs: entries by the leaf hashes of holes, letters by their sender's
 * chain.
 */
import { equalBytes, toHex } from "@chapar/wire/bytes";
import { decodeLetter, letterHash } from "@chapar/wire/content";
import { Intake } from "../conversation/intake.ts";
import { Placer } from "../conversation/placer.ts";
import { chainsOf } from "../conversation/chain-rows.ts";
import { type ConversationRow, type RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import type { RepairLetters, RepairPage } from "./codec.ts";
import { holeShelf, keptShelf, letterKey } from "./kept-rows.ts";

const NOTHING = new Uint8Array(0);
/** Letters before one that may be missing and are still awaited one by one (F-24). */
const AWAITED = 64;
/** Times that those in between are asked for. */
const ASKED_FOR = 8;

/** What came of letters that a member gave. */
export interface GivenBack {
  readonly count: number;
  readonly isEarly: boolean;
}
const NONE: GivenBack = { count: 0, isEarly: false };

/** A letter that was given, with its place in its sender's chain. */
interface Given {
  readonly index: number;
  readonly letter: Uint8Array;
  readonly sequence: number;
  readonly previous: Uint8Array;
}

/** Puts back what was missing. */
export class Restoring {
  readonly #member: Member;
  /** times that letters came too early, by the one that was to come */
  readonly #early = new Map<string, number>();

  constructor(member: Member) {
    this.#member = member;
  }

  /** Entries that fill holes by their hashes are kept for others. @returns how many */
  async entries(room: RoomRow, page: RepairPage): Promise<number> {
    const { store, hasher, clock } = this.#member;
    const draft = new Draft();
    let filled = 0;
    for (const [at, entry] of page.entries.entries()) {
      const key = concatKey(room.log, page.first + at);
      const hole = await holeShelf.get(store, key);
      if (hole === undefined || !equalBytes(hole.leafHash, hasher.leaf(entry))) continue;
      keptShelf.put(draft, key, { entry, head: NOTHING, atMs: clock.nowMs() });
      filled += 1;
    }
    await draft.commit(store);
    return filled;
  }

  /**
   * Letters of one device. One is believed when it hashes to what the letter after it told, whoever gives it; and, `isCurrent`,
   * when it came under the secret of the epoch that this device is in and is of the other of two people: nobody else has that secret. Of many, each
   * could write what another never did.
   *
   * @returns how many came back; `isEarly` when some came so long before those that they follow that these were asked for instead
   */
  async letters(was: ConversationRow, given: RepairLetters, isCurrent: boolean): Promise<GivenBack> {
    const { book, store, events } = this.#member;
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      if (row?.room === undefined || row.state === "closed") return NONE;
      const draft = new Draft();
      const placer = new Placer(row, draft, store, events);
      const intake = new Intake(this.#member, draft, placer, row.room);
      const devices = isCurrent ? await this.#devicesOf(row) : [];
      const isPeer = devices.some((device) => equalBytes(device, given.device));
      const sender = await this.#senderOf(row, given.device);
      if (sender === undefined) return NONE;
      let [count, isEarly] = [0, false];
      for (const { letter, index, sequence } of isPeer ? sorted(given) : await this.#proven(intake, given)) {
        isEarly = await this.#isEarly(placer.row, given.device, sequence);
        if (isEarly) break;
        const taken = await intake.take(letter, { sender, device: given.device, index, isRestored: true });
        if (taken.kind === "taken") count += 1;
      }
      if (count > 0) {
        book.put(draft, placer.row);
        await draft.commit(store);
      }
      return { count, isEarly };
    });
  }

  /** Of more than so many that are missing some would be given up: they are asked for, until it turns out that nobody has them. */
  async #isEarly(row: ConversationRow, device: Uint8Array, sequence: number): Promise<boolean> {
    const { id } = row;
    const next =
      (await chainsOf(this.#member.store, row)).find((chain) => equalBytes(chain.device, device))?.nextSequence ?? 0;
    if (sequence - next <= AWAITED) return false;
    const name = toHex(letterKey(id, device, next));
    const times = (this.#early.get(name) ?? 0) + 1;
    this.#early.set(name, times);
    return times <= ASKED_FOR;
  }

  /** Letters that hash to what was told of them, from the newest back. */
  async #proven(intake: Intake, given: RepairLetters): Promise<readonly Given[]> {
    const proven: Given[] = [];
    let told: { readonly sequence: number; readonly hash: Uint8Array } | undefined;
    for (const one of sorted(given).toReversed()) {
      const { sequence, letter, previous } = one;
      const awaited = await intake.awaited(given.device, sequence);
      if (awaited === undefined) continue;
      const hash = told?.sequence === sequence ? told.hash : awaited.hash;
      if (!equalBytes(hash, letterHash(letter, this.#member.sha256))) continue;
      proven.push(one);
      told = { sequence: sequence - 1, hash: previous };
    }
    return proven;
  }

  async #devicesOf(row: ConversationRow): Promise<readonly Uint8Array[]> {
    if (row.kind !== "direct") return [];
    const contact = await this.#member.contacts.get(row.peer);
    return contact?.state.devices.map(({ device }) => device) ?? [];
  }

  /** Whose device it is, of the people of the conversation; undefined when it is nobody's. */
  async #senderOf(row: ConversationRow, device: Uint8Array): Promise<Uint8Array | undefined> {
    const { book, contacts } = this.#member;
    const own = this.#member.device.credential;
    if (equalBytes(own.device, device)) return own.identity.slice();
    if (row.kind === "direct") return row.peer.slice();
    const leaf = (await this.#member.groups.load(row.id))
      ?.members()
      .find(({ credential }) => equalBytes(credential.device, device));
    if (leaf !== undefined) return leaf.credential.identity.slice();
    for (const identity of book.others(row)) {
      const known = (await contacts.get(identity))?.state.devices.some((one) => equalBytes(one.device, device));
      if (known === true) return identity.slice();
    }
    return undefined;
  }
}

/** By sequence; what is no letter is left out. */
function sorted({ letters }: RepairLetters): readonly Given[] {
  return letters
    .flatMap(({ index, letter }): readonly Given[] => {
      const decoded = decodeLetter(letter);
      return decoded.ok ? [{ index, letter, sequence: decoded.value.seq, previous: decoded.value.prev }] : [];
    })
    .sort((a, b) => a.sequence - b.sequence);
}
