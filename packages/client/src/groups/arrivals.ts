/*
 * Being brought into a group (F-65): a knock in the inbox is kept with the inbox's cursor; what it names is fetched, opened and checked,
 * and the group is joined in one transaction that also lets the key package go.
 */
import { isE2eError, type MlsGroup, type Step } from "@chapar/e2e";
import { type ConversationId, conversationId, ID_SIZE_BYTES, type IdentityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { newConversation } from "../conversation/book.ts";
import { Placer } from "../conversation/placer.ts";
import { enqueueName } from "../conversation/queue.ts";
import { decodeRoom, roomLog } from "../conversation/room-descriptor.ts";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { isClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { keyPackageShelf } from "../profile/key-packages.ts";
import type { SessionTools } from "../session/part.ts";
import { u64Key } from "../store/keys.ts";
import { blob, count, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { elsewhere } from "../trust/judging.ts";
import { forgetAsk, hearAnswer } from "./asking-in.ts";
import { type GroupState, includes, NOBODY } from "./group-state.ts";
import { GroupStep, rosterOf } from "./group-step.ts";
import { hearAsk } from "./letting-in.ts";
import { ANSWER_FRAME, ASK_FRAME } from "./link-knock.ts";
import { learnPeople } from "./people-bundle.ts";
import {
  decodeGuestKnock,
  type GuestBundle,
  type GuestKnock,
  GUEST_FRAME,
  joinBundle,
  openPeople,
  type SealedPeople,
} from "./welcome-bundle.ts";

/** First bytes of what is for groups: a welcome, somebody who asks by a link, an answer to that. */
const HEARD: readonly number[] = [GUEST_FRAME, ASK_FRAME, ANSWER_FRAME];
/** Knocks that may come in one millisecond and keep their order. */
const HEARD_A_MS = 4096;
/** Knocks that are kept at a time: an inbox takes entries from anyone. */
const MOST_KEPT = 64;
/** How long the pieces of one are asked for. */
const ASKED_FOR_MS = 7 * 86_400_000;
/** Up to so many people a joiner renews its leaf at once; in a larger group when it first writes (F-67). */
const RENEWED_AT_ONCE = 8;

interface GuestRow {
  readonly frame: Uint8Array;
  readonly atMs: number;
}

/** `guest`: by the order in which they were heard. */
const guestShelf: Shelf<GuestRow> = shelf("guest", row<GuestRow>(1, fields<GuestRow>({ frame: blob, atMs: count })));

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
  #heard = 0;

  /** @param asked  somebody asked to come into a group */
  constructor(member: Member, tools: SessionTools, asked: (group: ConversationId) => void) {
    this.#member = member;
    this.#tools = tools;
    this.#asked = asked;
  }

  /** A knock: kept when it is of this kind. */
  hear(draft: Draft, frame: Uint8Array): boolean {
    if (frame[0] === undefined || !HEARD.includes(frame[0])) return false;
    const atMs = this.#member.clock.nowMs();
    this.#heard = Math.max(this.#heard + 1, atMs * HEARD_A_MS);
    guestShelf.put(draft, u64Key(this.#heard), { frame: frame.slice(), atMs });
    return true;
  }

  async isEmpty(): Promise<boolean> {
    return (await guestShelf.range(this.#member.store, { limit: 1 })).length === 0;
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
    if (frame[0] === ANSWER_FRAME) return hearAnswer(this.#member, frame);
    if (frame[0] === ASK_FRAME) {
      const group = await hearAsk(this.#member, frame);
      if (group !== undefined) this.#asked(group);
      return;
    }
    const knock = decodeGuestKnock(frame);
    if (!knock.ok || (await keyPackageShelf.get(this.#member.store, knock.value.ref)) === undefined) return;
    const bundle = await this.#fetch(link, knock.value);
    if (bundle === undefined) return;
    try {
      await this.#join(knock.value.ref, bundle);
    } catch (error) {
      // What a stranger can cause is passed over without a trace (F-23).
      if (!isE2eError(error) && !isClientError(error)) throw error;
      this.#member.failed(error);
    }
  }

  /** The pieces; undefined when they do not fit together. @throws while they are not to be had */
  async #fetch(link: StationLink, { station, hashes }: GuestKnock): Promise<GuestBundle | undefined> {
    const { sha256 } = this.#member;
    const pieces: Uint8Array[] = [];
    for (const hash of hashes) {
      const at = elsewhere(link, station);
      const { bytes } = await link.ask({ type: "blob.get", hash, at }, "blob");
      if (!equalBytes(sha256(bytes), hash)) return undefined;
      pieces.push(bytes.slice());
    }
    const bundle = joinBundle(pieces);
    return bundle.ok ? bundle.value : undefined;
  }

  async #join(ref: Uint8Array, bundle: GuestBundle): Promise<void> {
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
    const { book, groups, secrets, clock, events } = this.#member;
    const written = await book.lane(joined.id).run(async () => {
      const before = book.get(joined.id);
      if (before !== undefined && before.state !== "closed") return undefined;
      const placer = new Placer(this.#row(joined, before), draft, store, events);
      const people = rosterOf(step.group, joined.state);
      book.putRoster(draft, joined.id, { people, leaving: [] });
      const line = { what: "added", people: [this.#member.profile.row.identity], text: "" } as const;
      new GroupStep(this.#member, draft, placer).line(told.by, line);
      groups.advance(draft, joined.id, step.group, step.writes);
      await secrets.keep(draft, joined.id, step.group, clock.nowMs());
      forgetAsk(this.#member, draft, joined.id);
      this.#tools.keys.used(draft, ref, key);
      const named = enqueueName(this.#member, draft, placer.row);
      book.put(draft, named);
      await draft.commit(store);
      return named;
    });
    if (written !== undefined) this.#tools.joined(written);
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

  /** Whether every leaf is a live device of a chain that was shown, and who brings us in is among them. */
  async #areKnown(group: MlsGroup, by: IdentityId): Promise<boolean> {
    const { contacts, device } = this.#member;
    const own = device.credential;
    const people = group.members().map(({ credential }) => credential);
    for (const credential of people) {
      const isOwn = equalBytes(credential.identity, own.identity) && equalBytes(credential.device, own.device);
      if (!isOwn && !(await contacts.isLive(credential))) return false;
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
