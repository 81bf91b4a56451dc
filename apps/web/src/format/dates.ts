/*
 * Dates and times in the reader's calendar and digits. Intl converts to Jalali rightly but orders a full Persian date as
 * no Persian reader does («۱۴۰۵ آذر ۲, دوشنبه»), so the sentence is built here from formatToParts: weekday, day, month,
 * year, in the order people read. Formatters are costly to make (about 1 ms each on a slow phone) and kept.
 */
import type { Calendar, Digits, Language } from "../i18n/languages.ts";

/** What decides how a date looks. */
export interface DateStyle {
  readonly language: Language;
  readonly calendar: Calendar;
  readonly digits: Digits;
}

const REGION: Record<Language, string> = { fa: "fa-IR", ar: "ar", ru: "ru-RU", zh: "zh-Hans", en: "en-GB" };
const kept = new Map<string, Intl.DateTimeFormat>();

/** The BCP 47 tag with calendar and numbering system, e.g. `fa-IR-u-ca-persian-nu-arabext`. */
export function localeOf(style: DateStyle): string {
  return `${REGION[style.language]}-u-ca-${style.calendar}-nu-${style.digits}`;
}

function formatter(style: DateStyle, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = localeOf(style);
  const key = `${name} ${locale}`;
  let made = kept.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(locale, options);
    kept.set(key, made);
  }
  return made;
}

function partsOf(style: DateStyle, atMs: number): Record<"weekday" | "day" | "month" | "year", string> {
  const found = { weekday: "", day: "", month: "", year: "" };
  const full = formatter(style, "full", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  for (const part of full.formatToParts(atMs)) {
    if (part.type === "weekday" || part.type === "day" || part.type === "month" || part.type === "year")
      found[part.type] = part.value;
  }
  return found;
}

/** Parts in the order in which a language says them; an empty one is left out. */
function arranged(
  style: DateStyle,
  weekday: string,
  { day, month, year }: Record<"day" | "month" | "year", string>,
): string {
  if (style.language !== "zh") return [weekday, day, month, year].filter((part) => part !== "").join(" ");
  const plain = (part: string): string => part.replace(/^0/u, "");
  const date = `${year === "" ? "" : `${year}年`}${plain(month).replace(/月$/u, "")}月${plain(day)}日`;
  return weekday === "" ? date : `${date} ${weekday}`;
}

/** «دوشنبه ۲ آذر ۱۴۰۵», "Monday 2 Azar 1405", "понедельник 23 ноября 2026", "2026年11月23日 星期一". */
export function fullDate(style: DateStyle, atMs: number): string {
  const parts = partsOf(style, atMs);
  return arranged(style, parts.weekday, parts);
}

/** As {@link fullDate}, without the year. */
export function dayAndMonth(style: DateStyle, atMs: number): string {
  const parts = partsOf(style, atMs);
  return arranged(style, parts.weekday, { ...parts, year: "" });
}

/** 24-hour time, «۱۴:۰۲». */
export function clockTime(style: DateStyle, atMs: number): string {
  return formatter(style, "time", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(atMs);
}

/** Days since the epoch on the reader's own calendar days (local time). */
export function localDay(atMs: number): number {
  const date = new Date(atMs);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/** The words a day chip needs from the language. */
export interface DayWords {
  readonly today: string;
  readonly yesterday: string;
}

/** The text of a day chip: today, yesterday, the weekday within a week, else the date (with the year if it is another). */
export function dayLabel(style: DateStyle, words: DayWords, atMs: number, nowMs: number): string {
  const ago = localDay(nowMs) - localDay(atMs);
  if (ago === 0) return words.today;
  if (ago === 1) return words.yesterday;
  const then = partsOf(style, atMs);
  if (ago > 1 && ago < 7) return then.weekday;
  return then.year === partsOf(style, nowMs).year ? dayAndMonth(style, atMs) : fullDate(style, atMs);
}

/** The time of a row in the chat list: clock today, yesterday, weekday within a week, else a short date. */
export function rowTime(style: DateStyle, words: DayWords, atMs: number, nowMs: number): string {
  const ago = localDay(nowMs) - localDay(atMs);
  if (ago <= 0) return clockTime(style, atMs);
  if (ago === 1) return words.yesterday;
  if (ago < 7) return formatter(style, "weekday", { weekday: "short" }).format(atMs);
  const then = partsOf(style, atMs);
  return arranged(style, "", then.year === partsOf(style, nowMs).year ? { ...then, year: "" } : then);
}
