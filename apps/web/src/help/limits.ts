/*
 * What a volunteer is willing to give with this page, and the sums of today: the one record of it, in localStorage. Whether it is
 * switched on is not in it: that is asked anew each time the page is opened.
 */
import type { Calendar, MeterState, RelayLimits } from "@chapar/carrier";

const KEY = "chapar.help";
export const RATES = [1, 5, 20] as const;
export const MEGABYTES = [200, 1000, 5000] as const;
export const HOURS = { always: undefined, night: [22, 7], day: [7, 22] } as const;
export type HoursName = keyof typeof HOURS;

/** What is kept. */
export interface HelpRecord {
  /** Mbit/s; undefined: no limit */
  readonly megabits: number | undefined;
  /** a day; undefined: no limit */
  readonly megabytes: number | undefined;
  readonly hours: HoursName;
  readonly sums: MeterState | undefined;
  /** streams of all time when the day of `sums` began */
  readonly before: number;
}

/** Days as this device counts them; a meter's month is a day here. */
export const DAYS: Calendar = {
  hourOf: (nowMs) => new Date(nowMs).getHours(),
  monthOf: (nowMs) => {
    const date = new Date(nowMs);
    return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
  },
};

function sumsIn(value: unknown): MeterState | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { month, monthBytes, totalBytes, totalStreams } = value as Record<string, unknown>;
  const isWhole = [monthBytes, totalBytes, totalStreams].every((each) => typeof each === "number" && each >= 0);
  return typeof month === "string" && isWhole ? (value as MeterState) : undefined;
}

/** Reads a stored record; whatever is not understood becomes the default. Total. */
export function readHelp(stored: string | null): HelpRecord {
  let record: Record<string, unknown> = {};
  try {
    record = (JSON.parse(stored ?? "{}") ?? {}) as Record<string, unknown>;
  } catch {
    // A record that is not JSON is as good as none.
  }
  const { megabits, megabytes, hours } = record;
  const isFree = (value: unknown): boolean => value === null;
  return {
    megabits: RATES.find((each) => each === megabits) ?? (isFree(megabits) ? undefined : 5),
    megabytes: MEGABYTES.find((each) => each === megabytes) ?? (isFree(megabytes) ? undefined : 1000),
    hours: Object.hasOwn(HOURS, String(hours)) ? (hours as HoursName) : "always",
    sums: sumsIn(record["sums"]),
    before: typeof record["before"] === "number" ? record["before"] : 0,
  };
}

/** The record of this browser. */
export function loadHelp(): HelpRecord {
  try {
    return readHelp(localStorage.getItem(KEY));
  } catch {
    return readHelp(null);
  }
}

/** Keeps a record. */
export function saveHelp(record: HelpRecord): void {
  const { megabits = null, megabytes = null } = record;
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...record, megabits, megabytes }));
  } catch {
    // In force for this visit.
  }
}

/** A record's limits, as a meter takes them. */
export function limitsOf({ megabits, megabytes, hours }: HelpRecord): RelayLimits {
  return {
    bytesPerSecond: megabits === undefined ? undefined : megabits * 125_000,
    bytesPerMonth: megabytes === undefined ? undefined : megabytes * 1e6,
    hours: HOURS[hours],
  };
}
