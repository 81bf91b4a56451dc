/*
 * What the first flights of a link look like from outside. Small frames in lock step are measured by who looks for a TLS handshake
 * inside another connection (3-road.md R4; Xue et al., USENIX Security 2024): nDPI's models take four flights, two of them
 * the client's, from some hundred bytes up to the size of a hello. So the dialer's first flights have the size of an
 * ordinary request for a page, as browsers send them, which none of the models knows; a flight that is longer than that, and
 * shorter than an upload, goes in more pieces than a hello does. The acceptor needs none of it: its flights are judged
 * together with ours.
 */
import { concatBytes } from "@chapar/wire/bytes";
import { encodeFrame } from "./frames.ts";

/** Bytes of a flight that is filled up: a GET with a browser's headers. */
const REQUEST_BYTES = { least: 436, most: 500 } as const;
/** A flight so long begins no handshake. */
const UPLOAD_BYTES = 3_100;
/** A hello is cut into three pieces at most (nDPI, `pkts[0] > 3`). */
const PIECES = 4;
/** The most that an additional piece is. */
const PIECE_BYTES = 40;
/** Frames of a link, both directions, that are looked at: what was measured is 25 packets or 40 records. */
const LOOKED_AT = 48;
const HEAD_BYTES = 3;

/** A padding frame of so many bytes, its head included. */
function filler(sizeBytes: number): Uint8Array {
  return encodeFrame.padding(Math.max(0, sizeBytes - HEAD_BYTES));
}

/** Shapes the flights of one link's dialer. */
export class FlightShape {
  readonly #random: () => number;
  #frames = 0;
  #flightBytes = 0;
  #flightFrames = 0;

  /** @param random  uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether flights are still looked at. */
  get isActive(): boolean {
    return this.#frames < LOOKED_AT;
  }

  /** The newest frames of a flight as they are to be sent: those of a request together in one packet, those of more one by one. */
  pieces(frames: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#flightBytes > REQUEST_BYTES.most || frames.length < 2) return frames;
    this.#flightFrames -= frames.length - 1;
    return [concatBytes(...frames)];
  }

  /** Something came: the flight is over. */
  heard(): void {
    this.#frames += 1;
    this.#flightBytes = this.#flightFrames = 0;
  }

  /** A frame leaves. */
  sent(sizeBytes: number): void {
    this.#frames += 1;
    this.#flightBytes += sizeBytes;
    this.#flightFrames += 1;
  }

  /** What is to be sent after the frames of a flight; undefined when it looks as it should. It then counts as sent. */
  topUp(): Uint8Array | undefined {
    const sizeBytes = this.#missingBytes();
    if (sizeBytes === undefined) return undefined;
    const frame = filler(sizeBytes);
    this.sent(frame.byteLength);
    return frame;
  }

  #missingBytes(): number | undefined {
    if (this.#frames >= LOOKED_AT || this.#flightFrames === 0) return undefined;
    const { least, most } = REQUEST_BYTES;
    if (this.#flightBytes < least) {
      return Math.max(HEAD_BYTES, least + Math.floor(this.#random() * (most - least)) - this.#flightBytes);
    }
    if (this.#flightBytes <= most || this.#flightBytes >= UPLOAD_BYTES || this.#flightFrames >= PIECES)
      return undefined;
    return HEAD_BYTES + Math.floor(this.#random() * PIECE_BYTES);
  }
}
