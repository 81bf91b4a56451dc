import { beforeEach, describe, expect, it } from "vitest";
import { argumentsOf, LANGUAGES, parseMessage, readCatalogue, writeMessages } from "../../scripts/messages.ts";
import { changeSettings } from "../state/settings.ts";
import { makeFormatter } from "./formatter.ts";
import { formatNumber, loadLanguage, loadLateWords, t } from "./translate.ts";

/** What the settings show for a choice of digits, in every language. */
const [ARABIC_DIGITS, PERSIAN_DIGITS] = ["٤٥٦", "۴۵۶"];

describe("catalogues", () => {
  it("are compiled from their sources as they stand", () => {
    expect(writeMessages({ check: true })).toEqual([]);
  });

  it("have the same keys in the same order, and every text parses", () => {
    const keys = Object.keys(readCatalogue("en"));
    for (const language of LANGUAGES) {
      expect(Object.keys(readCatalogue(language))).toEqual(keys);
      for (const text of Object.values(readCatalogue(language))) expect(() => parseMessage(text)).not.toThrow();
    }
  });

  it.each(LANGUAGES)("%s has every message with the arguments that English has", (language) => {
    const [source, catalogue] = [readCatalogue("en"), readCatalogue(language)];
    for (const [key, text] of Object.entries(source))
      expect({ key, ...argumentsOf(catalogue[key] ?? "") }).toEqual({ key, ...argumentsOf(text) });
  });

  it.each(LANGUAGES)("%s counts in every category that it has, and in no other", (language) => {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    let counted = 0;
    for (const [key, text] of Object.entries(readCatalogue(language))) {
      for (const element of parseMessage(text)) {
        if (!("options" in element) || !("pluralType" in element)) continue;
        const named = Object.keys(element.options).filter((rule) => !rule.startsWith("="));
        expect({ key, categories: named.sort() }).toEqual({ key, categories: [...categories].sort() });
        counted += 1;
      }
    }
    expect(counted).toBeGreaterThan(20);
  });

  it.each([
    ["ar", /\p{Script=Arabic}/u],
    ["fa", /\p{Script=Arabic}/u],
    ["ru", /\p{Script=Cyrillic}/u],
    ["zh", /\p{Script=Han}/u],
  ] as const)("%s is written in its own script", (language, script) => {
    const source = readCatalogue("en");
    const foreign = Object.entries(readCatalogue(language)).filter(
      ([key, text]) => /\p{L}{3}/u.test((source[key] ?? "").replaceAll(/\{[^{}]*\}/gu, "")) && !script.test(text),
    );
    // Names of keys, units and programs are the same everywhere.
    expect(
      foreign
        .map(([key]) => key)
        .filter((key) => !/^(?:appName|titleUnread|settingsSend\w+|helpRateValue)$/u.test(key)),
    ).toEqual([]);
  });

  it("have no direction control of their own, no exclamation mark, and Persian letters only in Persian", () => {
    for (const language of LANGUAGES) {
      for (const text of Object.values(readCatalogue(language))) {
        expect(text).not.toMatch(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u);
        expect(text).not.toContain("!");
        if (language === "fa" && text !== ARABIC_DIGITS) expect(text).not.toMatch(/[يكىة٠-٩]/u);
        if (language === "ar" && text !== PERSIAN_DIGITS) expect(text).not.toMatch(/[یکپچژگ۰-۹]/u);
      }
    }
  });
});

describe("messages", () => {
  beforeEach(async () => {
    changeSettings({ language: "en" });
    await loadLanguage("en");
    await loadLateWords();
  });

  it("count by the language's plural rules in the reader's digits", async () => {
    expect(t("chatUnreadCount", { count: 1 })).toBe("1 unread message");
    expect(t("chatUnreadCount", { count: 1200 })).toBe("1,200 unread messages");
    expect(t("connectionQueued", { count: 0 })).toBe("Nothing is waiting");
    await loadLanguage("fa");
    changeSettings({ language: "fa" });
    expect(t("chatUnreadCount", { count: 3 })).toBe("۳ پیام نخوانده");
    expect(t("queuedBar", { count: 12 })).toBe("۱۲ پیام در انتظار راه");
    changeSettings({ digits: "latn" });
    expect(t("queuedBar", { count: 12 })).toBe("12 پیام در انتظار راه");
    expect(formatNumber(4.25)).toBe("4.3");
  });

  it("are of one language, however the loads overtake each other", async () => {
    await Promise.all([loadLateWords(), loadLanguage("fa"), loadLateWords()]);
    expect(t("settingsTitle")).toBe("تنظیمات");
    expect(t("back")).toBe("بازگشت");
    await Promise.all([loadLanguage("en"), loadLanguage("fa"), loadLanguage("en")]);
    expect([t("settingsTitle"), t("back")]).toEqual(["Settings", "Back"]);
  });

  it("isolate an interpolated name", () => {
    expect(t("landingStation", { station: "سارا", region: "IR" })).toBe(
      "Your letters will rest at \u2068سارا\u2069, in \u2068IR\u2069",
    );
  });

  it("know the categories of languages with more than two", () => {
    const plural = new Intl.PluralRules("ar");
    expect(["zero", "one", "two", "few", "many", "other"]).toEqual([0, 1, 2, 3, 11, 100].map((n) => plural.select(n)));
    expect(makeFormatter("fa", "arabext").plural(0)).toBe("one");
    expect(makeFormatter("en", "latn").plural(0)).toBe("other");
  });

  it("count in Arabic and Russian as those count", async () => {
    await loadLanguage("ar");
    changeSettings({ language: "ar" });
    expect([0, 1, 2, 3, 11, 100].map((count) => t("chatUnreadCount", { count }))).toEqual([
      "لا رسائل غير مقروءة",
      "رسالة واحدة غير مقروءة",
      "رسالتان غير مقروءتين",
      "٣ رسائل غير مقروءة",
      "١١ رسالة غير مقروءة",
      "١٠٠ رسالة غير مقروءة",
    ]);
    await loadLanguage("ru");
    changeSettings({ language: "ru" });
    expect([1, 2, 5, 21, 1.5].map((count) => t("connectionQueued", { count }))).toEqual([
      "1 сообщение ждёт",
      "2 сообщения ждут",
      "5 сообщений ждут",
      "21 сообщение ждёт",
      "1,5 сообщения ждут",
    ]);
  });
});
