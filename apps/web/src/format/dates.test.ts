import { describe, expect, it } from "vitest";
import { clockTime, dayAndMonth, dayLabel, fullDate, localeOf, rowTime } from "./dates.ts";
import type { DateStyle } from "./dates.ts";

const fa: DateStyle = { language: "fa", calendar: "persian", digits: "arabext" };
const en: DateStyle = { language: "en", calendar: "gregory", digits: "latn" };
const words = { today: "today", yesterday: "yesterday" };
const faWords = { today: "امروز", yesterday: "دیروز" };
const at = (year: number, month: number, day: number, hour = 12, minute = 0): number =>
  new Date(year, month - 1, day, hour, minute).getTime();

describe("full dates", () => {
  it("orders a Persian date as Persian readers do", () => {
    expect(fullDate(fa, at(2026, 11, 23))).toBe("دوشنبه ۲ آذر ۱۴۰۵");
  });

  it("knows the leap day 1403/12/30 and the day after", () => {
    expect(fullDate(fa, at(2025, 3, 20))).toBe("پنجشنبه ۳۰ اسفند ۱۴۰۳");
    expect(fullDate(fa, at(2025, 3, 21))).toBe("جمعه ۱ فروردین ۱۴۰۴");
  });

  it("has calendar and digits apart from the language", () => {
    expect(fullDate({ ...fa, digits: "latn" }, at(2026, 11, 23))).toBe("دوشنبه 2 آذر 1405");
    expect(fullDate({ ...fa, calendar: "gregory" }, at(2026, 11, 23))).toBe("دوشنبه ۲۳ نوامبر ۲۰۲۶");
    expect(fullDate({ ...en, calendar: "persian" }, at(2026, 11, 23))).toBe("Monday 2 Azar 1405");
    expect(fullDate(en, at(2026, 11, 23))).toBe("Monday 23 November 2026");
    expect(localeOf(fa)).toBe("fa-IR-u-ca-persian-nu-arabext");
  });

  it("is said in each language as its readers say it", () => {
    const day = at(2026, 11, 23);
    expect(fullDate({ language: "ar", calendar: "gregory", digits: "arab" }, day)).toBe("الاثنين ٢٣ نوفمبر ٢٠٢٦");
    expect(fullDate({ language: "ru", calendar: "gregory", digits: "latn" }, day)).toBe("понедельник 23 ноября 2026");
    expect(fullDate({ language: "zh", calendar: "gregory", digits: "latn" }, day)).toBe("2026年11月23日 星期一");
    expect(dayAndMonth({ language: "zh", calendar: "gregory", digits: "latn" }, day)).toBe("11月23日 星期一");
  });

  it("knows the Hijri year in every language", () => {
    const day = at(2026, 11, 23);
    expect(fullDate({ language: "ar", calendar: "islamic-umalqura", digits: "arab" }, day)).toBe(
      "الاثنين ١٣ جمادى الآخرة ١٤٤٨",
    );
    expect(fullDate({ ...fa, calendar: "islamic-umalqura" }, day)).toBe("دوشنبه ۱۳ جمادی‌الثانی ۱۴۴۸");
    expect(fullDate({ ...en, calendar: "islamic-umalqura" }, day)).toBe("Monday 13 Jumada II 1448");
    expect(fullDate({ language: "zh", calendar: "islamic-umalqura", digits: "latn" }, day)).toBe(
      "1448年6月13日 星期一",
    );
    expect(fullDate({ language: "zh", calendar: "persian", digits: "latn" }, day)).toBe("1405年9月2日 星期一");
    expect(fullDate({ language: "ru", calendar: "persian", digits: "latn" }, day)).toBe("понедельник 2 азер 1405");
  });

  it("leaves the year out when asked", () => {
    expect(dayAndMonth(fa, at(2026, 11, 23))).toBe("دوشنبه ۲ آذر");
  });
});

describe("times", () => {
  it("are of 24 hours in the reader's digits", () => {
    expect(clockTime(fa, at(2026, 11, 23, 0, 5))).toBe("۰۰:۰۵");
    expect(clockTime(en, at(2026, 11, 23, 14, 2))).toBe("14:02");
  });
});

describe("day chips", () => {
  const now = at(2026, 11, 23, 0, 10);

  it("turns at local midnight, not after 24 hours", () => {
    expect(dayLabel(en, words, at(2026, 11, 23, 0, 1), now)).toBe("today");
    expect(dayLabel(en, words, at(2026, 11, 22, 23, 59), now)).toBe("yesterday");
    expect(dayLabel(fa, faWords, at(2026, 11, 22, 0, 0), now)).toBe("دیروز");
  });

  it("says the weekday within a week, then the date, then the year", () => {
    expect(dayLabel(en, words, at(2026, 11, 18), now)).toBe("Wednesday");
    expect(dayLabel(en, words, at(2026, 11, 16), now)).toBe("Monday 16 November");
    expect(dayLabel(en, words, at(2025, 11, 16), now)).toBe("Sunday 16 November 2025");
  });

  it("counts years in the reader's calendar: Nowruz, not January", () => {
    const spring = at(2026, 3, 25);
    expect(dayLabel(fa, faWords, at(2026, 3, 10), spring)).toBe("سه‌شنبه ۱۹ اسفند ۱۴۰۴");
    expect(dayLabel({ ...fa, calendar: "gregory" }, faWords, at(2026, 3, 10), spring)).not.toContain("۲۰۲۶");
  });
});

describe("rows of the chat list", () => {
  const now = at(2026, 11, 23, 15, 0);

  it("gets shorter with distance", () => {
    expect(rowTime(en, words, at(2026, 11, 23, 9, 5), now)).toBe("09:05");
    expect(rowTime(en, words, at(2026, 11, 22), now)).toBe("yesterday");
    expect(rowTime(en, words, at(2026, 11, 20), now)).toBe("Fri");
    expect(rowTime(fa, faWords, at(2026, 10, 14), now)).toBe("۲۲ مهر");
    expect(rowTime(en, words, at(2024, 10, 14), now)).toBe("14 October 2024");
  });

  it("shows the clock for a time in the future, as a sender's clock may run fast", () => {
    expect(rowTime(en, words, at(2026, 11, 24, 1, 0), now)).toBe("01:00");
  });
});
