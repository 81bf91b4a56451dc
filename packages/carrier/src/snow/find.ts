/*
 * How a dialer asks a station for a volunteer (protocol/8-road.md P-111): one message there and one back, sealed to the station's key, so that
 * whoever carries them (a front, a resolver, a relay) learns neither of the two addresses. They are the payloads of a Noise handshake.
 */
import { ByteReader, ByteWriter, type Decoded, utf8 } from "@chapar/wire/bytes";
import { readParty, type SnowParty, writeParty } from "./party.ts";

const VERSION = 1;
const KEY_BYTES = 32;
const MAX_AVOIDED = 8;
/** What both messages of a find are bound to. */
export const FIND_PROLOGUE: Uint8Array = utf8("chapar find v1\0");
/** The label of a session's stream over which a further volunteer is asked for. */
export const FIND_LABEL: Uint8Array = utf8("chapar find v1");

/** What a dialer asks. */
export interface FindRequest {
  /** the station it wants to be led to */
  readonly station: Uint8Array;
  readonly offer: SnowParty;
  /** volunteers it knows already, by the numbers that it was told */
  readonly avoid: readonly number[];
  /** one of these is better than nobody */
  readonly mayRepeat: boolean;
}

/** Why no volunteer was found, as it is sent. `none`: nobody is there who could; `busy`: too much was asked, by this source or by all; `silent`: the volunteer did not answer. */
export const FIND_REFUSAL = { none: 1, busy: 2, silent: 3, version: 4 } as const;
/** Why no volunteer was found. */
export type FindRefusal = keyof typeof FIND_REFUSAL;

/** What a station answers. */
export type FindAnswer =
  | { readonly found: true; readonly volunteer: number; readonly party: SnowParty }
  | { readonly found: false; readonly why: FindRefusal };

/** Writes a request. */
export function encodeFindRequest({ station, offer, avoid, mayRepeat }: FindRequest): Uint8Array {
  const out = new ByteWriter(256).u8(VERSION).bytes(station);
  writeParty(out, offer);
  out.list(avoid.slice(-MAX_AVOIDED), (to, each) => void to.u32(each));
  return out.flag(mayRepeat).take();
}

/** Reads a request. Never throws. */
export function decodeFindRequest(bytes: Uint8Array): Decoded<FindRequest> {
  const from = new ByteReader(bytes);
  if (from.u8() !== VERSION) from.fail("wire/range");
  const station = from.bytes(KEY_BYTES).slice();
  const offer = readParty(from);
  const avoid = from.list(MAX_AVOIDED, (each) => each.u32());
  return from.finish({ station, offer, avoid, mayRepeat: from.flag() });
}

/** Writes an answer. */
export function encodeFindAnswer(answer: FindAnswer): Uint8Array {
  const out = new ByteWriter(256).u8(VERSION);
  if (!answer.found) return out.u8(FIND_REFUSAL[answer.why]).take();
  out.u8(0).u32(answer.volunteer);
  writeParty(out, answer.party);
  return out.take();
}

/** Reads an answer. Never throws. */
export function decodeFindAnswer(bytes: Uint8Array): Decoded<FindAnswer> {
  const from = new ByteReader(bytes);
  if (from.u8() !== VERSION) from.fail("wire/range");
  const code = from.u8();
  if (code === 0) return from.finish({ found: true, volunteer: from.u32(), party: readParty(from) });
  const why = (Object.keys(FIND_REFUSAL) as FindRefusal[]).find((name) => FIND_REFUSAL[name] === code);
  if (why === undefined) from.fail("wire/range");
  return from.finish({ found: false, why: why ?? "none" });
}
