/* The words of a relay's page, in both languages. */
import type { RelayMood } from "./relay-state.ts";

/** Languages of the page. */
export type PageLanguage = "en" | "fa";

/** Everything that the page says. */
export interface StatusWords {
  readonly title: string;
  readonly moods: Readonly<Record<RelayMood, string>>;
  readonly streams: string;
  readonly month: string;
  readonly total: string;
  readonly rate: string;
  readonly hours: string;
  readonly list: string;
  readonly stations: string;
  readonly refused: string;
  readonly routes: string;
  readonly routesHint: string;
  readonly noRoutes: string;
  readonly unlimited: string;
  readonly always: string;
  /** `{0}` and `{1}` are hours */
  readonly between: string;
  /** `{0}` passed, `{1}` the limit */
  readonly of: string;
  readonly none: string;
  readonly privacy: string;
  readonly other: string;
}

/** The words by language. */
export const STATUS_WORDS: Readonly<Record<PageLanguage, StatusWords>> = {
  en: {
    title: "Chapar relay",
    moods: {
      forwarding: "Forwarding",
      resting: "Resting: outside its hours, or the month's gigabytes are used up",
      expired: "The list of stations has expired, so nothing is forwarded",
      empty: "No station yet: give it an invite with ./chapar relay INVITE",
    },
    streams: "Open streams",
    month: "This month",
    total: "Since the first start",
    rate: "Rate",
    hours: "Hours",
    list: "List valid until",
    stations: "Stations on the list",
    refused: "Refused",
    routes: "Routes to give to people",
    routesHint: "Whoever pastes one of these reaches the station through this relay.",
    noRoutes: "There are none yet.",
    unlimited: "no limit",
    always: "all day",
    between: "{0}:00 to {1}:00",
    of: "{0} of {1}",
    none: "–",
    privacy:
      "This relay passes sealed bytes to the stations on its list and to nobody else. It keeps sums, and no address, time or name.",
    other: "فارسی",
  },
  fa: {
    title: "رلهٔ چاپار",
    moods: {
      forwarding: "در حال رساندن",
      resting: "در استراحت: بیرون از ساعت‌های تعیین‌شده، یا سهم این ماه تمام شده است",
      expired: "اعتبار فهرست ایستگاه‌ها تمام شده است و چیزی رسانده نمی‌شود",
      empty: "هنوز ایستگاهی ندارد: با ‎./chapar relay INVITE‎ به آن دعوت‌نامه بدهید",
    },
    streams: "جریان‌های باز",
    month: "این ماه",
    total: "از نخستین آغاز",
    rate: "سرعت",
    hours: "ساعت‌ها",
    list: "اعتبار فهرست تا",
    stations: "ایستگاه‌های فهرست",
    refused: "پذیرفته‌نشده",
    routes: "راه‌هایی که می‌توان به دیگران داد",
    routesHint: "هر کس یکی از این‌ها را وارد کند، از راه این رله به ایستگاه می‌رسد.",
    noRoutes: "هنوز راهی نیست.",
    unlimited: "بی‌حد",
    always: "همهٔ روز",
    between: "{0}:00 تا {1}:00",
    of: "{0} از {1}",
    none: "–",
    privacy:
      "این رله بایت‌های مهرشده را تنها به ایستگاه‌های فهرست خود می‌رساند. فقط جمع‌ها را نگه می‌دارد، نه نشانی، نه زمان و نه نام کسی را.",
    other: "English",
  },
};
