/*
 * Somebody leaves (protocol/15-moving.md §4): what rests here of them goes, by the rules that hold for everything (a body of an inbox or a backup goes
 * overtly, with a tombstone; nothing that another reader needs goes), what a law makes the station keep is sealed until its day, and a signed receipt
 * says how much of each it was. What shows that a thing is theirs comes with the order: no row here leads from a person to a room or a chunk.
 */
import { type LeavingFields, leavingHash, type LeftClass, type RegionPolicy, signLeaving } from "@chapar/evidence";
import {
  encodeEntry,
  type IdentityState,
  inboxGenesis,
  ledgerIdentityKey,
  ledgerSalt,
  logId,
  type LogId,
  logIdOf,
  opCommitment,
  OVERRIDE_WINDOW_MS,
} from "@chapar/wire";
import {
  type LeaveOrder,
  type LeavingBlob,
  leaveMessage,
  type LeavingReader,
  readerLeavesMessage,
} from "@chapar/wire/leaving";
import { ByteReader, ByteWriter, equalBytes, toHex } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import type { Mirrors } from "../federation/mirrors.ts";
import type { HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import type { Cleared, Removals, TombstoneLog } from "../hub/removals.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { PushDesk } from "../push/push-desk.ts";
import type { LeavingDesk, LinkState } from "../session/services.ts";
import type { Write } from "../store/port.ts";
import type { Accounts } from "./accounts.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { LeftTally } from "./left-tally.ts";

const DAY_MS = 86_400_000;
/** Under this a tombstone says why. */
const REASON = "the person left";
const REFERENCE = "their own order";

/** What leaving works with. */
export interface LeavingParts {
  readonly ports: StationPorts;
  readonly self: StationIdentity;
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly removals: Removals;
  readonly mirrors: Pick<Mirrors, "stop">;
  readonly ledger: TombstoneLog;
  readonly law: RegionPolicy | undefined;
  readonly push: PushDesk | undefined;
}

/** Lets people leave. */
export class Leavings implements LeavingDesk {
  readonly #parts: LeavingParts;
  readonly #lock = new KeyedLock();
  /** orders of which more is to come, by identity */
  readonly #tallies = new Map<string, LeftTally>();

  constructor(parts: LeavingParts) {
    this.#parts = parts;
  }

  /**
   * Does what is ordered.
   *
   * @returns the signed receipt; undefined when more is to come. The same again gives the same receipt
   * @throws StationError `station/bad-signature` not by a live device for this link · as `Accounts.leave` · `station/rate-limited` `detail` = ms
   * until an op of a lower rank can be taken back no more
   */
  async leave(session: LinkState, order: LeaveOrder, signature: Uint8Array): Promise<Uint8Array | undefined> {
    const { ports, self, accounts } = this.#parts;
    const message = leaveMessage(self.ref.key, session.nonce, order, ports.sha256);
    if (!(await ports.verify(order.device, message, signature))) throw stationError("station/bad-signature");
    return await this.#lock.run(bytesKey(order.identity), async () => {
      const name = `left ${toHex(ports.sha256(order.identity))}`;
      const given = await ports.store.meta(name);
      const before = await accounts.need(order.identity);
      if (!before.devices.some(({ device }) => equalBytes(device, order.device)))
        throw stationError("station/bad-signature");
      if (given !== undefined && before.closed) return given;
      const counted = this.#tallies.get(name) ?? new LeftTally();
      if (counted.isNew) await this.#account(before, counted);
      const state = await accounts.leave(order.ops);
      if (!equalBytes(state.identity, order.identity)) throw stationError("station/bad-ops");
      await this.#wait(state, name);
      this.#tallies.set(name, counted);
      for (const reader of order.readers) await this.#reader(session, reader, counted);
      for (const log of order.backups) await this.#backup(session, log, counted);
      for (const blob of order.blobs) await this.#blob(blob, counted);
      if (!order.isLast) return undefined;
      await this.#inboxes(state, counted);
      const receipt = await this.#receipt(state, counted);
      await ports.store.commit([{ kind: "meta", name, value: receipt }]);
      this.#tallies.delete(name);
      return receipt;
    });
  }

  /** What a law made the station keep goes when its day has come. */
  async due(): Promise<void> {
    const { ports } = this.#parts;
    for (const leaving of await ports.store.leavings(ports.clock.nowMs(), 256)) {
      const { what, id } = leaving;
      if (what === "log") await (await this.#clear(logId(id))).done;
      const isSealed = what === "blob" && (await ports.store.sealedBlobBytes(id as LeavingBlob["hash"])) !== undefined;
      const drop: readonly Write[] = isSealed ? [{ kind: "blob.drop", hash: id as LeavingBlob["hash"] }] : [];
      await ports.store.commit([...drop, { kind: "leaving.done", leaving: { what, id } }]);
    }
  }

  /** Whoever stole a lower rank moves somebody, and deletes nothing before the owner had the time to take it back (I-14). */
  async #wait(state: IdentityState, name: string): Promise<void> {
    const { store, clock } = this.#parts.ports;
    const last = state.ops.findLast(({ op: { body }, isVoid }) => !isVoid && body.kind === "set-home");
    if (state.closed || last === undefined || last.op.rank === 0) return;
    const key = `${name} ${toHex(last.hash)}`;
    const held = await store.meta(key);
    const sinceMs = held === undefined ? clock.nowMs() : new ByteReader(held).index();
    if (held === undefined)
      await store.commit([{ kind: "meta", name: key, value: new ByteWriter().index(sinceMs).finish() }]);
    const leftMs = sinceMs + OVERRIDE_WINDOW_MS - clock.nowMs();
    if (leftMs > 0) throw stationError("station/rate-limited", leftMs);
  }

  async #account(state: IdentityState, counted: LeftTally): Promise<void> {
    const { ports, push } = this.#parts;
    counted.isNew = false;
    for (const { device } of [...state.devices, ...state.revoked]) {
      const { objects, bytes } = await ports.store.keyPackageBytes(state.identity, device);
      counted.gone("account", objects, bytes);
      push?.gone(device);
    }
  }

  #keepMs(of: LeftClass): number {
    return (this.#parts.law?.data[of].keepAtLeastDays ?? 0) * DAY_MS;
  }

  /** A reader needs nothing more; a mirror without readers ends, and what it has goes. */
  async #reader(session: LinkState, { log, key, signature }: LeavingReader, counted: LeftTally): Promise<void> {
    const { ports, self, hub, mirrors } = this.#parts;
    const message = readerLeavesMessage(self.ref.key, session.nonce, log);
    if (!(await ports.verify(key, message, signature))) throw stationError("station/bad-signature");
    const isLone = await hub.care.run(bytesKey(log), async () => {
      if ((await ports.store.reader(log, key)) === undefined) return false;
      await ports.store.commit([{ kind: "reader.drop", log, key }]);
      return (await ports.store.readerNeeds(log)).count === 0;
    });
    const held = isLone ? await hub.cache.get(log) : undefined;
    if (held === undefined || !held.isMirror) return;
    await mirrors.stop(held);
    await this.#empty(log, "envelope", counted);
  }

  /** Deletes every message of a log, or leaves it until the law lets it go. */
  async #empty(log: LogId, of: LeftClass, counted: LeftTally): Promise<void> {
    const { ports, removals } = this.#parts;
    const keepMs = this.#keepMs(of);
    if (keepMs === 0) {
      const { objects, bytes, done } = await this.#clear(log);
      counted.gone(of, objects, bytes);
      counted.work.push(done);
      return;
    }
    const { objects, bytes } = await removals.messages(log);
    const dueMs = ports.clock.nowMs() + keepMs;
    await ports.store.commit([{ kind: "leaving", leaving: { what: "log", id: log, dueMs } }]);
    counted.kept(of, objects, bytes, dueMs);
  }

  /** A mirror whose last reader went lets go as of what all have acknowledged; other logs remove overtly. */
  async #clear(log: LogId): Promise<Cleared> {
    const { hub, removals } = this.#parts;
    const held = await hub.cache.get(log);
    if (held === undefined) return { objects: 0, bytes: 0, done: Promise.resolve() };
    if (held.isMirror) return { ...(await removals.prune(log)), done: Promise.resolve() };
    return await removals.clear(log, { reason: REASON, reference: REFERENCE });
  }

  /** The marks of backups: of a log that never had an epoch, by who can write there. */
  async #backup(session: LinkState, log: LogId, counted: LeftTally): Promise<void> {
    const access = session.accesses.get(bytesKey(log));
    const isTheirs = access?.writer === 0 && access.log.record.epoch === 0 && !access.log.isMirror;
    if (!isTheirs || access.log.record.kind !== "room") throw stationError("station/not-allowed");
    await this.#close(access.log);
    await this.#empty(log, "backup", counted);
  }

  async #blob({ hash, key }: LeavingBlob, counted: LeftTally): Promise<void> {
    const { ports } = this.#parts;
    const held = await ports.store.blobLock(hash);
    // What is not theirs stays, whatever was said of it.
    if (held === undefined || !equalBytes(held.lock, ports.sha256(key))) return;
    const keepMs = this.#keepMs("blob");
    if (keepMs === 0) {
      await ports.store.commit([{ kind: "blob.drop", hash }]);
      counted.gone("blob", 1, held.sizeBytes);
      return;
    }
    const dueMs = ports.clock.nowMs() + keepMs;
    await ports.store.commit([
      { kind: "blob.seal", hash },
      { kind: "leaving", leaving: { what: "blob", id: hash, dueMs } },
    ]);
    counted.kept("blob", 1, held.sizeBytes, dueMs);
  }

  async #inboxes(state: IdentityState, counted: LeftTally): Promise<void> {
    const { ports, self, hub } = this.#parts;
    for (const entry of [...state.devices, ...state.revoked]) {
      const log = logIdOf(ports.sha256, self.ref.key, encodeEntry(inboxGenesis(entry, ports.sha256)));
      const held = await hub.cache.get(log);
      if (held === undefined || held.size === 0) continue;
      await this.#close(held);
      await this.#empty(log, "envelope", counted);
    }
  }

  /** Nobody writes there any more: the log is of an epoch that nobody has a key for. */
  async #close(log: HotLog): Promise<void> {
    const { ports, hub } = this.#parts;
    await hub.care.run(log.key, async () => {
      const record = { ...log.tip.record, epoch: 1, writeKey: new Uint8Array(32) };
      log.tip.record = record;
      await ports.store.commit([{ kind: "log", record }]);
      log.record = { ...log.record, epoch: 1, writeKey: record.writeKey };
    });
  }

  async #receipt(state: IdentityState, counted: LeftTally): Promise<Uint8Array> {
    const { ports, ledger } = this.#parts;
    const [genesis] = state.ops;
    const last = state.ops.at(-1);
    if (genesis === undefined || last === undefined) throw stationError("station/bad-ops");
    const salt = ledgerSalt(genesis.bytes, ports.sha256);
    const identity = ledgerIdentityKey(salt, ports.sha256);
    const op = opCommitment(salt, state.seq, last.bytes, ports.sha256);
    const timeMs = ports.clock.nowMs();
    const said: LeavingFields = { identity, op, timeMs, amounts: counted.amounts(), generation: 0, ledgerIndex: 0 };
    const leafHash = leavingHash(said, ports.sha256);
    const { generation } = ledger;
    const leaf = { log: identity, index: state.seq, leafHash, timeMs, reason: REASON, reference: REFERENCE };
    // What was removed and the receipt stand in one epoch: nobody waits for two.
    const [ledgerIndex] = await Promise.all([ledger.record({ kind: "tombstone", ...leaf }), ...counted.work]);
    return await signLeaving({ ...said, generation, ledgerIndex }, ports.signer);
  }
}
