/*
 * Doing wishes (F-67): each becomes one commit, pending on disk before it leaves (F-4), that stands where the log has it. Whoever loses the
 * race for an epoch reads the winner first, waits (jobs/pace.ts) and makes the wish anew from the new state; when there is nothing left of it, it is done.
 */
import { isE2eError, type MlsGroup } from "@chapar/e2e";
import { idText, isWireError } from "@chapar/wire";
import { commitEntry } from "../conversation/commit-entry.ts";
import { type ConversationRow, type RoomRow, sentShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { handingShelf } from "../devices/handing-row.ts";
import { DEVICES_PART } from "../devices/part-name.ts";
import { checkReceipt } from "../jobs/check-receipt.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { concatKey, lastU64 } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { introductions } from "./introduction.ts";
import { distinct } from "./identities.ts";
import { tellPeople } from "./people-bundle.ts";
import { plan, type Planned } from "./planning.ts";
import {
  comeOf,
  forgetAskers,
  handedOver,
  handOver,
  isOutdated,
  keysOfDevices,
  prepareHanding,
  tendedOf,
} from "./tending.ts";
import { cutBundle, sealPeople } from "./welcome-bundle.ts";
import { knockAt, putPieces } from "./welcoming.ts";
import { addedAtOnce } from "./size.ts";
import { takePackages } from "./taking.ts";
import { keyIsCommitted, keyToCommit } from "./week-brought.ts";
import { newWish, queueWish, type WantedPerson, type WishRow, wishShelf } from "./wish-row.ts";

const NOTHING = new Uint8Array(0);

/** A wish and its place in the queue. */
interface Queued {
  readonly sequence: number;
  readonly wish: WishRow;
}

/** What a step leaves to do: go on at once, or when the room has been read further. */
type Next = "go-on" | "wait";

/** The epoch that a commit of this device is to end, by conversation: until it is decided nothing is sealed. */
export type Committing = Map<string, number>;

/** What wishes are done with. */
export interface WishesOf {
  readonly committing: Committing;
  /** there is something to do in a group */
  readonly asked: (id: ConversationRow["id"]) => void;
}

/** Does what people want of groups. */
export class Wishes {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #committing: Committing;
  readonly #asked: WishesOf["asked"];

  constructor(member: Member, tools: SessionTools, { committing, asked }: WishesOf) {
    this.#member = member;
    this.#tools = tools;
    this.#committing = committing;
    this.#asked = asked;
  }

  /** The room was read further: whether a commit of ours stands or was overtaken is known. */
  async moved(row: ConversationRow): Promise<void> {
    const name = idText(row.id);
    const epoch = this.#committing.get(name);
    if (epoch === undefined) return;
    const group = await this.#member.groups.load(row.id);
    if (group === undefined || group.epoch > epoch) this.#release(row);
  }

  #release(row: ConversationRow): void {
    this.#committing.delete(idText(row.id));
    this.#tools.kick(row);
  }

  /** Does what can be done now. @throws what stations refused with, and what did not verify */
  async advance(link: StationLink, was: ConversationRow): Promise<void> {
    const { book, store } = this.#member;
    let unwelcomed: unknown;
    for (;;) {
      const all = unwelcomed === undefined;
      const rows = await wishShelf.range(store, { prefix: was.id, ...(all ? { limit: 1 } : {}) });
      const first = rows.find(({ value }) => all || value.stage !== "welcome");
      const row = book.get(was.id);
      if (first === undefined && unwelcomed !== undefined) throw unwelcomed;
      if (first === undefined || row?.room === undefined) return;
      const queued = { sequence: lastU64(first.key), wish: first.value };
      try {
        if (row.state === "closed" || row.stopped) await this.#drop(row, queued);
        else if ((await this.#step(link, row, row.room, queued)) === "wait") return;
      } catch (error) {
        if (link.isEnded || queued.wish.stage !== "welcome") throw error;
        // Who could not be told now keeps nobody waiting who wants something else (F-111).
        unwelcomed = error;
      }
    }
  }

  async #step(link: StationLink, row: ConversationRow, room: RoomRow, queued: Queued): Promise<Next> {
    if (queued.wish.stage === "commit") return this.#commit(link, row, room, queued);
    if (queued.wish.stage === "welcome") return this.#welcome(link, row, queued);
    if (!this.#tools.pace.isReady(row.id, "wish", () => this.#asked(row.id))) return "wait";
    const ready = await this.#take(link, row, queued);
    return ready === undefined ? "go-on" : this.#make(row, ready);
  }

  async #put(row: ConversationRow, { sequence, wish }: Queued): Promise<void> {
    const draft = new Draft();
    wishShelf.put(draft, concatKey(row.id, sequence), wish);
    await draft.commit(this.#member.store);
  }

  async #drop(row: ConversationRow, { sequence }: Queued): Promise<void> {
    const draft = new Draft();
    wishShelf.remove(draft, concatKey(row.id, sequence));
    draft.after(() => this.#member.events.emit({ type: "conversation", conversation: idText(row.id) }));
    await draft.commit(this.#member.store);
  }

  /** Takes the keys of those who are to be added and who are not yet. @returns undefined when the wish is another one now */
  async #take(link: StationLink, row: ConversationRow, queued: Queued): Promise<Queued | undefined> {
    const { wish } = queued;
    if (wish.wanted === "devices") return this.#devices(link, row, queued);
    if (wish.wanted !== "add" && wish.wanted !== "use") return queued;
    const isTaken = ({ identity }: WantedPerson): boolean =>
      wish.packages.some((one) => idText(one.identity) === idText(identity));
    const wanted = wish.people.filter((one) => !isTaken(one));
    const group = await this.#member.groups.load(row.id);
    if (wanted.length === 0 || group === undefined) return queued;
    const packages = [...wish.packages];
    const missing: WantedPerson[] = [];
    const most = addedAtOnce(group.suite, group.members().length);
    let failure: unknown;
    for (const person of wanted) {
      // What one commit does not hold is the next one's (F-111).
      if (packages.length >= most) {
        missing.push(person);
        continue;
      }
      try {
        packages.push(
          ...(await takePackages(this.#member, link, { ...person, suite: group.suite }, this.#tools.whole)),
        );
      } catch (error) {
        if (link.isEnded) throw error;
        // The home lets nobody be taken now: what was taken is kept, and the commit waits until it is full (F-111).
        if (isWireError(error, "station/rate-limited") && packages.length > wish.packages.length) {
          await this.#put(row, { ...queued, wish: { ...wish, packages } });
          throw error;
        }
        failure = error;
        missing.push(person);
      }
    }
    if (packages.length === 0 && wish.wanted === "use") {
      // A stranger may name a station that nobody reaches: their request stays, and is looked at with the next link.
      this.#member.failed(failure);
      await this.#drop(row, queued);
      return undefined;
    }
    if (packages.length === 0) throw failure;
    // Who cannot be reached keeps nobody else waiting.
    const reached = wish.people.filter((one) => !missing.includes(one));
    const ready = { ...queued, wish: { ...wish, people: reached, packages } };
    const draft = new Draft();
    wishShelf.put(draft, concatKey(row.id, queued.sequence), ready.wish);
    if (missing.length > 0) {
      const left = newWish(wish.wanted, { people: missing, link: wish.link });
      await queueWish(this.#member.store, draft, row.id, left);
    }
    await draft.commit(this.#member.store);
    return ready;
  }

  /** Takes the keys of devices that are to come in; with none there may be some to go. */
  async #devices(link: StationLink, row: ConversationRow, queued: Queued): Promise<Queued> {
    const { wish } = queued;
    const [person] = wish.people;
    if (person === undefined || wish.packages.length > 0) return queued;
    const packages = await keysOfDevices(this.#member, link, row, person);
    const ready = { ...queued, wish: { ...wish, packages } };
    if (packages.length > 0) await this.#put(row, ready);
    return ready;
  }

  /** Makes the commit; it is on disk, with all that goes with it, before a byte leaves. */
  async #make(was: ConversationRow, queued: Queued): Promise<Next> {
    const { book, groups, profile, clock } = this.#member;
    return book.lane(was.id).run(async () => {
      const row = book.get(was.id);
      const group = await groups.load(was.id);
      if (row === undefined || group === undefined) return "wait";
      // A renewal is under way: it is decided first, and the room's moving brings us here again.
      if ((await groups.pending(row.id)) !== undefined) return "wait";
      if (await isOutdated(this.#member, row, queued.wish)) {
        await this.#put(row, { ...queued, wish: { ...queued.wish, packages: [] } });
        return "go-on";
      }
      const left = book.roster(row.id)?.leaving ?? [];
      const tended = await tendedOf(this.#member, row, queued.wish);
      const week = await keyToCommit(this.#member, row, group, queued.wish);
      const planned = plan(group, queued.wish, profile.row.identity, { left, nowMs: clock.nowMs(), tended, week });
      if (planned.kind !== "commit") {
        await forgetAskers(this.#member, row, queued.wish);
        if (planned.kind === "refused") this.#member.failed(new ClientError("client/not-your-role", planned.why));
        await this.#drop(row, queued);
        return "go-on";
      }
      try {
        await this.#prepare(row, group, queued, planned);
        return "go-on";
      } catch (error) {
        groups.forget(row.id);
        if (!isE2eError(error, "e2e/bad-key-package") && !isE2eError(error, "e2e/expired-key-package")) throw error;
        // Taken too long ago: new ones are asked for, and who asked asks again.
        await forgetAskers(this.#member, row, queued.wish);
        await this.#put(row, { ...queued, wish: { ...queued.wish, packages: [] } });
        return "go-on";
      }
    });
  }

  async #prepare(
    row: ConversationRow,
    group: MlsGroup,
    { sequence, wish }: Queued,
    { change, used }: Extract<Planned, { readonly kind: "commit" }>,
  ): Promise<void> {
    const { mls, groups, hasher, store } = this.#member;
    const pending = await mls.commit(group, change);
    const commit = await commitEntry(this.#member, group, pending);
    const come = distinct(used.map(({ identity }) => identity));
    // Whose devices go is told as well: every reader knows of the revocation before the commit (F-101).
    const told = wish.wanted === "devices" ? wish.people.map(({ identity }) => identity) : come;
    const introduced = await introductions(this.#member, group, await tellPeople(this.#member, told));
    const draft = new Draft();
    groups.advance(draft, row.id, group, pending.writes);
    sentShelf.put(draft, hasher.leaf(commit), { conversation: row.id, what: "commit", sequence: 0 });
    const pieces =
      pending.welcome === undefined ? [] : await this.#pieces(draft, pending.next, pending.welcome, pending.tree);
    const next: WishRow = {
      ...wish,
      stage: "commit",
      epoch: group.epoch,
      introductions: introduced,
      commit,
      pieces,
      welcomes: used.map(({ inbox, station, ref }) => ({ inbox, station, ref, delivered: false })),
    };
    wishShelf.put(draft, concatKey(row.id, sequence), next);
    if (change.psk !== undefined) await keyIsCommitted(this.#member, draft, row, group);
    if (wish.wanted === "devices")
      await prepareHanding(this.#member, draft, this.#tools.logs, { row, pending, people: come });
    await draft.commit(store);
    this.#committing.set(idText(row.id), group.epoch);
  }

  /** What joiners fetch, in pieces that rest here until they are at the station. @returns the pieces' hashes */
  async #pieces(
    draft: Draft,
    next: MlsGroup,
    welcome: Uint8Array,
    tree: Uint8Array = NOTHING,
  ): Promise<readonly Uint8Array[]> {
    const { profile, sha256 } = this.#member;
    const everyone = distinct(next.members().map(({ credential }) => credential.identity));
    const told = { by: profile.row.identity, people: await tellPeople(this.#member, everyone) };
    const people = await sealPeople(this.#member, next, told);
    return cutBundle({ welcome, tree, people }).map((piece) => {
      const hash = sha256(piece);
      draft.put("blob", hash, piece);
      return hash;
    });
  }

  /** Hands the commit over. The answer says whether it stands: a receipt is given for the first of the same bytes only (W-32). */
  async #commit(link: StationLink, was: ConversationRow, room: RoomRow, queued: Queued): Promise<Next> {
    const { book, groups } = this.#member;
    const { wish } = queued;
    this.#committing.set(idText(was.id), wish.epoch);
    try {
      const group = await book.lane(was.id).run(async () => groups.load(was.id));
      if (group === undefined) return "wait";
      await this.#tools.access.openWrite(link, was, room, group);
      const entries = [...wish.introductions, wish.commit];
      const answers = entries.map((entry) => link.ask({ type: "log.append", log: room.log, entry }, "receipt"));
      const settled = await Promise.allSettled(answers);
      const last = settled.at(-1);
      if (last?.status !== "fulfilled") throw last?.reason;
      const of = { station: room.hub.key, log: room.log, entry: wish.commit };
      await checkReceipt(this.#member, last.value.receipt, of);
    } catch (error) {
      const isLost = isWireError(error, "station/lost-race") || isWireError(error, "station/stale-epoch");
      if (!isLost) throw error;
      return this.#lost(was, queued);
    }
    this.#tools.pace.won(was.id);
    await this.#stands(was, queued);
    return "go-on";
  }

  async #stands(was: ConversationRow, { sequence, wish }: Queued): Promise<void> {
    const draft = new Draft();
    const key = concatKey(was.id, sequence);
    const packages = comeOf(this.#member, draft, was, wish);
    if (wish.welcomes.length === 0) wishShelf.remove(draft, key);
    else
      wishShelf.put(draft, key, {
        ...wish,
        stage: "welcome",
        introductions: [],
        commit: NOTHING,
        packages,
      });
    draft.after(() => this.#member.events.emit({ type: "conversation", conversation: idText(was.id) }));
    await draft.commit(this.#member.store);
    const row = this.#member.book.get(was.id);
    if (row !== undefined) await this.moved(row);
  }

  /** Another commit was first. What comes of ours is known where that one is read: it may be refused, and ours leaves once more (F-72). */
  async #lost(was: ConversationRow, { sequence, wish }: Queued): Promise<Next> {
    const { store, book, groups } = this.#member;
    const group = await groups.load(was.id);
    if (group === undefined || group.epoch <= wish.epoch) return "wait";
    const draft = new Draft();
    for (const hash of wish.pieces) draft.remove("blob", hash);
    if (wish.wanted === "devices") handingShelf.remove(draft, was.id);
    const again = { introductions: [], commit: NOTHING, pieces: [], welcomes: [] };
    wishShelf.put(draft, concatKey(was.id, sequence), { ...wish, stage: "wish", ...again });
    await draft.commit(store);
    this.#tools.pace.lost(was.id);
    this.#release(book.get(was.id) ?? was);
    return "go-on";
  }

  /** Tells joiners where what they need rests. Whoever cannot be reached is tried again behind all other wishes. */
  async #welcome(link: StationLink, row: ConversationRow, queued: Queued): Promise<Next> {
    const isOfDevices = queued.wish.wanted === "devices";
    const hand = isOfDevices ? await handOver(this.#member, link, row) : [];
    if (hand === undefined) return "wait";
    await putPieces(this.#member, link, queued.wish.pieces);
    let { wish } = queued;
    let failure: unknown;
    for (const to of queued.wish.welcomes) {
      if (to.delivered) continue;
      try {
        await knockAt(this.#member, link, { wish, to, hand });
      } catch (error) {
        if (link.isEnded) throw error;
        failure = error;
        if (isWireError(error, "station/rate-limited")) break;
        continue;
      }
      wish = {
        ...wish,
        welcomes: wish.welcomes.map((one) => (one.ref === to.ref ? { ...one, delivered: true } : one)),
      };
      await this.#put(row, { ...queued, wish });
    }
    if (failure === undefined) {
      await this.#forget(row, queued);
      return "go-on";
    }
    await this.#rotate(row, { ...queued, wish });
    throw failure;
  }

  async #forget(row: ConversationRow, { sequence, wish }: Queued): Promise<void> {
    const draft = new Draft();
    wishShelf.remove(draft, concatKey(row.id, sequence));
    for (const hash of wish.pieces) draft.remove("blob", hash);
    if (wish.wanted === "devices") {
      await handedOver(this.#member, draft, row, wish);
      draft.after(() => this.#tools.wake(DEVICES_PART));
    }
    await draft.commit(this.#member.store);
  }

  async #rotate(row: ConversationRow, { sequence, wish }: Queued): Promise<void> {
    const draft = new Draft();
    await queueWish(this.#member.store, draft, row.id, wish);
    wishShelf.remove(draft, concatKey(row.id, sequence));
    await draft.commit(this.#member.store);
  }
}
