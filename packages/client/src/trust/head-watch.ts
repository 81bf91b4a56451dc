/*
 * Heads of logs against the station log: what an epoch says of a log is held against every statement of it that this device
 * has, and against what the epoch before said. What cannot both be true becomes a bundle; entries that the epoch has and we have
 * not are owed.
 */
import {
  accuseHeads,
  accuseLog,
  type Bundle,
  type CheckedClaim,
  decodeMapClaim,
  encodeMapClaim,
  type MapClaim,
  openHeadClaim,
} from "@chapar/evidence";
import { decodeReceipt, type SignedStatement } from "@chapar/log";
import { type ConversationId, idText, type LedgerHead, type LogId, type StationRef } from "@chapar/wire";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { concatKey, lastU64 } from "../store/keys.ts";
import { blob, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import { askBridge } from "./bridge.ts";
import { provenFinding } from "./bundle-finding.ts";
import { askClaim } from "./claims.ts";
import { knownStation } from "./stations.ts";

/** Own receipts of one log that are held against an epoch at a time. */
const RECEIPTS = 64;

interface ClaimRow {
  readonly claim: Uint8Array;
}
const claimRow = row<ClaimRow>(1, fields<ClaimRow>({ claim: blob }));

/** `claim`: by log id; what the newest checked epoch says of it. */
const claimShelf: Shelf<ClaimRow> = shelf("claim", claimRow);
/** `unsettled`: by log id and index; an own receipt that no whole epoch was held against yet. */
export const unsettledShelf: Shelf<ClaimRow> = shelf("unsettled", claimRow);

/** A log that is watched. */
export interface WatchedLog {
  readonly log: LogId;
  /** whose log it is */
  readonly station: StationRef;
  /** undefined: the inbox */
  readonly conversation: ConversationId | undefined;
}

/** What an epoch has of a log beyond what is held here. */
export interface Owed {
  readonly size: number;
  readonly have: number;
  readonly epochMs: number;
}

/** Holds logs against epochs. */
export class HeadWatch {
  readonly #member: Member;
  readonly #logs: LogShelf;

  constructor(member: Member, logs: LogShelf) {
    this.#member = member;
    this.#logs = logs;
  }

  /** @returns what is owed; undefined when nothing is, or nothing can be said */
  async check(link: StationLink, watched: WatchedLog): Promise<Owed | undefined> {
    const { log, station } = watched;
    const open = (claim: MapClaim): ReturnType<typeof openHeadClaim> =>
      openHeadClaim(claim, log, station.key, this.#member.evidence);
    const asked = await askClaim(link, station, { type: "ledger.head-proof", log }, open);
    if (asked === undefined) return undefined;
    const { claim, value: opened } = asked;
    const held = await this.#logs.load(log, station.key);
    const receipts = await this.#receipts(log);
    for (const statement of [...held.heads, ...receipts.map(({ receipt }) => receipt)]) {
      await this.#statement(link, watched, statement, claim, opened);
    }
    await this.#before(watched, claim);
    await this.#settle(log, claim, opened, receipts);
    const size = opened.value?.size ?? 0;
    const have = held.range.size;
    return size > have ? { size, have, epochMs: opened.epoch.timeMs } : undefined;
  }

  async #receipts(log: LogId): Promise<readonly { readonly index: number; readonly receipt: SignedStatement }[]> {
    const rows = await unsettledShelf.range(this.#member.store, { prefix: log, limit: RECEIPTS });
    return rows.flatMap(({ key, value }) => {
      const decoded = decodeReceipt(value.claim);
      return decoded.ok ? [{ index: lastU64(key), receipt: decoded.value }] : [];
    });
  }

  /** One statement against the epoch: by size and time, and by the prefix of the smaller. */
  async #statement(
    link: StationLink,
    watched: WatchedLog,
    statement: SignedStatement,
    claim: MapClaim,
    { value }: CheckedClaim<LedgerHead>,
  ): Promise<void> {
    const { station, log } = watched;
    const { evidence, hasher } = this.#member;
    const plain = await accuseLog({ statement, claim }, station.key, evidence);
    if (plain.ok) return this.#note(watched, plain.value);
    if (value === undefined || value.size === statement.size || Math.min(value.size, statement.size) === 0) return;
    const [small, large] = value.size < statement.size ? [value, statement] : [statement, value];
    const bridge = await askBridge(link, log, [small, large], hasher);
    if (bridge === undefined) return;
    const bridged = await accuseLog({ statement, claim, bridge }, station.key, evidence);
    if (bridged.ok) await this.#note(watched, bridged.value);
  }

  /** The epoch against the one that was checked before. */
  async #before(watched: WatchedLog, later: MapClaim): Promise<void> {
    const { log, station } = watched;
    const row = await claimShelf.get(this.#member.store, log);
    const earlier = row && decodeMapClaim(row.claim);
    if (earlier?.ok !== true) return;
    const made = await accuseHeads({ log, earlier: earlier.value, later }, station.key, this.#member.evidence);
    if (made.ok) await this.#note(watched, made.value);
  }

  async #settle(
    log: LogId,
    claim: MapClaim,
    { epoch }: CheckedClaim<LedgerHead>,
    receipts: readonly { readonly index: number; readonly receipt: SignedStatement }[],
  ): Promise<void> {
    const draft = new Draft();
    claimShelf.put(draft, log, { claim: encodeMapClaim(claim) });
    for (const { index, receipt } of receipts) {
      if (epoch.isWhole && receipt.batch.timeMs <= epoch.timeMs) unsettledShelf.remove(draft, concatKey(log, index));
    }
    await draft.commit(this.#member.store);
  }

  async #note({ station, log, conversation }: WatchedLog, bundle: Bundle): Promise<void> {
    const { alerts, evidence } = this.#member;
    const of = { station: knownStation(this.#member, station), subject: log, log, conversation };
    const finding = await provenFinding(bundle, of, evidence);
    if (finding !== undefined) await alerts.record(finding);
  }
}

/** Which logs to check now: those that moved, and a tenth at random of the others. */
export function chooseLogs<Log extends Pick<WatchedLog, "log">>(
  logs: readonly Log[],
  sizes: { readonly now: (log: Log) => number; readonly checked: ReadonlyMap<string, number> },
  random: () => number,
  limit: number,
): readonly Log[] {
  const hasMoved = (one: Log): boolean => sizes.checked.get(idText(one.log)) !== sizes.now(one);
  const moved = logs.filter(hasMoved);
  const quiet = logs.filter((one) => !hasMoved(one) && random() < 0.1);
  return [...moved, ...quiet].slice(0, limit);
}
