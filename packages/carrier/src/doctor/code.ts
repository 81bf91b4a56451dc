/*
 * The diagnostic code: eight words that a person can read out, type or paste, and that say what was found and nothing of who or
 * where (P-125). The words are proquints (Wilkerson, arXiv:0901.4016): sixteen bits are five letters, consonant and vowel in turn.
 * They are nobody's language, so that nobody has to speak English to read one out; there is no list to load; and they cannot be
 * taken for recovery words, which are a list of real words that must never be told to anybody.
 *
 * 128 bits: version 4, platform 1, wide 1, finding 6, sure 1, second finding 6, action 5, ways told 4, near 2, far 2; then eight
 * ways of 8 bits each (kind 4, state 4); 16 bits kept zero; 16 bits of checksum, which is CRC-16/CCITT-FALSE over the rest.
 */
import { type ActionName, ACTIONS, actionOfNumber, type FindingName, FINDINGS, findingOfNumber } from "./findings.ts";
import type { Judgement, WayState } from "./judge.ts";
import { isAnswer, isSilent, type Outcome, type Seen } from "./seen.ts";

const CODE_VERSION = 1;
/** Words of a code. */
export const CODE_WORDS = 8;
const WAYS = 8;
const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";
/** Kinds in the order of their numbers; the first stands for one that is not named here. */
const KINDS = ["other", "web", "burst", "ss", "dns", "snow", "relay", "lan", "pt"] as const;
const STATES: readonly WayState[] = ["not-tried", "works", "slow", "freezes", "blocked"];
const CONTROLS = ["not-asked", "answers", "silent", "broken"] as const;

/** What a code says. */
export interface CodeMeaning {
  readonly platform: Seen["platform"];
  readonly isWide: boolean;
  readonly finding: FindingName;
  readonly isSure: boolean;
  /** a second thing that was found */
  readonly also: FindingName | undefined;
  readonly action: ActionName;
  /** the first eight ways, in the order in which they are tried */
  readonly ways: readonly { readonly kind: string; readonly state: WayState }[];
  readonly near: (typeof CONTROLS)[number];
  readonly far: (typeof CONTROLS)[number];
}

const control = (outcome: Outcome | undefined): (typeof CONTROLS)[number] => {
  if (outcome === undefined) return "not-asked";
  if (isAnswer(outcome)) return "answers";
  return isSilent(outcome) ? "silent" : "broken";
};

/** What a code of this look would say. */
export function meaningOf(seen: Seen, { findings, ways, action }: Judgement): CodeMeaning {
  const [first, second] = findings;
  return {
    platform: seen.platform,
    isWide: seen.isWide,
    finding: first?.name ?? "unclear",
    isSure: first?.isSure ?? false,
    also: second?.name,
    action,
    ways: seen.routes.slice(0, WAYS).map(({ kind }, at) => ({
      kind: (KINDS as readonly string[]).includes(kind) ? kind : "other",
      state: ways[at] ?? "not-tried",
    })),
    near: control(seen.near),
    far: control(seen.far),
  };
}

/** CRC-16/CCITT-FALSE: polynomial 0x1021, begins with 0xffff. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}

function wordOf(value: number): string {
  const consonant = (shift: number): string => CONSONANTS[(value >> shift) & 15] ?? "";
  const vowel = (shift: number): string => VOWELS[(value >> shift) & 3] ?? "";
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}

function valueOf(word: string): number | undefined {
  if (word.length !== 5) return undefined;
  let value = 0;
  for (let at = 0; at < word.length; at++) {
    const letter = word.charAt(at);
    const isVowel = at % 2 === 1;
    const digit = (isVowel ? VOWELS : CONSONANTS).indexOf(letter);
    if (digit < 0) return undefined;
    value = (value << (isVowel ? 2 : 4)) | digit;
  }
  return value;
}

type Field = readonly [value: number, bits: number];

function fieldsOf(meaning: CodeMeaning): readonly Field[] {
  const { platform, isWide, finding, isSure, also, action, ways, near, far } = meaning;
  return [
    [CODE_VERSION, 4],
    [platform === "node" ? 0 : 1, 1],
    [isWide ? 1 : 0, 1],
    [FINDINGS[finding].number, 6],
    [isSure ? 1 : 0, 1],
    // "fine" is never the second thing found, so its number says that there is none.
    [FINDINGS[also ?? "fine"].number, 6],
    [ACTIONS[action], 5],
    [ways.length, 4],
    [CONTROLS.indexOf(near), 2],
    [CONTROLS.indexOf(far), 2],
    ...Array.from({ length: WAYS }, (_, at): Field => {
      const way = ways[at];
      const kind = Math.max(0, (KINDS as readonly string[]).indexOf(way?.kind ?? "other"));
      return [(kind << 4) | Math.max(0, STATES.indexOf(way?.state ?? "not-tried")), 8];
    }),
    [0, 16],
  ];
}

/** The code of a meaning: eight words with a space between. */
export function encodeCode(meaning: CodeMeaning): string {
  let bits = 0n;
  for (const [value, width] of fieldsOf(meaning)) bits = (bits << BigInt(width)) | BigInt(value);
  const bytes = Uint8Array.from({ length: 14 }, (_, at) => Number((bits >> BigInt(8 * (13 - at))) & 0xffn));
  const all = (bits << 16n) | BigInt(checksum(bytes));
  const words = Array.from({ length: CODE_WORDS }, (_, at) => wordOf(Number((all >> BigInt(16 * (7 - at))) & 0xffffn)));
  return words.join(" ");
}

/** Reads numbers of so many bits off the front of 112 bits. */
class Bits {
  readonly #bits: bigint;
  #left = 112;

  constructor(bits: bigint) {
    this.#bits = bits;
  }

  take(width: number): number {
    this.#left -= width;
    return Number((this.#bits >> BigInt(this.#left)) & ((1n << BigInt(width)) - 1n));
  }
}

/** Why text is no code. */
export type CodeFault = "not-a-code" | "mistyped" | "other-version";

/** Reads eight words. Untrusted text: a word that is none, a wrong checksum or another version is told, nothing throws. */
export function decodeCode(
  text: string,
): { readonly ok: true; readonly value: CodeMeaning } | { readonly ok: false; readonly code: CodeFault } {
  const words = text
    .slice(0, 200)
    .toLowerCase()
    .split(/[^a-z]+/u)
    .filter(Boolean);
  if (words.length !== CODE_WORDS) return { ok: false, code: "not-a-code" };
  let all = 0n;
  for (const word of words) {
    const value = valueOf(word);
    if (value === undefined) return { ok: false, code: "not-a-code" };
    all = (all << 16n) | BigInt(value);
  }
  const bits = all >> 16n;
  const bytes = Uint8Array.from({ length: 14 }, (_, at) => Number((bits >> BigInt(8 * (13 - at))) & 0xffn));
  if (checksum(bytes) !== Number(all & 0xffffn)) return { ok: false, code: "mistyped" };
  const reader = new Bits(bits);
  if (reader.take(4) !== CODE_VERSION) return { ok: false, code: "other-version" };
  return meaningFrom(reader);
}

function meaningFrom(reader: Bits): ReturnType<typeof decodeCode> {
  const platform = reader.take(1) === 0 ? "node" : "browser";
  const isWide = reader.take(1) === 1;
  const finding = findingOfNumber(reader.take(6));
  const isSure = reader.take(1) === 1;
  const second = findingOfNumber(reader.take(6));
  const action = actionOfNumber(reader.take(5));
  const count = reader.take(4);
  const near = CONTROLS[reader.take(2)];
  const far = CONTROLS[reader.take(2)];
  const ways = Array.from({ length: WAYS }, () => {
    const value = reader.take(8);
    return { kind: KINDS[value >> 4] ?? "other", state: STATES[value & 15] ?? "not-tried" };
  });
  if (finding === undefined || second === undefined || action === undefined || near === undefined || far === undefined)
    return { ok: false, code: "other-version" };
  const also = second === "fine" ? undefined : second;
  const told = ways.slice(0, Math.min(WAYS, count));
  return { ok: true, value: { platform, isWide, finding, isSure, also, action, ways: told, near, far } };
}
