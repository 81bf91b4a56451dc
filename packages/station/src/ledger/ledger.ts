/*
 * A station's log (protocol/7-station-log.md): every ten seconds, when anything changed, what changed becomes leaves, an
 * epoch commit becomes the last of them, and leaves, tiles, maps and marks become durable in one transaction. Only then is
 * a checkpoint of them signed, shown to the witnesses and published.
 *
 *   store --marks--> changes --stage--> commit (fsync) --> sign --> witnesses --> published: checkpoint, tiles, proofs
 */
import { createMapHasher, createTreeHasher, type TreeHasher } from "@chapar/log";
import {
  decodeLedgerLeaf,
  encodeLedgerLeaf,
  ledgerIdentityKey,
  ledgerLogKey,
  ledgerSalt,
  type EpochLeaf,
  type LedgerLeaf,
  type LoggedLeaf,
  type LogId,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { isStationError, stationError } from "../errors.ts";
import type { StationPorts } from "../ports.ts";
import type { LedgerAnswers, LedgerProof } from "../session/services.ts";
import type { Instant, StationTime } from "../hub/station-time.ts";
import { EPOCH_LIMITS, headEntries, identityChanges, readChanges, type EpochLimits } from "./changes.ts";
import { Checkpoints, type Published } from "./checkpoints.ts";
import type { EgressSource } from "../residency/egress-book.ts";
import { ledgerPolicies, type LedgerPlace, type LedgerPolicies } from "./policy.ts";
import { ShownLog } from "./shown-log.ts";
import { carriedWrite, loadCarried, loadEarlierIncidents, loadState, stateWrite, type LedgerState } from "./state.ts";
import { StoredMap, type MapTools, type StagedMap } from "./stored-map.ts";
import { TileLog } from "./tile-log.ts";
import type { Witnessing } from "./witnesses.ts";

/** How long a change may wait for its epoch (S-11). */
export const EPOCH_EVERY_MS = 10_000;

const ZEROS: Uint8Array = new Uint8Array(32);

interface Recorded {
  readonly leaf: Uint8Array;
  readonly resolve: (index: number) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a try to make an epoch. */
export type EpochOutcome =
  | "unchanged"
  /** durable, and whole */
  | "made"
  /** not whole (E-2): there is more of the same instant to take at once */
  | "cut";

/** What a ledger is opened with besides its ports. */
export interface LedgerOptions {
  readonly witnessing: Witnessing;
  /** splits what the station signs */
  readonly time: Pick<StationTime, "instant">;
  readonly limits?: EpochLimits;
  /** where lines of the egress map come from; without it there are none */
  readonly egress?: EgressSource;
  /** where others read the log, and the region it stands in: for the policies */
  readonly place?: LedgerPlace;
}

interface Parts {
  readonly ports: StationPorts;
  readonly options: LedgerOptions;
  readonly state: LedgerState;
  readonly carried: readonly Uint8Array[];
  readonly earlier: readonly LoggedLeaf[];
  readonly isWhole: boolean;
  readonly log: TileLog;
  readonly heads: StoredMap;
  readonly identities: StoredMap;
  readonly egress: StoredMap;
  readonly checkpoints: Checkpoints;
}

/** The log of one station. One at a time over a store. */
export class Ledger implements LedgerAnswers {
  readonly #ports: StationPorts;
  readonly #hasher: TreeHasher;
  readonly #log: TileLog;
  readonly #heads: StoredMap;
  readonly #identities: StoredMap;
  readonly #egress: StoredMap;
  readonly checkpoints: Checkpoints;
  /** proofs about the published log */
  readonly shown: ShownLog;
  readonly #options: LedgerOptions;
  #state: LedgerState;
  /** first leaves of a generation that has none yet (E-3) */
  #carried: readonly Uint8Array[];
  /** what the epochs until the next whole one are of */
  #instant: Instant | undefined;
  /** whether the last epoch took everything of its instant */
  #isWhole: boolean;
  #recorded: Recorded[] = [];
  readonly #ready = Promise.withResolvers<void>();
  #isClosed = false;

  private constructor(parts: Parts, hasher: TreeHasher) {
    this.#ports = parts.ports;
    this.#options = parts.options;
    this.#hasher = hasher;
    this.#state = parts.state;
    this.#carried = parts.carried;
    this.#isWhole = parts.isWhole;
    this.#log = parts.log;
    this.#heads = parts.heads;
    this.#identities = parts.identities;
    this.#egress = parts.egress;
    this.checkpoints = parts.checkpoints;
    const { log, ports } = parts;
    this.shown = new ShownLog({
      log,
      reads: ports.store.ledger,
      shown: () => this.#shown(),
      earlier: parts.earlier,
    });
    this.#ready.promise.catch(() => undefined);
    if (this.checkpoints.published !== undefined) this.#ready.resolve();
  }

  /**
   * Opens a station's log over its store.
   *
   * @throws StationError `station/ledger-damaged` the tables do not lead to the last epoch's roots (S-18)
   * Cost: every row of both maps read and hashed
   */
  static async open(ports: StationPorts, options: LedgerOptions): Promise<Ledger> {
    const hasher = createTreeHasher(ports.sha256);
    const reads = ports.store.ledger;
    const state = await loadState(ports.store, hasher);
    const log = await TileLog.open(reads, hasher, state.range);
    const tools: MapTools = { hasher: createMapHasher(ports.sha256), pause: () => pauseOf(ports) };
    const heads = await StoredMap.open("heads", reads, tools);
    const identities = await StoredMap.open("identities", reads, tools);
    const egress = await StoredMap.open("egress", reads, tools);
    const last = log.size === 0 ? undefined : await lastEpoch(log);
    if (last !== undefined) {
      const isWhole =
        equalBytes(last.headsRoot, heads.root) &&
        equalBytes(last.identitiesRoot, identities.root) &&
        equalBytes(last.egressRoot, egress.root) &&
        last.headCount === heads.count &&
        last.identityCount === identities.count &&
        last.number === state.epochs - 1;
      if (!isWhole) throw stationError("station/ledger-damaged");
    }
    const checkpoints = await Checkpoints.open(ports, { log, generation: state.generation }, options.witnessing);
    const carried = log.size === 0 ? await loadCarried(ports.store) : [];
    const isWhole = last?.isWhole ?? true;
    const earlier = await loadEarlierIncidents(ports.store);
    return new Ledger(
      { ports, options, state, carried, earlier, isWhole, log, heads, identities, egress, checkpoints },
      hasher,
    );
  }

  /** Which of the station's logs this is, from 1 (E-3). */
  get generation(): number {
    return this.#state.generation;
  }

  /** Leaves that are durable. */
  get size(): number {
    return this.#log.size;
  }

  /**
   * Adds a leaf of another kind than identity op and epoch; resolves to its index when it is durable, with the next epoch.
   *
   * @throws StationError `station/closed`: it was not added
   */
  record(leaf: Exclude<LedgerLeaf, { kind: "identity-op" | "epoch" }>): Promise<number> {
    const bytes = encodeLedgerLeaf(leaf);
    if (this.#isClosed) return Promise.reject(stationError("station/closed"));
    return new Promise((resolve, reject) => this.#recorded.push({ leaf: bytes, resolve, reject }));
  }

  /** Has the incident of a generation that begins on disk, before anything is served (E-3). @throws StationError of the store */
  async begin(): Promise<void> {
    if (this.#carried.length > 0) await this.commitEpoch();
  }

  /**
   * Makes the next epoch of an instant when anything changed, and takes an instant when none is under way; what it says is
   * durable when this resolves. Never called while an earlier call is pending.
   *
   * @throws StationError of the store: nothing changed, the next call may work
   */
  async commitEpoch(): Promise<EpochOutcome> {
    const instant = (this.#instant ??= await this.#options.time.instant());
    try {
      const outcome = await this.#commitOf(instant);
      if (outcome !== "cut") this.#instant = undefined;
      return outcome;
    } catch (error) {
      // The next try takes what came meanwhile along.
      this.#instant = undefined;
      throw error;
    }
  }

  async #commitOf({ timeMs, marks }: Instant): Promise<EpochOutcome> {
    const { ports } = this;
    const from = { logs: this.#state.logMark, accounts: this.#state.accountMark };
    const bounds = { limits: this.#options.limits ?? EPOCH_LIMITS, pause: () => pauseOf(ports) };
    const changes = await readChanges(ports.store.ledger, from, marks, bounds);
    const recorded = this.#recorded.slice();
    const ops = await identityChanges(changes.accounts, (key) => this.#identities.get(key), ports.sha256);
    const grown = headEntries(changes.logs, this.#hasher, ports.sha256);
    const reached = { logMark: changes.logs.mark, accountMark: changes.accounts.mark };
    const crossed = this.#options.egress?.pending() ?? [];
    const isSame = grown.length + ops.entries.length + recorded.length + crossed.length === 0;
    if (isSame && this.#log.size > 0 && (changes.isCut || this.#isWhole)) {
      // Only mirrors have grown: the marks move with the next epoch, or on their own when they lie far back.
      this.#state = { ...this.#state, ...reached };
      return changes.isCut ? "cut" : "unchanged";
    }
    const carried = this.#carried;
    const heads = await this.#heads.stage(grown);
    const identities = await this.#identities.stage(ops.entries);
    const egress = await this.#egress.stage(crossed);
    const epoch = this.#epochOf(timeMs, { heads, identities, egress, isWhole: !changes.isCut });
    const leaves = [...carried, ...ops.leaves.map(encodeLedgerLeaf), ...recorded.map((one) => one.leaf)];
    const staged = this.#log.stage([...leaves, encodeLedgerLeaf(epoch)]);
    const state = { ...this.#state, ...reached, epochs: epoch.number + 1, timeMs, range: staged.range };
    this.#heads.expect(heads);
    this.#identities.expect(identities);
    this.#egress.expect(egress);
    const firstRecorded = this.#log.size + leaves.length - recorded.length;
    const emptied = carried.length === 0 ? [] : [carriedWrite([])];
    const maps = [...heads.writes, ...identities.writes, ...egress.writes];
    const writes = [...staged.writes, ...maps, stateWrite(state), ...emptied];
    await ports.store.commit(writes);
    this.#state = state;
    this.#isWhole = epoch.isWhole;
    this.#carried = [];
    this.#log.advance(staged);
    this.#heads.advance(heads);
    this.#identities.advance(identities);
    this.#egress.advance(egress);
    this.#options.egress?.taken(crossed);
    this.#recorded = this.#recorded.slice(recorded.length);
    for (const [i, one] of recorded.entries()) one.resolve(firstRecorded + i);
    ports.observer.count("epochs", 1);
    await this.#heads.grow();
    await this.#identities.grow();
    await this.#egress.grow();
    return changes.isCut ? "cut" : "made";
  }

  #epochOf(
    timeMs: number,
    staged: Readonly<Record<"heads" | "identities" | "egress", StagedMap>> & { readonly isWhole: boolean },
  ): EpochLeaf {
    const { heads, identities, egress, isWhole } = staged;
    return {
      kind: "epoch",
      number: this.#state.epochs,
      timeMs,
      headCount: heads.count,
      headsRoot: heads.top.root(),
      identityCount: identities.count,
      identitiesRoot: identities.top.root(),
      residencyRoot: ZEROS,
      egressRoot: egress.top.root(),
      isWhole,
    };
  }

  private get ports(): StationPorts {
    return this.#ports;
  }

  /** Signs what is durable, shows it to the witnesses and publishes it; proofs are about it from then on (S-21). */
  async publish(signal: AbortSignal): Promise<void> {
    await this.checkpoints.publish(signal, () => {
      this.#heads.publish();
      this.#identities.publish();
      this.#egress.publish();
    });
    this.#ready.resolve();
  }

  /** One turn: epochs until nothing is left to take, then a checkpoint when it is new, old or lacks cosignatures. */
  async turn(signal: AbortSignal): Promise<void> {
    if (!(await this.checkpoints.mayPublish(signal))) return;
    let outcome = await this.commitEpoch();
    while (outcome === "cut" && !signal.aborted) outcome = await this.commitEpoch();
    if (!signal.aborted && this.checkpoints.isDue()) await this.publish(signal);
  }

  /** Turns, one every ten seconds, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, observer } = this.#ports;
    while (!signal.aborted) {
      try {
        await this.turn(signal);
      } catch (error) {
        // Nothing was signed that is not on disk; the next turn tries again.
        observer.note(isStationError(error) ? "storage failed" : "unforeseen failure");
      }
      await clock.sleep(EPOCH_EVERY_MS, signal).catch(() => undefined);
    }
    this.#isClosed = true;
    const closed = stationError("station/closed");
    for (const one of this.#recorded.splice(0)) one.reject(closed);
    this.#ready.reject(stationError("station/shutting-down"));
    await this.checkpoints.idle();
  }

  async #shown(): Promise<Published> {
    await this.#ready.promise;
    const { published } = this.checkpoints;
    if (published === undefined) throw stationError("station/internal");
    return published;
  }

  async freshness(): Promise<LoggedLeaf> {
    const { checkpoint } = await this.#shown();
    return await this.shown.leaf(checkpoint.size - 1);
  }

  /** Whose word is enough, with the witnesses as they are (S-24). */
  policies(): LedgerPolicies {
    const { url = "", region = "" } = this.#options.place ?? {};
    const log = { key: this.checkpoints.key, url: `${url}/log`, region };
    return ledgerPolicies(
      log,
      this.checkpoints.witnesses.map((line) => line.party),
    );
  }

  async headProof(log: LogId): Promise<LedgerProof> {
    return await this.headProofOf(ledgerLogKey(log, this.#ports.sha256));
  }

  /** A proof about any key of the heads map (S-16) in the published epoch. */
  async headProofOf(key: Uint8Array): Promise<LedgerProof> {
    return await this.#prove(this.#heads, key);
  }

  /** A proof in the published epoch; made again when another was published meanwhile. */
  async #prove(map: StoredMap, key: Uint8Array): Promise<LedgerProof> {
    for (;;) {
      const { epoch } = await this.#shown();
      const proof = await map.prove(key);
      if (this.checkpoints.published?.epoch === epoch) return { epoch, proof };
    }
  }

  async identityProof(genesis: Uint8Array): Promise<LedgerProof> {
    const { sha256 } = this.#ports;
    return await this.#prove(this.#identities, ledgerIdentityKey(ledgerSalt(genesis, sha256), sha256));
  }

  /** A tile or an entry bundle by its path below `/log/` (S-20). */
  async resource(path: string): Promise<Uint8Array | undefined> {
    return await this.#log.resource(path);
  }
}

/** A turn of the event loop: requests go before the ledger's arithmetic. */
async function pauseOf({ clock }: StationPorts): Promise<void> {
  await clock.sleep(0, new AbortController().signal);
}

/** The epoch at the end of a log. @throws StationError `station/ledger-damaged` */
async function lastEpoch(log: TileLog): Promise<EpochLeaf> {
  const decoded = decodeLedgerLeaf(await log.leaf(log.size - 1));
  if (!decoded.ok || decoded.value.kind !== "epoch") throw stationError("station/ledger-damaged");
  return decoded.value;
}
