/* Generated from fa.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.tools.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  toolPalette: "فرمان‌ها",
  toolHint: "جست‌وجوی فرمان و گفت‌وگو",
  toolNone: "چیزی جور نیست.",
  toolChatBefore: "گفت‌وگوی پیشین",
  toolChatNext: "گفت‌وگوی بعدی",
  toolLight: "ظاهر روشن",
  toolDark: "ظاهر تیره",
  toolLarger: "متن بزرگ‌تر",
  toolSmaller: "متن کوچک‌تر",
  toolOffline: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "اتصالی نیست. بنویسید، بعداً می‌رود" : "اتصالی نیست. " + f.number(a.count) + " پیام در انتظار است"),
  toolInstall: "چاپار روی این دستگاه بماند؟ آن‌گاه بی‌شبکه هم باز می‌شود.",
  toolInstallYes: "نصب",
  findInChat: "یافتن در این گفت‌وگو",
  findAll: "یافتن در همهٔ پیام‌ها",
  findOlder: "یافتهٔ پیشین",
  findNewer: "یافتهٔ تازه‌تر",
  findCount: (f: Formatter, a: { readonly at: number; readonly count: number }): string => f.number(a.at) + " از " + f.number(a.count),
  findNone: "یافت نشد",
  findMessages: "پیام‌ها",
  findMore: "نمایش بیشتر",
  findWaiting: (f: Formatter, a: { readonly count: number }): string => "هنوز " + f.number(a.count) + " پیام بررسی نشده است.",
  keysTitle: "صفحه‌کلید",
  keysText: "برای عوض کردن، ترکیب را فشار دهید. روی مک، ⌘ به‌جای Ctrl است.",
  keysChange: (f: Formatter, a: { readonly name: string; readonly keys: string }): string => f.isolate(a.name) + ": " + f.isolate(a.keys) + "، تغییر",
  keysPress: "کلیدهای تازه را بزنید…",
  keysNeed: "Ctrl یا Alt را با کلیدی دیگر بزنید.",
  keysReset: "مانند آغاز",
};
