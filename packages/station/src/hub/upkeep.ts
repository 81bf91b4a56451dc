/*
 * Bodies go (E-12, E-13): those that every registered reader has acknowledged, and those older than the time to live. A
 * slow job beside the station's work: a step looks at a bounded piece of one log, and requests go between steps. Logs that
 * were acknowledged come first; beside them all logs are walked through, in turn, for what has become old.
 *
 * Genesis entries and commits stay: they hold no message, and the keys of a log follow from them. So a mirror that begins
 * late, or a reader who checks the log's id, finds what it needs.
 */
import { decodeSignedHead } from "@chapar/log";
import { peekEntry, type LogId } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import { DEFAULT_TIME_TO_LIVE_MS } from "../limits.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { Hole, StoredChunk, Write } from "../store/port.ts";
import type { Hub } from "./hub.ts";

const TURN_EVERY_MS = 60_000;
/** Logs looked at in one turn beside those that were acknowledged. */
const WALK_LOGS = 512;
/** Bytes of entries that one step looks at. */
const STEP_BYTES: number = 256 * 1024;
/** How long requests have the disk to themselves after a step that wrote. */
const STEP_PAUSE_MS = 20;

/** What may go of a log now. */
export interface GoingRule {
  /** every reader has acknowledged what is below */
  readonly prunedBelow: number;
  /** whether what a head was the first to cover is older than the time to live */
  readonly isExpired: (head: Uint8Array) => boolean;
}

/** What goes of some pieces of a log, and where looking ended: at the first body that stays because somebody may need it. */
export function planHoles(
  pieces: readonly StoredChunk[],
  rule: GoingRule,
): { readonly holes: readonly Hole[]; readonly isAtEnd: boolean } {
  const holes: Hole[] = [];
  for (const piece of pieces) {
    let isExpired: boolean | undefined;
    for (const [i, entry] of piece.entries.entries()) {
      const index = piece.first + i;
      const isPruned = index < rule.prunedBelow;
      if (!isPruned && !(isExpired ??= rule.isExpired(piece.head))) return { holes, isAtEnd: true };
      if (!holdsMessage(entry)) continue;
      const status = isPruned ? "pruned" : "expired";
      const last = holes.at(-1);
      if (last !== undefined && last.status === status && last.first + last.count === index) {
        holes[holes.length - 1] = { ...last, count: last.count + 1 };
      } else holes.push({ first: index, count: 1, status, tombstone: undefined });
    }
  }
  return { holes, isAtEnd: pieces.length === 0 };
}

/** Whether a body may go: messages and knocks may; genesis entries and commits carry the log's keys. */
export function holdsMessage(entry: Uint8Array): boolean {
  const header = peekEntry(entry);
  return header.ok && (header.value.kind === "message" || header.value.kind === "knock");
}

/** Prunes and expires. */
export class Upkeep {
  readonly #ports: StationPorts;
  readonly #self: StationIdentity;
  readonly #hub: Hub;
  readonly #timeToLiveMs: number;
  readonly #touched = new Map<string, LogId>();
  #mark = 0;

  /** @throws StationError `station/bad-config` for a time to live below 180 days */
  constructor(parts: {
    readonly ports: StationPorts;
    readonly self: StationIdentity;
    readonly hub: Hub;
    readonly timeToLiveMs: number | undefined;
  }) {
    this.#ports = parts.ports;
    this.#self = parts.self;
    this.#hub = parts.hub;
    this.#timeToLiveMs = parts.timeToLiveMs ?? DEFAULT_TIME_TO_LIVE_MS;
    if (!(this.#timeToLiveMs >= DEFAULT_TIME_TO_LIVE_MS)) throw stationError("station/bad-config");
  }

  /** An ack of a log has moved on. */
  touched(log: LogId): void {
    this.#touched.set(bytesKey(log), log);
  }

  /** Turns, one a minute, until the signal is aborted. @param also  what else is looked at in every turn */
  async run(signal: AbortSignal, also: () => Promise<void> = async () => undefined): Promise<void> {
    const { clock, observer } = this.#ports;
    for (;;) {
      await clock.sleep(TURN_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.turn(signal);
        await also();
      } catch {
        // Nothing went that is not said to be gone; the next turn tries again.
        observer.note("storage failed");
      }
    }
  }

  /** Logs that were acknowledged, then some of all. */
  async turn(signal: AbortSignal): Promise<void> {
    const touched = [...this.#touched.values()];
    this.#touched.clear();
    const walked = await this.#ports.store.logs(this.#mark, WALK_LOGS);
    this.#mark = walked.logs.length < WALK_LOGS ? 0 : walked.mark;
    for (const log of [...touched, ...walked.logs]) {
      if (signal.aborted) return;
      await this.tend(log, signal);
    }
  }

  /** Lets go of a log what may go now. */
  async tend(log: LogId, signal: AbortSignal): Promise<void> {
    const { store, clock, observer } = this.#ports;
    let from = 1;
    for (const status of ["pruned", "expired"] as const) from = Math.max(from, await store.holeEnd(log, status));
    while (!signal.aborted) {
      const step = await this.#hub.care.run(bytesKey(log), () => this.#step(log, from));
      from = step.next;
      if (step.gone > 0) observer.count("bodies_dropped", step.gone);
      if (step.isAtEnd) return;
      await clock.sleep(step.gone > 0 ? STEP_PAUSE_MS : 0, signal).catch(() => undefined);
    }
  }

  /** One bounded piece; nobody registers or acknowledges between the look and the write. */
  async #step(log: LogId, from: number): Promise<{ next: number; gone: number; isAtEnd: boolean }> {
    const { store } = this.#ports;
    const stored = await store.log(log);
    const pieces = stored === undefined ? [] : await store.chunks(log, from, STEP_BYTES);
    const needs = await store.readerNeeds(log);
    const stationKey = stored?.record.mirror?.hub.key ?? this.#self.ref.key;
    const oldMs = this.#ports.clock.nowMs() - this.#timeToLiveMs;
    const isExpired = (head: Uint8Array): boolean => {
      const decoded = decodeSignedHead(head, { stationKey, logId: log });
      return decoded.ok && decoded.value.batch.timeMs < oldMs;
    };
    // A branch is owed to its hub, and nobody's ack says that the hub has it (J-5).
    const isOwed = stored?.record.kind === "branch" && stored.record.mirror === undefined;
    const plan = planHoles(pieces, { prunedBelow: isOwed ? 0 : (needs.from ?? 0), isExpired });
    const writes = plan.holes.map((hole): Write => ({ kind: "hole", log, hole }));
    if (writes.length > 0) await store.commit(writes);
    const last = pieces.at(-1);
    return {
      next: last === undefined ? from : last.first + last.entries.length,
      gone: plan.holes.reduce((sum, hole) => sum + hole.count, 0),
      isAtEnd: plan.isAtEnd,
    };
  }
}
