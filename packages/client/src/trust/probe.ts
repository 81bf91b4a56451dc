/*
 * Making a proof of what was seen: a page that does not hash, a receipt for a place where something else stands, an entry that
 * stands twice. The station itself is asked for the hashes that show it; when it gives none, what is kept is two signed objects.
 */
import { accuseByStatements, accuseDuplicate, type Bundle } from "@chapar/evidence";
import {
  contradictionByProof,
  decodeReceipt,
  decodeSignedHead,
  type SignedStatement,
  verifySignedHead,
} from "@chapar/log";
import type { ConversationRow, RoomRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { keptShelf } from "../repair/kept-rows.ts";
import { concatKey } from "../store/keys.ts";
import { evidenceShelf, type LogShelf } from "../sync/log-shelf.ts";
import { ask } from "./asking.ts";
import { askBridge } from "./bridge.ts";
import { provenFinding } from "./bundle-finding.ts";
import { unsettledShelf } from "./head-watch.ts";
import { knownStation } from "./stations.ts";

/** Own receipts of one log that are looked at. */
const RECEIPTS = 64;

/** An entry that stands at two places of one log. */
export interface Twice {
  readonly leafHash: Uint8Array;
  readonly indexes: readonly [number, number];
}

/** Asks for what shows a lie. */
export class Probe {
  readonly #member: Member;
  readonly #logs: LogShelf;

  constructor(member: Member, logs: LogShelf) {
    this.#member = member;
    this.#logs = logs;
  }

  /** After `log/bad-root`: whether the head that was offered is of another tree than the one that is held, proved. */
  async page(link: StationLink, row: ConversationRow, room: RoomRow): Promise<boolean> {
    const { store, hasher } = this.#member;
    const kept = await evidenceShelf.get(store, room.log);
    if (kept === undefined || kept.contradiction.byteLength > 0) return false;
    const held = await this.#statement(room, kept.held);
    const offered = await this.#statement(room, kept.offered);
    if (held === undefined || offered === undefined || held.size >= offered.size) return false;
    const bridge = await askBridge(link, room.log, [held, offered], hasher);
    const found = bridge && contradictionByProof(held, offered, bridge, hasher);
    const made = found && (await accuseByStatements(found, this.#member.evidence));
    if (made?.ok !== true) return false;
    await this.#note(row, room, made.value);
    return true;
  }

  /** Own receipts that name another index than that where their entry stands (F-25). */
  async receipts(link: StationLink, row: ConversationRow, room: RoomRow): Promise<void> {
    for (const { value } of await unsettledShelf.range(this.#member.store, { prefix: room.log, limit: RECEIPTS })) {
      await this.#receipt(link, row, room, value.claim);
    }
  }

  /** What stands where a receipt says that its entry does, proved. */
  async #receipt(link: StationLink, row: ConversationRow, room: RoomRow, bytes: Uint8Array): Promise<void> {
    const { store, hasher, evidence } = this.#member;
    const receipt = decodeReceipt(bytes);
    const head = (await this.#logs.load(room.log, room.hub.key)).heads.at(-1);
    if (!receipt.ok || head === undefined || receipt.value.index >= head.size) return;
    const { index } = receipt.value;
    const there = await keptShelf.get(store, concatKey(room.log, index));
    const request = { type: "log.inclusion", log: room.log, index, size: head.size } as const;
    const proof = there && (await ask(link, request, "log.hashes"))?.hashes;
    if (there === undefined || proof === undefined) return;
    const found = contradictionByProof(receipt.value, head, { other: hasher.leaf(there.entry), proof }, hasher);
    const made = found && (await accuseByStatements(found, evidence));
    if (made?.ok === true) await this.#note(row, room, made.value);
  }

  /** One entry at two indexes (W-32). */
  async twice(link: StationLink, row: ConversationRow, room: RoomRow, { leafHash, indexes }: Twice): Promise<void> {
    const statement = (await this.#logs.load(room.log, room.hub.key)).heads.at(-1);
    if (statement === undefined) return;
    const { size } = statement;
    const [a, b] = await Promise.all(
      indexes.map(async (index) => {
        const request = { type: "log.inclusion", log: room.log, index, size } as const;
        const proof = (await ask(link, request, "log.hashes"))?.hashes;
        return proof && { index, proof };
      }),
    );
    if (a === undefined || b === undefined) return;
    const made = await accuseDuplicate({ statement, leafHash, places: [a, b] }, this.#member.evidence);
    if (made.ok) await this.#note(row, room, made.value);
  }

  async #statement({ hub, log }: RoomRow, bytes: Uint8Array): Promise<SignedStatement | undefined> {
    const decoded = decodeSignedHead(bytes, { stationKey: hub.key, logId: log });
    if (!decoded.ok) return undefined;
    const checked = await verifySignedHead(decoded.value, hub.key, this.#member);
    return checked.ok ? checked.value : undefined;
  }

  async #note(row: ConversationRow, { hub, log }: RoomRow, bundle: Bundle): Promise<void> {
    const { alerts, evidence } = this.#member;
    const of = { station: knownStation(this.#member, hub), subject: log, log, conversation: row.id };
    const finding = await provenFinding(bundle, of, evidence);
    if (finding !== undefined) await alerts.record(finding);
  }
}
