/*
 * Watches the link a session is attached to: whether it froze while something was outstanding, when it needs a sign of
 * life, when it has carried enough. Freezing matters because a common block does not break a link, it swallows it after
 * some packets without a word (3-road.md R10); waiting for TCP to notice takes minutes.
 */
import { MAX_ECHO_BYTES, type SessionLimits } from "./limits.ts";
import { Pace } from "./pace.ts";

const KEEP_ALIVE_BYTES = 8;
/** Idle for so long, a link may be proved. */
const PROVE_IDLE_MS = 1_000;
/** … when an echo takes no longer than this one way: nobody should wait behind a proof. */
const PROVE_COST_MS = 1_000;

/** How a link is doing. `quiet`: silent for as long as a healthy one is not; `dead`: give it up; `spent`: replace it. */
export type LinkState = "well" | "quiet" | "dead" | "spent";

/** Signs of life of one link. */
export class LinkWatch {
  readonly pace: Pace = new Pace();
  readonly #limits: SessionLimits;
  readonly #keepAliveMs: number;
  #spentAtMs: number;
  #heardAtMs: number;
  #sentAtMs: number;
  /** since when something waits for an answer */
  #outstandingAtMs: number | undefined;
  #pingAtMs: number | undefined;
  #pingIsProof = false;
  #proveBytes = 0;
  #carriedBytes = 0;
  /** another link waits: looking elsewhere costs nothing */
  isWarm = false;

  constructor(limits: SessionLimits, random: () => number, nowMs: number) {
    this.#limits = limits;
    this.#heardAtMs = this.#sentAtMs = nowMs;
    this.#keepAliveMs = limits.keepAliveMs * (1 - random() / 4);
    this.#spentAtMs = limits.retireMs === 0 ? Number.POSITIVE_INFINITY : nowMs + limits.retireMs * (1 + 2 * random());
  }

  /** Bytes both ways. */
  get carriedBytes(): number {
    return this.#carriedBytes;
  }

  heard(sizeBytes: number, nowMs: number): void {
    this.#carriedBytes += sizeBytes;
    this.#heardAtMs = nowMs;
  }

  sent(sizeBytes: number, nowMs: number): void {
    this.#carriedBytes += sizeBytes;
    this.#sentAtMs = nowMs;
  }

  outstanding(nowMs: number): void {
    this.#outstandingAtMs ??= nowMs;
  }

  nothingOutstanding(): void {
    this.#outstandingAtMs = this.#pingAtMs;
  }

  /** Until the link has carried so many bytes, echoes are sent while it is idle and they cost little (P-43). */
  prove(sizeBytes: number): void {
    this.#proveBytes = sizeBytes;
  }

  /** The link is replaced sooner than others, or with `isPutOff` later: after so long, or up to three times as long. */
  retire(afterMs: number, random: number, nowMs: number, isPutOff = false): void {
    const atMs = afterMs === 0 ? Number.POSITIVE_INFINITY : nowMs + afterMs * (1 + 2 * random);
    this.#spentAtMs = isPutOff ? atMs : Math.min(this.#spentAtMs, atMs);
  }

  /** The size of the ping that is due; it then counts as sent. */
  pingBytes(nowMs: number): number | undefined {
    if (this.#pingAtMs !== undefined) return undefined;
    const isProof = nowMs >= this.#proofAtMs;
    if (!isProof && nowMs - this.#sentAtMs < this.#keepAliveMs) return undefined;
    this.#pingAtMs = nowMs;
    this.#pingIsProof = isProof;
    this.#outstandingAtMs ??= nowMs;
    return isProof ? MAX_ECHO_BYTES : KEEP_ALIVE_BYTES;
  }

  /** Whether the link carries so much in a second that what is not asked for holds nobody up. */
  get isRoomy(): boolean {
    return this.pace.bytesPerMs * PROVE_COST_MS >= MAX_ECHO_BYTES;
  }

  /** When an echo may be sent for proof, if nothing happens until then. */
  get #proofAtMs(): number {
    const isWanted = this.#carriedBytes < this.#proveBytes && this.#outstandingAtMs === undefined;
    if (!isWanted || !this.isRoomy) return Number.POSITIVE_INFINITY;
    return Math.max(this.#sentAtMs, this.#heardAtMs) + PROVE_IDLE_MS;
  }

  /** @returns false when nothing was asked */
  echoed(nowMs: number): boolean {
    if (this.#pingAtMs === undefined) return false;
    // A long echo says how fast the link is, not how far the other end.
    if (!this.#pingIsProof) this.pace.roundTrip(nowMs - this.#pingAtMs, nowMs);
    if (this.#outstandingAtMs === this.#pingAtMs) this.#outstandingAtMs = undefined;
    this.#pingAtMs = undefined;
    return true;
  }

  state(nowMs: number): LinkState {
    if (this.#outstandingAtMs !== undefined) {
      const silentMs = nowMs - Math.max(this.#outstandingAtMs, this.#heardAtMs);
      if (silentMs >= this.#limits.deadMs) return "dead";
      if (silentMs >= this.#freezeMs) return "quiet";
    }
    return nowMs >= this.#spentAtMs || this.#carriedBytes >= this.#limits.retireBytes ? "spent" : "well";
  }

  /** When `state` may change, or a ping is due, if nothing happens until then. */
  dueAtMs(nowMs: number): number {
    const times =
      this.#pingAtMs === undefined ? [this.#sentAtMs + this.#keepAliveMs, this.#proofAtMs] : [Number.POSITIVE_INFINITY];
    if (nowMs < this.#spentAtMs) times.push(this.#spentAtMs);
    if (this.#outstandingAtMs !== undefined) {
      const fromMs = Math.max(this.#outstandingAtMs, this.#heardAtMs);
      times.push(fromMs + (this.state(nowMs) === "quiet" ? this.#limits.deadMs : this.#freezeMs));
    }
    return Math.min(...times);
  }

  get #freezeMs(): number {
    const { freezeMs, warmFreezeMs } = this.#limits;
    if (this.isWarm) return Math.max(warmFreezeMs, 3 * this.pace.roundTripMs, this.pace.lateMs);
    return Math.max(freezeMs, 3 * this.pace.roundTripMs);
  }
}
