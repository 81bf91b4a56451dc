/*
 * What a letter says of how it is to be treated, as extensions of its content (protocol/5-content.md §7):
 *
 *   chapar.timer    uint: messages written from here on disappear so many seconds after they were read; 0: they stay
 *   chapar.silent   true: nobody is to be notified of it
 */
import { CborReader } from "../content/cbor-reader.ts";
import { CborWriter } from "../content/cbor-writer.ts";
import type { MimiContent, UnknownExtension } from "../content/mimi.ts";

const TIMER_KEY = "chapar.timer";
const SILENT_KEY = "chapar.silent";
const TRUE = 0xf5;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** Seconds that a timer may have; 0: off (C-60). */
export const TIMERS_S: readonly number[] = [0, 30, 300, HOUR_S, 8 * HOUR_S, DAY_S, 7 * DAY_S, 28 * DAY_S];

/** The extension of a letter that sets the timer. @throws RangeError on a value that is none of TIMERS_S */
export function timerExtension(seconds: number): UnknownExtension {
  if (!TIMERS_S.includes(seconds)) throw new RangeError("not a timer");
  return { key: TIMER_KEY, value: new CborWriter().uint(BigInt(seconds)).finish() };
}

/** The timer that content sets; undefined when it sets none, or one that there is not. */
export function timerIn({ extensions }: MimiContent): number | undefined {
  const value = extensions.others.find(({ key }) => key === TIMER_KEY)?.value;
  if (value === undefined) return undefined;
  const reader = new CborReader(value);
  const read = reader.finish(reader.number(28 * DAY_S));
  return read.ok && TIMERS_S.includes(read.value) ? read.value : undefined;
}

/** The extension of a letter that notifies nobody. */
export const SILENT: UnknownExtension = { key: SILENT_KEY, value: Uint8Array.of(TRUE) };

/** Whether content notifies nobody. */
export function isSilent({ extensions }: MimiContent): boolean {
  const value = extensions.others.find(({ key }) => key === SILENT_KEY)?.value;
  return value?.byteLength === 1 && value[0] === TRUE;
}
