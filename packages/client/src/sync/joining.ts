/* The conversation that a group is: whose it is, whether it may be, and what is known of it (F-5, F-28, 10-devices.md D-12). */
import type { MlsGroup, Step } from "@chapar/e2e";
import { conversationId, ID_SIZE_BYTES, type IdentityId, identityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { blockedSince } from "../chats/blocks.ts";
import { newConversation } from "../conversation/book.ts";
import { isBetween } from "../conversation/membership.ts";
import { decodeRoom, type RoomDescriptor, roomLog } from "../conversation/room-descriptor.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { dropGroup, isWaiting, takeHanding } from "../devices/joining.ts";
import { isClientError } from "../errors.ts";
import { Draft } from "../store/shelf.ts";
import type { LogShelf } from "./log-shelf.ts";

/** Says what conversation a welcome leads to. */
export class Joining {
  readonly #member: Member;
  readonly #logs: LogShelf;

  constructor(member: Member, logs: LogShelf) {
    this.#member = member;
    this.#logs = logs;
  }

  /** The conversation that a group is, described and vouched for by its creator (F-5); undefined when it is none of use. */
  async conversation(
    draft: Draft,
    group: MlsGroup,
    sealed: Uint8Array | undefined,
    before: readonly ConversationRow[],
  ): Promise<ConversationRow | undefined> {
    const { sha256, clock } = this.#member;
    if (group.groupId.byteLength !== ID_SIZE_BYTES.conversation) return undefined;
    const id = conversationId(group.groupId.slice());
    if (before.some((row) => equalBytes(row.id, id))) return undefined;
    const room = decodeRoom(group.context);
    if (!room.ok) return undefined;
    const log = roomLog(room.value, id, sha256);
    const peer = this.#other(group, room.value);
    // Whoever is blocked opens nothing, and is told nothing of it (N-11); what an own device hands over is open already.
    if (peer === undefined || (sealed === undefined && blockedSince(this.#member.own, peer) !== undefined))
      return undefined;
    await this.#believe(draft, room.value, peer);
    const row = newConversation(id, {
      peer,
      peerName: "",
      peerHome: undefined,
      state: "open",
      atMs: clock.nowMs(),
      room: { log, hub: room.value.hub },
      joinedEpoch: group.epoch,
      renew: true,
    });
    return takeHanding(this.#member, draft, { row, group, sealed, logs: this.#logs });
  }

  /**
   * A conversation that is here: only a device that asked to be let in, or that cannot go on, is taken in anew (D-43, D-44). Written by
   * itself, in the conversation's lane: what is under way there is of the group that ends with it.
   */
  async again(
    was: ConversationRow,
    joined: Pick<Step, "group" | "writes">,
    sealed: Uint8Array | undefined,
  ): Promise<ConversationRow | undefined> {
    const { book, groups, secrets, store, clock, device } = this.#member;
    const { group } = joined;
    const room = decodeRoom(group.context);
    if (!room.ok) return undefined;
    const log = roomLog(room.value, was.id, this.#member.sha256);
    return book.lane(was.id).run(async () => {
      const known = book.get(was.id) ?? was;
      const isSame = known.room !== undefined && equalBytes(known.room.log, log);
      // Whoever could not follow a room to where it is continued is let in there (15-moving.md M-8).
      if ((!isSame && room.value.before === undefined) || !isBetween(group, device.credential.identity, known.peer))
        return undefined;
      if (!(await isWaiting(this.#member, known))) return undefined;
      const draft = new Draft();
      const open = { state: "open", fault: undefined, stopped: false, renew: true } as const;
      const place = isSame ? {} : { room: { log, hub: room.value.hub }, mirrored: false };
      const begun = { ...known, ...open, ...place, joinedEpoch: group.epoch };
      const row = await takeHanding(this.#member, draft, { row: begun, group, sealed, logs: this.#logs });
      await dropGroup(this.#member, draft, row.id);
      groups.advance(draft, row.id, group, joined.writes);
      await secrets.keep(draft, row.id, group, clock.nowMs());
      book.put(draft, row);
      await draft.commit(store);
      return row;
    });
  }

  /** The chain that describes the room; an older one than what is held, of a room that is older, says nothing new. */
  async #believe(draft: Draft, room: RoomDescriptor, peer: IdentityId): Promise<void> {
    const { contacts } = this.#member;
    const creator = contacts.identityOf(room.ops);
    if (creator === undefined || !equalBytes(creator, peer)) return;
    try {
      contacts.put(draft, await contacts.check(room.ops, peer));
    } catch (error) {
      if (!isClientError(error, "client/stale-chain")) throw error;
    }
  }

  /** The one other person: the creator whose op chain the room describes (F-5), or, in a room of an own device, a contact. */
  #other(group: MlsGroup, room: RoomDescriptor): IdentityId | undefined {
    const { contacts, device } = this.#member;
    const own = device.credential.identity;
    const creator = contacts.identityOf(room.ops);
    if (creator === undefined) return undefined;
    const others = group.members().filter(({ credential }) => !equalBytes(credential.identity, own));
    const isMine = equalBytes(creator, own);
    const peer = isMine ? (others[0]?.credential.identity ?? own) : creator;
    return isBetween(group, own, peer) ? identityId(peer.slice()) : undefined;
  }
}
