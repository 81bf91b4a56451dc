/*
 * Being brought into a group (F-65): a knock in the inbox is kept with the inbox's cursor; what it names is fetched, opened and checked,
 * and the group is joined in one transaction that also lets the key package go.
 */
import { isE2eError, type MlsGroup, type Step } from "@chapar/e2e";
import {
  type BlobHash,
  type ConversationId,
  conversationId,
  ID_SIZE_BYTES,
  type IdentityId,
  type StationRef,
} from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { newConversation } from "../conversation/book.ts";
import { Placer } from "../conversation/placer.ts";
import { areMany } from "../conversation/crowd.ts";
import { enqueueName } from "../conversation/queue.ts";
import { decodeRoom, roomLog } from "../conversation/room-descriptor.ts";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { dropGroup, isWaiting, takeHanding } from "../devices/joining.ts";
import { isClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { isListed } from "../profile/vouching.ts";
import { keyPackageShelf } from "../profile/key-packages.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { elsewhere } from "../trust/judging.ts";
import { forgetAsk, hearAnswer } from "./asking-in.ts";
import { type GroupState, includes, NOBODY } from "./group-state.ts";
import { GroupStep, rosterOf } from "./group-step.ts";
import { guestShelf } from "./hearing.ts";
import { hearAsk } from "./letting-in.ts";
import { GROUP_ANSWER_FRAME, GROUP_ASK_FRAME, WEEK_FRAME } from "../sync/knock-frames.ts";
import { learnPeople } from "./people-bundle.ts";
import { decodeGuestKnock, type GuestBundle, joinBundle, openPeople, type SealedPeople } from "./welcome-bundle.ts";

/** Knocks that are kept at a time: an inbox takes entries from anyone. */
const MOST_KEPT = 64;
/** How long the pieces of one are asked for. */
const ASKED_FOR_MS = 7 * 86_400_000;
/** Up to so many people a joiner renews its leaf at once; in a larger group when it first writes (F-67). */
const RENEWED_AT_ONCE = 8;

/** A group that was joined and is not written. */
interface Joined {
  readonly step: Step;
  readonly state: GroupState;
  readonly room: RoomRow;
  readonly id: ConversationId;
  readonly told: SealedPeople;
}

/** Joins groups that others bring this device into. */
export class Arrivals {
  readonly #member: Member;
  readonly #tools: SessionTools;
  readonly #asked: (group: ConversationId) => void;

  /** @param asked  somebody asked to come into a group */
  constructor(member: Member, tools: SessionTools, asked: (group: ConversationId) => void) {
    this.#member = member;
    this.#tools = tools;
    this.#asked = asked;
  }

  /** Takes what was heard. @throws when something could not be had now */
  async run(link: StationLink): Promise<void> {
    const { store, clock } = this.#member;
    let failure: unknown;
    const rows = await guestShelf.range(store, {});
    for (const [at, { key, value }] of rows.entries()) {
      const isOver = at < rows.length - MOST_KEPT || clock.nowMs() - value.atMs > ASKED_FOR_MS;
      try {
        if (!isOver) await this.#take(link, value.frame);
      } catch (error) {
        if (link.isEnded) throw error;
        failure = error;
        continue;
      }
      const draft = new Draft();
      guestShelf.remove(draft, key);
      await draft.commit(store);
    }
    if (failure !== undefined) throw failure;
  }

  async #take(link: StationLink, frame: Uint8Array): Promise<void> {
    if (frame[0] === GROUP_ANSWER_FRAME) return hearAnswer(this.#member, frame);
    if (frame[0] === WEEK_FRAME) return (await import("./week-part.ts")).takeWeekKey(this.#member, this.#tools, frame);
    if (frame[0] === GROUP_ASK_FRAME) {
      const group = await hearAsk(this.#member, frame);
      if (group !== undefined) this.#asked(group);
      return;
    }
    const knock = decodeGuestKnock(frame);
    if (!knock.ok || (await keyPackageShelf.get(this.#member.store, knock.value.ref)) === undefined) return;
    const { ref, hashes, hand, station } = knock.value;
    const pieces = await this.#fetch(link, station, hashes);
    const bundle = pieces && joinBundle(pieces);
    if (bundle?.ok !== true) return;
    const handed = hand.length === 0 ? undefined : await this.#fetch(link, station, hand);
    try {
      await this.#join(ref, bundle.value, handed && concatBytes(...handed));
    } catch (error) {
      // What a stranger can cause is passed over without a trace (F-23).
      if (!isE2eError(error) && !isClientError(error)) throw error;
      this.#member.failed(error);
    }
  }

  /** Pieces; undefined when they are others than were named. @throws while they are not to be had */
  async #fetch(
    link: StationLink,
    station: StationRef,
    hashes: readonly BlobHash[],
  ): Promise<readonly Uint8Array[] | undefined> {
    const { sha256 } = this.#member;
    const pieces: Uint8Array[] = [];
    for (const hash of hashes) {
      const at = elsewhere(link, station);
      const { bytes } = await link.ask({ type: "blob.get", hash, at }, "blob");
      if (!equalBytes(sha256(bytes), hash)) return undefined;
      pieces.push(bytes.slice());
    }
    return pieces;
  }

  /** @param sealed  what another own device hands over */
  async #join(ref: Uint8Array, bundle: GuestBundle, sealed: Uint8Array | undefined): Promise<void> {
    const { mls, device, store } = this.#member;
    const key = await keyPackageShelf.get(store, ref);
    if (key === undefined) return;
    const own = { ref, publicBytes: key.publicBytes, privateBytes: key.privateBytes };
    const step = await mls.join(device, own, bundle.welcome, bundle.tree);
    const described = this.#described(step.group);
    const told = await openPeople(this.#member, step.group, bundle.people);
    if (described === undefined || told === undefined) return;
    const joined = { step, told, ...described };
    const draft = new Draft();
    await learnPeople(this.#member, draft, told.people);
    if (!(await this.#areKnown(step.group, told.by))) return;
    const { book, groups, secrets, clock } = this.#member;
    const written = await book.lane(joined.id).run(async () => {
      const before = book.get(joined.id);
      const isAgain = before !== undefined && (await isWaiting(this.#member, before));
      if (before !== undefined && before.state !== "closed" && !isAgain) return undefined;
      const row = await this.#begun(draft, joined, before, { sealed, isAgain });
      if (isAgain) await dropGroup(this.#member, draft, row.id);
      groups.advance(draft, joined.id, step.group, step.writes);
      await secrets.keep(draft, joined.id, step.group, clock.nowMs());
      forgetAsk(this.#member, draft, joined.id);
      this.#tools.keys.used(draft, ref, key);
      const isMany = areMany(rosterOf(step.group, joined.state).length);
      const named = isMany ? row : enqueueName(this.#member, draft, row);
      book.put(draft, named);
      await draft.commit(store);
      return named;
    });
    if (written !== undefined) this.#tools.joined(written);
  }

  /** The conversation as it begins here: with what an own device hands over, anew, or with the line that says who brought this device in. */
  async #begun(
    draft: Draft,
    joined: Joined,
    before: ConversationRow | undefined,
    { sealed, isAgain }: { readonly sealed: Uint8Array | undefined; readonly isAgain: boolean },
  ): Promise<ConversationRow> {
    const { book, store, events, profile } = this.#member;
    const { step, told, state, id } = joined;
    const people = rosterOf(step.group, state);
    const left = before === undefined ? [] : (book.roster(id)?.leaving ?? []);
    const leaving = left.filter((one) => people.some(({ identity }) => equalBytes(identity, one)));
    const week = { drawn: 0, atMs: this.#member.clock.nowMs(), gone: 0 };
    book.putRoster(draft, id, { people, leaving, week });
    const begun = this.#row(joined, before);
    const of = { row: begun, group: step.group, sealed, logs: this.#tools.logs };
    const handed = await takeHanding(this.#member, draft, of);
    if (isAgain || handed !== begun) return handed;
    const placer = new Placer(begun, draft, store, events);
    const line = { what: "added", people: [profile.row.identity], text: "" } as const;
    new GroupStep(this.#member, draft, placer).line(told.by, line);
    return placer.row;
  }

  /** The group as its context describes it; undefined when it is none that this device can be in. */
  #described(group: MlsGroup): Pick<Joined, "id" | "state" | "room"> | undefined {
    if (group.groupId.byteLength !== ID_SIZE_BYTES.conversation) return undefined;
    const id = conversationId(group.groupId.slice());
    const room = decodeRoom(group.context);
    if (!room.ok || room.value.group === undefined) return undefined;
    const log = roomLog(room.value, id, this.#member.sha256);
    return { id, state: room.value.group, room: { log, hub: room.value.hub } };
  }

  /** Whether every leaf is a device of a chain that was shown, live or not out of the tree yet, and who brings us in is among them. */
  async #areKnown(group: MlsGroup, by: IdentityId): Promise<boolean> {
    const { contacts, device } = this.#member;
    const own = device.credential;
    const people = group.members().map(({ credential }) => credential);
    for (const credential of people) {
      const isOwn = equalBytes(credential.identity, own.identity) && equalBytes(credential.device, own.device);
      if (!isOwn && !(await isListed(contacts, credential))) return false;
    }
    return includes(
      people.map(({ identity }) => identity),
      by,
    );
  }

  /** A new conversation, or the one that this device was taken out of: its lines stay. */
  #row({ id, step, state, room, told }: Joined, before: ConversationRow | undefined): ConversationRow {
    const isSmall = step.group.members().length <= RENEWED_AT_ONCE;
    const joined = {
      kind: "group",
      // The own person, where another device of theirs brings this one in.
      peer: equalBytes(told.by, this.#member.profile.row.identity) ? NOBODY : told.by,
      peerName: "",
      peerHome: undefined,
      state: "open",
      atMs: this.#member.clock.nowMs(),
      room,
      joinedEpoch: step.group.epoch,
      renew: isSmall,
      renewLater: !isSmall,
      title: state.title,
      begun: false,
    } as const;
    if (before === undefined) return newConversation(id, joined);
    const line = { refused: new Uint8Array(0), shutOut: false, returns: before.returns + 1 };
    return {
      ...before,
      ...joined,
      ...line,
      fault: undefined,
      stopped: false,
      leaving: false,
      nameTold: 0,
      mirrored: false,
    };
  }
}
