/*
 * What a station and a volunteer's tab say to each other (protocol/8-road.md §14), `type u8, length u16, body`: the tab says how many
 * people it has room for, the station tells what it may dial and passes offers on, one at a time, to be answered.
 */
import { ByteReader, ByteWriter, type Decoded } from "@chapar/wire/bytes";
import { readParty, type SnowParty, writeParty } from "./party.ts";

const TYPE = { welcome: 1, offer: 2, hello: 3, answer: 4, still: 5 } as const;
const VERSION = 1;
const HEAD_BYTES = 3;
const MAX_LIST_BYTES: number = 48 * 1024;
const MAX_PLACE_BYTES = 128;

/** A frame, read. */
export type HelpFrame =
  /** the station's first word: its relay list (P-62), signed, and where its STUN service is */
  | { readonly type: "welcome"; readonly list: Uint8Array; readonly stun: string }
  | { readonly type: "offer"; readonly number: number; readonly party: SnowParty }
  /** how many more people may come; the tab's first word, and whenever it changes */
  | { readonly type: "hello"; readonly room: number }
  /** without a party: not now */
  | { readonly type: "answer"; readonly number: number; readonly party: SnowParty | undefined }
  /** nothing, so that the link is seen to be there */
  | { readonly type: "still" };

/** Writes a frame. */
export function encodeHelp(frame: HelpFrame): Uint8Array {
  const out = new ByteWriter(256).u8(TYPE[frame.type]).u16(0);
  if (frame.type === "welcome") out.u8(VERSION).opaque(frame.list).text(frame.stun);
  else if (frame.type === "hello") out.u8(VERSION).u8(frame.room);
  else if (frame.type !== "still") {
    out.u32(frame.number);
    const { party } = frame;
    out.optional(party, (to, each) => writeParty(to, each));
  }
  const bytes = out.take();
  const bodyBytes = bytes.byteLength - HEAD_BYTES;
  bytes[1] = bodyBytes >> 8;
  bytes[2] = bodyBytes & 0xff;
  return bytes;
}

function decodeHelp(type: number, body: Uint8Array): Decoded<HelpFrame> {
  const from = new ByteReader(body);
  const version = (): void => (from.u8() === VERSION ? undefined : from.fail("wire/range"));
  if (type === TYPE.welcome) {
    version();
    return from.finish({
      type: "welcome",
      list: from.opaque(MAX_LIST_BYTES).slice(),
      stun: from.text(MAX_PLACE_BYTES),
    });
  }
  if (type === TYPE.hello) {
    version();
    return from.finish({ type: "hello", room: from.u8() });
  }
  if (type === TYPE.still) return from.finish({ type: "still" });
  if (type !== TYPE.offer && type !== TYPE.answer) from.fail("wire/range");
  const number = from.u32();
  const party = from.optional(readParty);
  if (type === TYPE.answer) return from.finish({ type: "answer", number, party });
  if (party === undefined) from.fail("wire/range");
  return from.finish({ type: "offer", number, party: party as SnowParty });
}

/** Cuts a link's bytes into frames; holds one frame at most that has not come whole. */
export class HelpReader {
  readonly #maxBytes: number;
  #held = new Uint8Array(0);

  /** @param maxBytes of a body; longer ones are not waited for */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Calls `take` with each whole frame. @returns false once anything does not decode, or `take` said so */
  push(chunk: Uint8Array, take: (frame: HelpFrame) => boolean): boolean {
    const bytes = new Uint8Array(this.#held.byteLength + chunk.byteLength);
    bytes.set(this.#held);
    bytes.set(chunk, this.#held.byteLength);
    let at = 0;
    while (bytes.byteLength - at >= HEAD_BYTES) {
      const sizeBytes = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      if (sizeBytes > this.#maxBytes) return false;
      if (bytes.byteLength - at - HEAD_BYTES < sizeBytes) break;
      const frame = decodeHelp(bytes[at] ?? 0, bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + sizeBytes));
      if (!frame.ok || !take(frame.value)) return false;
      at += HEAD_BYTES + sizeBytes;
    }
    this.#held = bytes.slice(at);
    return true;
  }
}

/** Bodies that a station reads of a tab. */
export const MAX_TAB_BODY_BYTES = 1024;
/** Bodies that a tab reads of its station. */
export const MAX_STATION_BODY_BYTES = 0xffff;
