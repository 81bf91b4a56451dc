/*
 * One question to a name server and every answer that comes to it (RFC 1035 §4). A forged answer overtakes the real one, which still
 * arrives (R13): so the doctor goes on listening after the first.
 */
import { utf8, concatBytes } from "@chapar/wire/bytes";
import type { LookupOutcome } from "./seen.ts";

const TYPE_A = 1;
const CLASS_IN = 1;
const NAME_ERROR = 3;
const MAX_RECORDS = 32;
const MAX_LABELS = 64;
/** Answers that only the censor of Iran gives (OONI 2020-iran-dot). */
const FORGED: ReadonlySet<string> = new Set(["10.10.34.34", "10.10.34.35", "10.10.34.36"]);

/** What one answer says: addresses, that there is no such name, or nothing. */
export interface DnsAnswer {
  readonly hasName: boolean;
  readonly addresses: readonly string[];
}

/** A question for a name's IPv4 addresses; undefined for what is no name. */
export function dnsQuestion(id: number, name: string): Uint8Array | undefined {
  const labels = name.replace(/\.$/, "").split(".");
  if (labels.some((label) => !/^[\x21-\x7e]{1,63}$/.test(label)) || name.length > 253) return undefined;
  const encoded = labels.map((label) => concatBytes(Uint8Array.of(label.length), utf8(label)));
  const head = Uint8Array.of(id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0);
  return concatBytes(head, ...encoded, Uint8Array.of(0, 0, TYPE_A, 0, CLASS_IN));
}

/** Passes over a name, compressed or not. @returns where it ends; undefined when it does not */
function nameEnd(bytes: Uint8Array, from: number): number | undefined {
  let at = from;
  for (let labels = 0; labels < MAX_LABELS; labels++) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  return undefined;
}

const u16At = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Reads an answer to the question of an id. Untrusted bytes: undefined for anything else. */
export function dnsAnswer(id: number, bytes: Uint8Array): DnsAnswer | undefined {
  if (bytes.byteLength < 12 || u16At(bytes, 0) !== id || ((bytes[2] ?? 0) & 0x80) === 0) return undefined;
  const hasName = ((bytes[3] ?? 0) & 15) !== NAME_ERROR;
  let at: number | undefined = 12;
  for (let left = u16At(bytes, 4); left > 0 && at !== undefined; left--) {
    const end = nameEnd(bytes, at);
    at = end === undefined ? undefined : end + 4;
  }
  const addresses: string[] = [];
  for (let left = Math.min(MAX_RECORDS, u16At(bytes, 6)); left > 0 && at !== undefined; left--) {
    const end = nameEnd(bytes, at);
    if (end === undefined || end + 10 > bytes.byteLength) break;
    const size = u16At(bytes, end + 8);
    const data = bytes.subarray(end + 10, end + 10 + size);
    if (u16At(bytes, end) === TYPE_A && data.byteLength === 4) addresses.push(data.join("."));
    at = end + 10 + size;
  }
  return { hasName, addresses };
}

/** What several answers to one question mean, and the address to go on with. */
export function weighAnswers(answers: readonly DnsAnswer[]): {
  readonly outcome: LookupOutcome;
  readonly address: string | undefined;
} {
  const sets = answers.map(({ addresses }) => new Set(addresses));
  const isForged = (set: ReadonlySet<string>): boolean => [...set].some((address) => FORGED.has(address));
  // Of two that contradict each other the later is the real one: the forger is nearer.
  const last = sets.findLast((set) => set.size > 0 && !isForged(set));
  const [address] = last ?? [];
  const contradict = sets.some(
    (set, at) =>
      set.size > 0 && sets.slice(at + 1).some((other) => other.size > 0 && [...other].every((one) => !set.has(one))),
  );
  if (contradict || sets.some(isForged)) return { outcome: "forged", address };
  if (address !== undefined) return { outcome: "ok", address };
  return { outcome: answers.some(({ hasName }) => !hasName) ? "no-such-name" : "timeout", address: undefined };
}
