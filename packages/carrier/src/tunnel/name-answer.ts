/*
 * DNS (RFC 1035 §4.1) as far as a captured machine needs it: one question is read, addresses that the exit found are
 * written. There are no records but A and AAAA: whoever asks for others is told that the name has none of them (RFC 2308
 * §2.2). Extensions (RFC 6891) are read over and not answered, which says that there are none.
 */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";

const HEAD_BYTES = 12;
const CLASS_IN = 1;
const IS_ANSWER = 0x8000;
const OPCODE = 0x7800;
const WANTS_RECURSION = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const TO_QUESTION = 0xc00c;
const MAX_NAME_BYTES = 255;
/** Twelve addresses fit into 512 bytes behind the longest name, of either kind. */
const MAX_ANSWERS = 8;

/** Kinds of records that are answered. */
export const RECORD = { A: 1, AAAA: 28 } as const;

/** What is answered when there are no addresses (RFC 1035 §4.1.1). */
export const NAME_FAILURE = { "server failure": 2, "no such name": 3, "not implemented": 4, refused: 5 } as const;
/** Why there are none. */
export type NameFailure = keyof typeof NAME_FAILURE;

/** One question. */
export interface NameQuestion {
  readonly id: number;
  /** lower case, without the last dot; "" is the root */
  readonly name: string;
  /** of a record; see RECORD */
  readonly type: number;
  /** false for what asks for something else than an ordinary look-up */
  readonly isPlain: boolean;
  /** the question as it came, to be sent back */
  readonly asked: Uint8Array;
  readonly wantsRecursion: boolean;
}

function readName(from: ByteReader): string | undefined {
  const labels: string[] = [];
  for (let sizeBytes = 1; ;) {
    const length = from.u8();
    if (from.failed) return undefined;
    if (length === 0) return labels.join(".");
    // A question has nothing before it that it could point to.
    if (length > 63 || (sizeBytes += length + 1) > MAX_NAME_BYTES) return undefined;
    const label = String.fromCharCode(...from.bytes(length)).toLowerCase();
    // A dot inside a label is another name to everyone who reads it as text.
    if (!/^[!-\-/-~]+$/.test(label)) return undefined;
    labels.push(label);
  }
}

/** Reads a query with one question. Never throws. @returns undefined for what deserves no answer */
export function decodeNameQuestion(bytes: Uint8Array): NameQuestion | undefined {
  const from = new ByteReader(bytes);
  const [id, flags, questions] = [from.u16(), from.u16(), from.u16()];
  from.bytes(6);
  if (from.failed || (flags & IS_ANSWER) !== 0 || questions !== 1) return undefined;
  const name = readName(from);
  const [type, recordClass] = [from.u16(), from.u16()];
  if (from.failed || name === undefined) return undefined;
  const asked = bytes.slice(HEAD_BYTES, from.offset);
  const isPlain = (flags & OPCODE) === 0 && recordClass === CLASS_IN;
  return { id, name, type, isPlain, asked, wantsRecursion: (flags & WANTS_RECURSION) !== 0 };
}

/**
 * Writes the answer to a question: at most eight addresses, or none, or why not.
 *
 * @param answer addresses of 4 or 16 bytes; only those of the asked kind are written
 * @param ttlSeconds how long the asker may keep them
 */
export function encodeNameAnswer(
  question: NameQuestion,
  answer: readonly Uint8Array[] | NameFailure,
  ttlSeconds: number,
): Uint8Array {
  const wantedBytes = question.type === RECORD.A ? 4 : question.type === RECORD.AAAA ? 16 : 0;
  const fitting = typeof answer === "string" ? [] : answer.filter(({ byteLength }) => byteLength === wantedBytes);
  const addresses = fitting.slice(0, MAX_ANSWERS);
  const flags = IS_ANSWER | RECURSION_AVAILABLE | (question.wantsRecursion ? WANTS_RECURSION : 0);
  const code = typeof answer === "string" ? NAME_FAILURE[answer] : 0;
  const out = new ByteWriter(512);
  out
    .u16(question.id)
    .u16(flags | code)
    .u16(1)
    .u16(addresses.length)
    .u16(0)
    .u16(0)
    .bytes(question.asked);
  for (const address of addresses) {
    out.u16(TO_QUESTION).u16(question.type).u16(CLASS_IN).u32(ttlSeconds).u16(address.byteLength).bytes(address);
  }
  return out.take();
}

/** Names that mean something only where they are asked: they never go to the exit (RFC 6761, 6762, 8375, 7686). */
export function isNearName(name: string): boolean {
  return !name.includes(".") || /(?:^|\.)(?:localhost|local|home\.arpa|internal|onion|invalid)$/.test(name);
}
