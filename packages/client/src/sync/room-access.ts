/*
 * Showing a room's capabilities to the home: the read key, the write key of each epoch, and, when the hub is another
 * station, the mirror and the grant by which the home may pass our entries on (protocol/1-wire.md §3). What was shown is
 * remembered for the life of the link.
 */
import { decodeSignedHead } from "@chapar/log";
import { type MlsGroup, roomKeys } from "@chapar/e2e";
import { grantMessage, idText, mirrorMessage, readMessage, writeMessage } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { linkOf } from "../apart/link-of.ts";
import type { StationLink } from "../link/station-link.ts";

/** What the home has been shown. */
export class RoomAccess {
  readonly #member: Member;
  readonly #epochs = new WeakMap<StationLink, Map<string, string>>();

  constructor(member: Member) {
    this.#member = member;
  }

  /** Whether the room's hub is the home itself. */
  isHub(room: RoomRow): boolean {
    return equalBytes(room.hub.key, this.#member.profile.row.home.station.key);
  }

  /**
   * Asks the home to keep a mirror, when it has to.
   *
   * @throws WireError `station/peer-unreachable` and others of the home
   */
  async mirror(link: StationLink, room: RoomRow, group: MlsGroup): Promise<void> {
    if (this.isHub(room)) return;
    const keys = await roomKeys(this.#member.mls, this.#member.crypto, group);
    const signature = await keys.read.sign(mirrorMessage(link.hello.station, room.log));
    const read = { key: keys.read.publicKey, signature };
    await link.ask({ type: "room.mirror", log: room.log, hub: room.hub, read }, "log.state");
  }

  /** What a head tells, whose signature is not checked: it proves nothing. undefined when it is none of the log's station. */
  shown({ hub, log }: RoomRow, bytes: Uint8Array): { readonly size: number; readonly root: Uint8Array } | undefined {
    const head = decodeSignedHead(bytes, { stationKey: hub.key, logId: log });
    return head.ok ? head.value : undefined;
  }

  /** Shows the read key to any station that has the log. @returns the head that it answers, unchecked */
  async head(link: StationLink, room: RoomRow, group: MlsGroup): Promise<Uint8Array> {
    return this.show(link, room, (await roomKeys(this.#member.mls, this.#member.crypto, group)).read);
  }

  /** As `head`, by the read key itself. */
  async show(link: StationLink, room: RoomRow, reader: Signer): Promise<Uint8Array> {
    const { station, nonce } = (await linkOf(link, room.log)).hello;
    const signature = await reader.sign(readMessage(station, nonce, room.log));
    const read = { key: reader.publicKey, signature };
    const state = await link.ask({ type: "log.open", log: room.log, read, write: undefined }, "log.state");
    if (!equalBytes(state.log, room.log)) throw new ClientError("client/wrong-log");
    return state.head.slice();
  }

  /** Shows the write key of the group's epoch, once a link and epoch. @throws WireError `station/stale-epoch` and others */
  async openWrite(link: StationLink, row: ConversationRow, room: RoomRow, group: MlsGroup): Promise<void> {
    const on = await linkOf(link, room.log);
    const shown = this.#epochs.get(on) ?? new Map<string, string>();
    this.#epochs.set(on, shown);
    // By its log: a room that goes on elsewhere was shown nothing there.
    const name = idText(room.log);
    const { epoch } = group;
    // A room that was led back asks anew: a mirror may have shown its hub another epoch meanwhile (F-72).
    const turn = `${epoch} ${this.#member.book.get(row.id)?.returns ?? 0}`;
    if (shown.get(name) === turn) return;
    const { write } = await roomKeys(this.#member.mls, this.#member.crypto, group);
    const { station, nonce } = on.hello;
    if (!this.isHub(room)) {
      const signature = await write.sign(grantMessage(station, room.log, epoch));
      await on.ask({ type: "room.grant", log: room.log, write: { epoch, signature } }, "done");
    }
    const signature = await write.sign(writeMessage(station, nonce, room.log, epoch));
    await on.ask({ type: "log.open", log: room.log, read: undefined, write: { epoch, signature } }, "log.state");
    shown.set(name, turn);
  }

  /** The home refused a write: the key is shown again before the next one. */
  async forget(link: StationLink, row: ConversationRow): Promise<void> {
    if (row.room !== undefined) this.#epochs.get(await linkOf(link, row.room.log))?.delete(idText(row.room.log));
  }
}
