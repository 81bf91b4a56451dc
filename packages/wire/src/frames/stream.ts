/*
 * A link's byte stream as frames and back: `u32 length, frame` again and again. Chunks come in any size; a frame may
 * span many of them and a chunk may hold many frames.
 *
 * Reading costs O(total): a frame that lies within one chunk is a view of it; one that spans chunks is gathered in a
 * buffer that grows with what really arrived, so that announcing a length costs the announcer as much as it costs us.
 * Writing goes straight into one buffer with the length filled in afterwards; many small frames leave as one message.
 */
import { ByteWriter } from "../bytes/index.ts";
import { MAX_FRAME_BYTES } from "../limits.ts";
import { sizeHint, writeFrame } from "./codec.ts";
import type { Frame } from "./types.ts";

const LENGTH_BYTES = 4;
const FIRST_BUFFER_BYTES = 1024;
// One for all readers: a station has as many readers as links, and most of them hold nothing.
const NOTHING = new Uint8Array(0);

/** What a chunk completed. After a `fault` the link must end; frames before it are still given. */
export interface FrameBatch {
  /** without their lengths; views into the chunk where they lie within it */
  readonly frames: readonly Uint8Array[];
  /** a length above the limit was announced (W-3); nothing of that frame was kept, and later chunks give nothing */
  readonly fault: "wire/too-large" | undefined;
}

/**
 * Cuts a stream of chunks into frames.
 *
 * Cost: amortised O(1) a byte; holds at most twice what has arrived of one unfinished frame, and never more than the limit.
 */
export class FrameReader {
  readonly #maxFrameBytes: number;
  /** the length so far, and how many of its bytes have come */
  #length = 0;
  #lengthBytes = 0;
  /** length of the unfinished frame; undefined while its length is unfinished */
  #wantedBytes: number | undefined;
  #held: Uint8Array = NOTHING;
  #heldBytes = 0;
  #fault: "wire/too-large" | undefined;

  constructor(maxFrameBytes: number = MAX_FRAME_BYTES) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Whether a frame has begun and not ended: a link that ends now was cut in the middle of one. */
  get midFrame(): boolean {
    return this.#lengthBytes > 0 || this.#wantedBytes !== undefined;
  }

  /** Takes the next bytes of the stream. The chunk must not be changed while its frames are in use. */
  push(chunk: Uint8Array): FrameBatch {
    const frames: Uint8Array[] = [];
    let at = 0;
    while (this.#fault === undefined && at < chunk.byteLength) {
      if (this.#wantedBytes === undefined) at = this.#readLength(chunk, at);
      // A frame of no bytes is complete as soon as its length is.
      if (this.#wantedBytes === undefined) continue;
      const missing = this.#wantedBytes - this.#heldBytes;
      const available = chunk.byteLength - at;
      if (available < missing) {
        this.#hold(chunk.subarray(at), this.#wantedBytes);
        break;
      }
      const end = at + missing;
      if (this.#heldBytes === 0) {
        frames.push(chunk.subarray(at, end));
      } else {
        this.#hold(chunk.subarray(at, end), this.#wantedBytes);
        frames.push(this.#held.subarray(0, this.#wantedBytes));
      }
      at = end;
      this.#wantedBytes = undefined;
      this.#held = NOTHING;
      this.#heldBytes = 0;
    }
    return { frames, fault: this.#fault };
  }

  /** Reads what the chunk has of a length. @returns where the frame begins, or the chunk's end */
  #readLength(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#lengthBytes < LENGTH_BYTES && at < chunk.byteLength) {
      this.#length = this.#length * 256 + (chunk[at++] ?? 0);
      this.#lengthBytes++;
    }
    if (this.#lengthBytes < LENGTH_BYTES) return at;
    if (this.#length > this.#maxFrameBytes) this.#fault = "wire/too-large";
    else this.#wantedBytes = this.#length;
    this.#length = 0;
    this.#lengthBytes = 0;
    return at;
  }

  #hold(part: Uint8Array, wantedBytes: number): void {
    const need = this.#heldBytes + part.byteLength;
    if (need > this.#held.byteLength) {
      const grown = new Uint8Array(
        Math.min(wantedBytes, Math.max(need, this.#held.byteLength * 2, FIRST_BUFFER_BYTES)),
      );
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(part, this.#heldBytes);
    this.#heldBytes = need;
  }
}

/**
 * Gathers frames with their lengths into one piece of the stream: `add` as many as there are, `take` once, send. As
 * nothing is left after `take`, one writer may serve many links in turn; it then keeps one warm buffer for all of them.
 */
export class FrameWriter {
  readonly #writer: ByteWriter;

  constructor(capacityBytes = 4096) {
    this.#writer = new ByteWriter(capacityBytes);
  }

  /** Bytes added and not yet taken. */
  get length(): number {
    return this.#writer.length;
  }

  /** Appends a frame. @throws RangeError for a value that does not fit its field; nothing is then added */
  add(frame: Frame): this {
    const start = this.#writer.length;
    this.#writer.u32(0);
    try {
      writeFrame(this.#writer, frame);
    } catch (error) {
      this.#writer.truncate(start);
      throw error;
    }
    this.#writer.patchU32(start, this.#writer.length - start - LENGTH_BYTES);
    return this;
  }

  /** Appends a frame that was encoded before: one push to many readers is encoded once. */
  addEncoded(frame: Uint8Array): this {
    if (frame.byteLength > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${frame.byteLength} bytes`);
    this.#writer.u32(frame.byteLength).bytes(frame);
    return this;
  }

  /** Everything added, as bytes that are the caller's; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#writer.take();
  }
}

/** Frames with their lengths, as one piece of the stream. @throws RangeError for a value that does not fit its field */
export function frameBytes(...frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  let capacityBytes = 0;
  for (const frame of frames) capacityBytes += sizeHint(frame);
  const writer = new FrameWriter(capacityBytes);
  for (const frame of frames) writer.add(frame);
  return writer.take();
}
