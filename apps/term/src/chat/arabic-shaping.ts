/*
 * Arabic letters in their joined forms, for terminals that draw each cell by itself: a letter is replaced by the
 * presentation form its neighbours ask for (Unicode, Arabic Presentation Forms-A and -B), lam followed by alef by their
 * ligature. Marks keep their place; ZWNJ parts its neighbours and is dropped, because a cell cannot be zero wide.
 *
 * The forms of one letter stand next to each other in Unicode: isolated, final and, for letters that join on both
 * sides, initial, medial. So a row is the letter, its isolated form, and on how many sides it joins.
 */

interface Letter {
  readonly isolated: number;
  readonly joinsAfter: boolean;
}

const ROWS: readonly (readonly [first: number, isolated: readonly number[], joinsAfter: boolean])[] = [
  // alef and its kin, waw, teh marbuta: join only the letter before
  [0x0622, [0xfe81, 0xfe83, 0xfe85, 0xfe87], false],
  [0x0626, [0xfe89], true],
  [0x0627, [0xfe8d], false],
  [0x0628, [0xfe8f], true],
  [0x0629, [0xfe93], false],
  // teh … khah
  [0x062a, [0xfe95, 0xfe99, 0xfe9d, 0xfea1, 0xfea5], true],
  // dal, thal, reh, zain
  [0x062f, [0xfea9, 0xfeab, 0xfead, 0xfeaf], false],
  // seen … ghain
  [0x0633, [0xfeb1, 0xfeb5, 0xfeb9, 0xfebd, 0xfec1, 0xfec5, 0xfec9, 0xfecd], true],
  // feh … heh
  [0x0641, [0xfed1, 0xfed5, 0xfed9, 0xfedd, 0xfee1, 0xfee5, 0xfee9], true],
  [0x0648, [0xfeed, 0xfeef], false],
  [0x064a, [0xfef1], true],
  // Persian, Urdu and their neighbours
  [0x0679, [0xfb66], true],
  [0x067e, [0xfb56], true],
  [0x0686, [0xfb7a], true],
  [0x0688, [0xfb88], false],
  [0x0691, [0xfb8c], false],
  [0x0698, [0xfb8a], false],
  [0x06a9, [0xfb8e], true],
  [0x06af, [0xfb92], true],
  [0x06ba, [0xfb9e], false],
  [0x06be, [0xfbaa], true],
  [0x06c0, [0xfba4], false],
  [0x06c1, [0xfba6], true],
  [0x06cc, [0xfbfc], true],
  [0x06d2, [0xfbae], false],
];

const LETTERS: ReadonlyMap<number, Letter> = new Map(
  ROWS.flatMap(([first, isolated, joinsAfter]) =>
    isolated.map((form, offset): [number, Letter] => [first + offset, { isolated: form, joinsAfter }]),
  ),
);

/** Alefs after a lam, with the isolated form of the ligature; its final form follows it. */
const LAM_ALEF: ReadonlyMap<number, number> = new Map([
  [0x0622, 0xfef5],
  [0x0623, 0xfef7],
  [0x0625, 0xfef9],
  [0x0627, 0xfefb],
]);

const LAM = 0x0644;
const TATWEEL = 0x0640;
const ZWNJ = 0x200c;
const ZWJ = 0x200d;
const MARK = /^\p{Mn}$/u;
const HAS_ARABIC = /[\u0600-\u06FF]/;

const joinsNext = (code: number | undefined): boolean =>
  code === TATWEEL || code === ZWJ || (code !== undefined && LETTERS.get(code)?.joinsAfter === true);
const joinsBefore = (code: number | undefined): boolean =>
  code === TATWEEL || code === ZWJ || (code !== undefined && LETTERS.has(code));

/** The next character from an index on that is not a mark. */
function neighbour(codes: readonly number[], from: number, step: 1 | -1): number | undefined {
  for (let index = from + step; index >= 0 && index < codes.length; index += step) {
    const code = codes[index];
    if (code !== undefined && !MARK.test(String.fromCodePoint(code))) return code;
  }
  return undefined;
}

/**
 * Text in logical order with its Arabic letters in joined forms.
 *
 * @param oneToOne  every character stays one of the same length, so that an editor's places stay where they are; without
 *   it a lam-alef becomes one character, and a ZWNJ or ZWJ beside a letter none
 */
export function shapeArabic(text: string, oneToOne: boolean): string {
  if (!HAS_ARABIC.test(text)) return text;
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let shaped = "";
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    const letter = LETTERS.get(code);
    if (letter === undefined) {
      // Elsewhere ZWJ holds emoji together.
      const isJoiner = (code === ZWNJ || code === ZWJ) && LETTERS.has(neighbour(codes, index, -1) ?? 0);
      if (oneToOne || !isJoiner) shaped += String.fromCodePoint(code);
      continue;
    }
    const before = joinsNext(neighbour(codes, index, -1));
    const ligature = code === LAM && !oneToOne ? LAM_ALEF.get(codes[index + 1] ?? 0) : undefined;
    if (ligature !== undefined) {
      shaped += String.fromCodePoint(ligature + (before ? 1 : 0));
      index += 1;
      continue;
    }
    const after = letter.joinsAfter && joinsBefore(neighbour(codes, index, 1));
    shaped += String.fromCodePoint(letter.isolated + (before ? 1 : 0) + (after ? 2 : 0));
  }
  return shaped;
}
