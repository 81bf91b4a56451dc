/*
 * What is on its way, as apps see it. Nothing is kept: what waits to be sent is read from the outbox when it is scanned. Events go out at
 * once when a state changes, and four times a second at most while bytes move.
 */
import type { ClientEvent } from "../api.ts";
import type { TransferView } from "../media-views.ts";
import { Meter } from "./meter.ts";

const EVERY_MS = 250;
/** Fewer bytes than this tell how long an answer takes, not how fast the line is. */
const RATED_BYTES: number = 128 * 1024;

/** Which transfer. */
export type TransferPlace = Pick<TransferView, "message" | "conversation" | "file" | "direction">;

/** One transfer while it is known. */
export interface Transfer {
  /** bytes that are done, of all */
  progress(bytes: number): void;
  become(state: TransferView["state"], code?: string): void;
  /** nothing more is told of it */
  forget(): void;
}

const keyOf = ({ message, file, direction }: Omit<TransferPlace, "conversation">): string =>
  `${direction} ${message} ${file ?? ""}`;

/** All transfers. */
export class TransferBoard {
  readonly #nowMs: () => number;
  readonly #emit: (event: ClientEvent) => void;
  readonly #views = new Map<string, TransferView>();
  /** bytes a second of the last transfer down that was large and long enough to measure */
  downRate: number | undefined;

  constructor(nowMs: () => number, emit: (event: ClientEvent) => void) {
    this.#nowMs = nowMs;
    this.#emit = emit;
  }

  all(): readonly TransferView[] {
    return [...this.#views.values()];
  }

  of(place: Omit<TransferPlace, "conversation">): TransferView | undefined {
    return this.#views.get(keyOf(place));
  }

  /** A transfer was given up: that is told, and nothing more of it. */
  giveUp(place: Omit<TransferPlace, "conversation">): void {
    const view = this.of(place);
    if (view === undefined) return;
    this.#views.delete(keyOf(place));
    this.#emit({ type: "transfer", transfer: { ...view, state: "stopped", code: "client/cancelled" } });
  }

  /** Tells of a transfer from now on; one of the same place is replaced. */
  open(place: TransferPlace, totalBytes: number, state: TransferView["state"] = "waiting"): Transfer {
    const key = keyOf(place);
    const meter = new Meter(this.#nowMs);
    let toldAtMs = Number.NEGATIVE_INFINITY;
    let view: TransferView = {
      ...place,
      state,
      bytes: 0,
      totalBytes,
      bytesPerSecond: 0,
      secondsLeft: undefined,
      code: undefined,
    };
    const tell = (next: Partial<TransferView>, isNow: boolean): void => {
      view = { ...view, ...next };
      this.#views.set(key, view);
      const atMs = this.#nowMs();
      if (!isNow && atMs - toldAtMs < EVERY_MS) return;
      toldAtMs = atMs;
      this.#emit({ type: "transfer", transfer: view });
    };
    tell({}, true);
    return {
      progress: (bytes) => {
        meter.note(bytes);
        const { bytesPerSecond } = meter;
        if (place.direction === "down" && bytesPerSecond > 0 && bytes >= RATED_BYTES) this.downRate = bytesPerSecond;
        const secondsLeft = bytesPerSecond > 0 ? Math.ceil((totalBytes - bytes) / bytesPerSecond) : undefined;
        tell({ bytes, bytesPerSecond, secondsLeft }, false);
      },
      become: (next, code) => {
        if (next === view.state && code === view.code) return;
        if (next !== "running") meter.reset();
        const isOver = next === "done";
        tell(
          { state: next, code, bytesPerSecond: 0, secondsLeft: undefined, ...(isOver && { bytes: totalBytes }) },
          true,
        );
        if (isOver) this.#views.delete(key);
      },
      forget: () => void this.#views.delete(key),
    };
  }
}
