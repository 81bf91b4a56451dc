/*
 * Frames of the session layer: `type u8, length u16, body`. They travel on the byte stream of any link, so their borders
 * have nothing to do with chunks. What does not decode ends the link and never the session: a relay can garble a link,
 * and the same session goes on over another (protocol/8-road.md P-3).
 */
import { ByteReader, ByteWriter, type Decoded } from "@chapar/wire/bytes";
import {
  MAX_ECHO_BYTES,
  MAX_FIND_BYTES,
  MAX_FRAME_BODY_BYTES,
  MAX_LABEL_BYTES,
  MAX_PAD_BYTES,
  MAX_SEGMENT_BYTES,
  MAX_STREAMS,
} from "./limits.ts";

/** Sizes of keys, signatures, nonces and chain values. */
export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const NONCE_BYTES = 16;
export const CHAIN_BYTES = 16;

const TYPE = {
  challenge: 0x01,
  attach: 0x02,
  attached: 0x03,
  refused: 0x04,
  find: 0x05,
  found: 0x06,
  hold: 0x07,
  held: 0x08,
  ask: 0x09,
  segment: 0x10,
  ack: 0x11,
  echo: 0x12,
  echoed: 0x13,
  padding: 0x14,
} as const;

/** What a segment is. */
export const SEGMENT_KIND = { data: 0, open: 1, finish: 2, reset: 3 } as const;
export type SegmentKind = (typeof SEGMENT_KIND)[keyof typeof SEGMENT_KIND];

/** Why an attach was refused. */
export const REFUSAL = { gone: 1, busy: 2, stale: 3, altered: 4 } as const;
export type Refusal = (typeof REFUSAL)[keyof typeof REFUSAL];

/** How far one direction of a stream has come at its receiver. */
export interface StreamState {
  readonly stream: number;
  /** segments received in order; the number of the next one expected */
  readonly received: number;
  /** the sender may have used so much credit in all */
  readonly credit: number;
  /** the hash chain over the segments received, 16 bytes */
  readonly chain: Uint8Array;
}

/** One entry of an acknowledgement. */
export type Acknowledgement = Omit<StreamState, "chain">;

/** A frame as it was read. Byte fields share memory with what was read. */
export type SessionFrame =
  | { readonly type: "challenge"; readonly version: number; readonly nonce: Uint8Array; readonly key: Uint8Array }
  | {
      readonly type: "attach";
      readonly key: Uint8Array;
      readonly nonce: Uint8Array;
      /** counts a session's attaches; later ones replace earlier ones */
      readonly number: number;
      /** the dialer has never heard that the session exists */
      readonly mayCreate: boolean;
      readonly streams: readonly StreamState[];
      readonly signature: Uint8Array;
      readonly body: Uint8Array;
    }
  | {
      readonly type: "attached";
      readonly streams: readonly StreamState[];
      readonly signature: Uint8Array;
      readonly body: Uint8Array;
    }
  | {
      /** the link is to wait for an attach of this session */
      readonly type: "hold";
      readonly key: Uint8Array;
      readonly signature: Uint8Array;
      readonly body: Uint8Array;
    }
  | { readonly type: "held" }
  | {
      /** padding of so many bytes is wanted (P-143) */
      readonly type: "ask";
      readonly wantedBytes: number;
    }
  | { readonly type: "refused"; readonly code: number; readonly signature: Uint8Array; readonly body: Uint8Array }
  | {
      readonly type: "segment";
      readonly stream: number;
      readonly seq: number;
      readonly kind: SegmentKind;
      readonly payload: Uint8Array;
    }
  | { readonly type: "ack"; readonly streams: readonly Acknowledgement[] }
  | { readonly type: "echo" | "echoed" | "find" | "found"; readonly bytes: Uint8Array }
  | { readonly type: "padding" };

const HEAD_BYTES = 3;
// A state lists what one end has open and what it opened itself.
const MAX_STATES = 4 * MAX_STREAMS + 1;

function framed(type: number, write: (out: ByteWriter) => void, capacityBytes = 64): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(capacityBytes).u8(type).u16(0);
  write(out);
  const frame = out.take();
  const bodyBytes = frame.byteLength - HEAD_BYTES;
  if (bodyBytes > MAX_FRAME_BODY_BYTES) throw new RangeError("session frame too long");
  frame[1] = bodyBytes >> 8;
  frame[2] = bodyBytes & 0xff;
  return frame;
}

function writeStates(out: ByteWriter, states: readonly StreamState[]): void {
  out.list(states, (to, { stream, received, credit, chain }) => {
    to.varint(stream).varint(received).varint(credit).bytes(chain);
  });
}

/** The bytes of an attach, without its signature; what is signed. */
export function attachBody(
  key: Uint8Array,
  nonce: Uint8Array,
  number: number,
  mayCreate: boolean,
  states: readonly StreamState[],
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(256).bytes(key).bytes(nonce).varint(number).flag(mayCreate);
  writeStates(out, states);
  return out.take();
}

/** As attachBody, of its answer. */
export function attachedBody(states: readonly StreamState[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(256);
  writeStates(out, states);
  return out.take();
}

/** Encoders, by frame. */
export const encodeFrame = {
  challenge: (nonce: Uint8Array, key: Uint8Array, version: number): Uint8Array<ArrayBuffer> =>
    framed(TYPE.challenge, (out) => out.u8(version).bytes(nonce).bytes(key)),
  signed: (
    type: "attach" | "attached" | "refused" | "hold",
    body: Uint8Array,
    signature: Uint8Array,
  ): Uint8Array<ArrayBuffer> => framed(TYPE[type], (out) => out.bytes(body).bytes(signature), body.length + 80),
  ask: (wantedBytes: number, sizeBytes: number): Uint8Array<ArrayBuffer> =>
    framed(TYPE.ask, (out) => out.u16(wantedBytes).bytes(new Uint8Array(sizeBytes - HEAD_BYTES - 2)), sizeBytes),
  held: (): Uint8Array<ArrayBuffer> => framed(TYPE.held, () => undefined),
  segment(stream: number, seq: number, kind: SegmentKind, payload: Uint8Array, padBytes = 0): Uint8Array<ArrayBuffer> {
    const sizeBytes = HEAD_BYTES + 24 + padBytes + payload.byteLength;
    return framed(
      TYPE.segment,
      (out) => {
        out.varint(stream).varint(seq).u8(kind).varint(padBytes);
        if (padBytes > 0) out.bytes(new Uint8Array(padBytes));
        out.bytes(payload);
      },
      sizeBytes,
    );
  },
  ack: (acks: readonly Acknowledgement[]): Uint8Array<ArrayBuffer> =>
    framed(TYPE.ack, (out) =>
      out.list(acks, (to, { stream, received, credit }) => void to.varint(stream).varint(received).varint(credit)),
    ),
  echo: (type: "echo" | "echoed" | "find" | "found", bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
    framed(TYPE[type], (out) => out.bytes(bytes), bytes.length + HEAD_BYTES),
  padding: (sizeBytes: number): Uint8Array<ArrayBuffer> =>
    framed(TYPE.padding, (out) => out.bytes(new Uint8Array(sizeBytes)), sizeBytes + HEAD_BYTES),
} as const;

/** The part of a challenge that proofs cover. */
export function challengeBody(nonce: Uint8Array, key: Uint8Array, version: number): Uint8Array {
  return encodeFrame.challenge(nonce, key, version).subarray(HEAD_BYTES);
}

function readState(from: ByteReader): StreamState {
  return { stream: from.varint(), received: from.varint(), credit: from.varint(), chain: from.bytes(CHAIN_BYTES) };
}

function readSigned(body: Uint8Array): { readonly body: Uint8Array; readonly signature: Uint8Array } {
  const at = Math.max(0, body.byteLength - SIGNATURE_BYTES);
  return { body: body.subarray(0, at), signature: body.subarray(at) };
}

function readSegment(from: ByteReader): SessionFrame {
  const [stream, seq, kind] = [from.varint(), from.varint(), from.u8()];
  if (kind > SEGMENT_KIND.reset) from.fail("wire/range");
  const padBytes = from.varint();
  if (padBytes > MAX_PAD_BYTES) from.fail("wire/too-long");
  from.bytes(padBytes);
  const payload = from.rest();
  const maxBytes = kind === SEGMENT_KIND.data ? MAX_SEGMENT_BYTES : MAX_LABEL_BYTES + 1;
  // A data segment without data would be a way to make the other end work for nothing.
  if (payload.byteLength > maxBytes || (kind === SEGMENT_KIND.data && payload.byteLength === 0))
    from.fail("wire/range");
  return { type: "segment", stream, seq, kind: kind as SegmentKind, payload };
}

/** Reads one frame's body. Never throws. */
export function decodeFrame(type: number, body: Uint8Array): Decoded<SessionFrame> {
  switch (type) {
    case TYPE.challenge: {
      const from = new ByteReader(body);
      const [version, nonce, key] = [from.u8(), from.bytes(NONCE_BYTES), from.bytes(KEY_BYTES)];
      return from.finish({ type: "challenge", version, nonce, key });
    }
    case TYPE.attach: {
      const signed = readSigned(body);
      const from = new ByteReader(signed.body);
      const [key, nonce, number] = [from.bytes(KEY_BYTES), from.bytes(NONCE_BYTES), from.varint()];
      const mayCreate = from.flag();
      const streams = from.list(MAX_STATES, readState);
      return from.finish({ type: "attach", key, nonce, number, mayCreate, streams, ...signed });
    }
    case TYPE.attached: {
      const signed = readSigned(body);
      const from = new ByteReader(signed.body);
      return from.finish({ type: "attached", streams: from.list(MAX_STATES, readState), ...signed });
    }
    case TYPE.refused: {
      const signed = readSigned(body);
      const from = new ByteReader(signed.body);
      return from.finish({ type: "refused", code: from.u8(), ...signed });
    }
    case TYPE.hold: {
      const signed = readSigned(body);
      const from = new ByteReader(signed.body);
      const key = from.bytes(KEY_BYTES);
      from.bytes(NONCE_BYTES);
      return from.finish({ type: "hold", key, ...signed });
    }
    case TYPE.held: {
      return new ByteReader(body).finish({ type: "held" });
    }
    case TYPE.ask: {
      const from = new ByteReader(body);
      const wantedBytes = from.u16();
      from.rest();
      return from.finish({ type: "ask", wantedBytes });
    }
    case TYPE.segment: {
      const from = new ByteReader(body);
      return from.finish(readSegment(from));
    }
    case TYPE.ack: {
      const from = new ByteReader(body);
      const streams = from.list(MAX_STATES, (to) => ({
        stream: to.varint(),
        received: to.varint(),
        credit: to.varint(),
      }));
      return from.finish({ type: "ack", streams });
    }
    case TYPE.echo:
    case TYPE.echoed: {
      const from = new ByteReader(body);
      if (body.byteLength > MAX_ECHO_BYTES) from.fail("wire/too-long");
      return from.finish({ type: type === TYPE.echo ? "echo" : "echoed", bytes: from.rest() });
    }
    case TYPE.find:
    case TYPE.found: {
      const from = new ByteReader(body);
      if (body.byteLength > MAX_FIND_BYTES) from.fail("wire/too-long");
      return from.finish({ type: type === TYPE.find ? "find" : "found", bytes: from.rest() });
    }
    case TYPE.padding:
      return { ok: true, value: { type: "padding" } };
    default:
      return { ok: false, code: "wire/range", offset: 0 };
  }
}

/** Cuts a byte stream into frames; holds at most one frame that has not come whole. */
export class FrameReader {
  readonly #head = new Uint8Array(HEAD_BYTES);
  #headBytes = 0;
  #body: Uint8Array | undefined;
  #bodyBytes = 0;

  /** Calls `take` with each whole frame, in order, until it answers false. @returns false once anything does not decode */
  push(chunk: Uint8Array, take: (frame: SessionFrame) => boolean): boolean {
    let at = 0;
    while (at < chunk.byteLength || this.#wholeBody() !== undefined) {
      while (this.#headBytes < HEAD_BYTES && at < chunk.byteLength) this.#head[this.#headBytes++] = chunk[at++] ?? 0;
      if (this.#headBytes < HEAD_BYTES) return true;
      const sizeBytes = ((this.#head[1] ?? 0) << 8) | (this.#head[2] ?? 0);
      if (sizeBytes > MAX_FRAME_BODY_BYTES) return false;
      let body = this.#wholeBody();
      if (this.#body === undefined && chunk.byteLength - at >= sizeBytes) {
        body = chunk.subarray(at, (at += sizeBytes));
      } else if (body === undefined) {
        this.#body ??= new Uint8Array(sizeBytes);
        const part = chunk.subarray(at, at + sizeBytes - this.#bodyBytes);
        this.#body.set(part, this.#bodyBytes);
        this.#bodyBytes += part.byteLength;
        at += part.byteLength;
        body = this.#wholeBody();
        if (body === undefined) return true;
      }
      this.#body = undefined;
      this.#headBytes = this.#bodyBytes = 0;
      const frame = decodeFrame(this.#head[0] ?? 0, body ?? new Uint8Array(0));
      if (!frame.ok || !take(frame.value)) return false;
    }
    return true;
  }

  #wholeBody(): Uint8Array | undefined {
    return this.#body !== undefined && this.#bodyBytes === this.#body.byteLength ? this.#body : undefined;
  }
}
