/*
 * A link whose traffic has one shape, whatever it carries (protocol/18-unlinkability.md §2): the dialer sends a cell at each tick, the acceptor answers each
 * cell with one of its own a fixed time later, and nothing else is ever sent. A cell is `used u16, bytes, zeros`, always of the
 * same size. What waits, waits for the next cell; where nothing waits, the cell is empty.
 */
import { DrainWaiters } from "../drain.ts";
import type { Clock, Link, LinkEnd, Rng } from "../port.ts";

/** Bytes of every cell. */
export const CELL_BYTES = 4096;
/** How often the dialer sends one. */
export const TICK_MS = 10_000;
/** After which time the acceptor answers: what a question of that cell comes to is in it, mostly. */
export const ANSWER_AFTER_MS = 250;
const LENGTH_BYTES = 2;
const ROOM_BYTES: number = CELL_BYTES - LENGTH_BYTES;

/** When cells leave: a tick, or so long after one came. */
interface Pace {
  readonly begin: (send: () => void) => void;
  readonly came: (send: () => void) => void;
}

/** Bytes that arrive in cells, taken out of them. Also for whoever looks at such a stream in a test or the lab. */
export class CellReader {
  #held = new Uint8Array(0);

  /** @returns what whole cells carry, an empty one as empty bytes; undefined for a cell that is none */
  push(chunk: Uint8Array): readonly Uint8Array[] | undefined {
    const bytes = new Uint8Array(this.#held.byteLength + chunk.byteLength);
    bytes.set(this.#held);
    bytes.set(chunk, this.#held.byteLength);
    const whole: Uint8Array[] = [];
    let at = 0;
    for (; at + CELL_BYTES <= bytes.byteLength; at += CELL_BYTES) {
      const used = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      if (used > ROOM_BYTES) return undefined;
      whole.push(bytes.slice(at + LENGTH_BYTES, at + LENGTH_BYTES + used));
    }
    this.#held = bytes.slice(at);
    return whole;
  }
}

class CellLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #link: Link;
  readonly #pace: Pace;
  readonly #reader = new CellReader();
  readonly #drain = new DrainWaiters(() => this.unsentBytes);
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isOver = false;

  constructor(link: Link, pace: Pace) {
    this.#link = link;
    this.#pace = pace;
    this.ended = link.ended;
    void link.ended.then(() => this.#over());
    pace.begin(() => this.#send());
  }

  get unsentBytes(): number {
    return this.#isOver ? 0 : this.#waitingBytes + this.#link.unsentBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#isOver || bytes.byteLength === 0) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#link.receive((chunk) => {
      const cells = this.#reader.push(chunk);
      if (cells === undefined) return this.#link.close();
      for (const cell of cells) {
        this.#pace.came(() => this.#send());
        // An empty one as well: whoever waits for an answer hears that the other end lives.
        receiver(cell);
      }
    });
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#drain.wait(belowBytes);
  }

  /** What is said last leaves in one more cell. */
  close(): void {
    if (this.#waitingBytes > 0) this.#send();
    this.#over();
    this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }

  #over(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#drain.release();
  }

  #send(): void {
    // A line that is slower than the cells gets no more of them than it takes.
    if (this.#isOver || this.#link.unsentBytes >= CELL_BYTES) return;
    const cell = new Uint8Array(CELL_BYTES);
    let at = LENGTH_BYTES;
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) {
      const taken = first.subarray(0, CELL_BYTES - at);
      cell.set(taken, at);
      at += taken.byteLength;
      if (taken.byteLength < first.byteLength) this.#waiting.unshift(first.subarray(taken.byteLength));
      if (at === CELL_BYTES) break;
    }
    const used = at - LENGTH_BYTES;
    cell[0] = used >> 8;
    cell[1] = used & 0xff;
    this.#waitingBytes -= used;
    this.#link.send(cell);
    this.#drain.check();
  }
}

/** The dialer's end: a cell at each tick, from a random part of the first one on. */
export function dialerCells(link: Link, { clock, rng }: { readonly clock: Clock; readonly rng: Rng }): Link {
  const over = new AbortController();
  void link.ended.then(() => over.abort());
  const begin = async (send: () => void): Promise<void> => {
    let delayMs = Math.floor(rng.next() * TICK_MS);
    for (;;) {
      await clock.sleep(delayMs, over.signal);
      send();
      delayMs = TICK_MS;
    }
  };
  return new CellLink(link, {
    // Only the end of the link ends it.
    begin: (send) => void begin(send).catch(() => undefined),
    came: () => undefined,
  });
}

/** The acceptor's end: one cell for each that came. */
export function acceptorCells(link: Link, clock: Clock): Link {
  const over = new AbortController();
  void link.ended.then(() => over.abort());
  return new CellLink(link, {
    begin: () => undefined,
    came: (send) => void clock.sleep(ANSWER_AFTER_MS, over.signal).then(send, () => undefined),
  });
}
