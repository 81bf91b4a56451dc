/* How good guesses are: whoever guesses gives every pair a number, and what is true says which of them should have been high. */

/** A pair with the number that a guesser gives it. */
export interface Guess {
  readonly score: number;
  readonly isTrue: boolean;
}

/** How a guesser did. */
export interface Score {
  /** pairs that could be guessed, and how many of them are true */
  readonly pairs: number;
  readonly true: number;
  /** of the pairs with the highest numbers, as many as are true: how many are (precision and recall are the same there) */
  readonly precision: number | null;
  /** how often a true pair has a higher number than a false one; 0.5 is guessing, 1 is knowing */
  readonly auc: number | null;
}

const DIGITS = 1_000;
const rounded = (value: number): number => Math.round(value * DIGITS) / DIGITS;

/** Scores guesses. Equal numbers count half in `auc`, and as their share is in `precision`. Cost: O(n log n). */
export function scoreOf(guesses: readonly Guess[]): Score {
  const sorted = guesses.toSorted((a, b) => b.score - a.score);
  const yes = guesses.filter(({ isTrue }) => isTrue).length;
  const no = guesses.length - yes;
  const of = { pairs: guesses.length, true: yes };
  if (yes === 0 || no === 0) return { ...of, precision: null, auc: null };
  let [above, hits, wins] = [0, 0, 0];
  for (let at = 0; at < sorted.length;) {
    const score = sorted[at]?.score;
    let end = at + 1;
    while (end < sorted.length && sorted[end]?.score === score) end += 1;
    const group = sorted.slice(at, end);
    const right = group.filter(({ isTrue }) => isTrue).length;
    const wrong = group.length - right;
    // Those that are left over in the group that the line goes through are taken in no order.
    hits += right * Math.min(1, Math.max(0, yes - at) / group.length);
    wins += wrong * (above + right / 2);
    above += right;
    at = end;
  }
  return { ...of, precision: rounded(hits / yes), auc: rounded(wins / (yes * no)) };
}
