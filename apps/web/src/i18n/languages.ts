/*
 * The languages of the app, one line each. The page's boot script reads this too, so nothing else may be imported here.
 */

/** Codes, in the order in which they are offered. */
export const LANGUAGES = ["fa", "ar", "ru", "zh", "en"] as const;
/** ISO 639-1 code of a language that the app speaks. */
export type Language = (typeof LANGUAGES)[number];

/** Which calendar dates are said in. Hijri is Umm al-Qura, the civil calendar of Saudi Arabia. */
export const CALENDARS = ["persian", "gregory", "islamic-umalqura"] as const;
export type Calendar = (typeof CALENDARS)[number];
/** Which digits numbers are written with: Persian, Arabic, European. */
export const DIGITS = ["arabext", "arab", "latn"] as const;
export type Digits = (typeof DIGITS)[number];

/** What the app has to know of a language before it has its words. */
interface LanguageFacts {
  /** its name as its speakers write it */
  readonly label: string;
  readonly direction: "ltr" | "rtl";
  readonly calendar: Calendar;
  readonly digits: Digits;
}

export const LANGUAGE_FACTS: Readonly<Record<Language, LanguageFacts>> = {
  fa: { label: "فارسی", direction: "rtl", calendar: "persian", digits: "arabext" },
  ar: { label: "العربية", direction: "rtl", calendar: "gregory", digits: "arab" },
  ru: { label: "Русский", direction: "ltr", calendar: "gregory", digits: "latn" },
  zh: { label: "中文", direction: "ltr", calendar: "gregory", digits: "latn" },
  en: { label: "English", direction: "ltr", calendar: "gregory", digits: "latn" },
};

/** Whether a value names one of the languages. */
export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.includes(value as Language);
}
