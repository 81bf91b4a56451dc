/* Generated from ar.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.tools.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  toolPalette: "الأوامر",
  toolHint: "بحث في الأوامر والمحادثات",
  toolNone: "لا شيء يطابق.",
  toolChatBefore: "المحادثة السابقة",
  toolChatNext: "المحادثة التالية",
  toolLight: "المظهر الفاتح",
  toolDark: "المظهر الداكن",
  toolLarger: "نص أكبر",
  toolSmaller: "نص أصغر",
  toolOffline: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "لا اتصال. تابع الكتابة، ستُرسل لاحقًا" : f.plural(a.count) === "zero" ? "لا اتصال. تابع الكتابة، ستُرسل لاحقًا" : f.plural(a.count) === "one" ? "لا اتصال. رسالة واحدة تنتظر" : f.plural(a.count) === "two" ? "لا اتصال. رسالتان تنتظران" : f.plural(a.count) === "few" ? "لا اتصال. " + f.number(a.count) + " رسائل تنتظر" : "لا اتصال. " + f.number(a.count) + " رسالة تنتظر"),
  toolInstall: "هل تُبقي تشابار على هذا الجهاز؟ عندها يُفتح من دون شبكة.",
  toolInstallYes: "تثبيت",
  findInChat: "بحث في هذه المحادثة",
  findAll: "بحث في كل الرسائل",
  findOlder: "النتيجة الأقدم",
  findNewer: "النتيجة الأحدث",
  findCount: (f: Formatter, a: { readonly at: number; readonly count: number }): string => f.number(a.at) + " من " + f.number(a.count),
  findNone: "لم يُعثر عليه",
  findMessages: "الرسائل",
  findMore: "عرض المزيد",
  findWaiting: (f: Formatter, a: { readonly count: number }): string => (f.plural(a.count) === "zero" ? "فُحصت كل الرسائل." : f.plural(a.count) === "one" ? "رسالة واحدة لم تُفحص بعد." : f.plural(a.count) === "two" ? "رسالتان لم تُفحصا بعد." : f.plural(a.count) === "few" ? f.number(a.count) + " رسائل لم تُفحص بعد." : f.number(a.count) + " رسالة لم تُفحص بعد."),
  keysTitle: "لوحة المفاتيح",
  keysText: "اضغط تركيبة لتغييرها. على ماك يُعدّ ⌘ بمثابة Ctrl.",
  keysChange: (f: Formatter, a: { readonly name: string; readonly keys: string }): string => f.isolate(a.name) + ": " + f.isolate(a.keys) + "، تغيير",
  keysPress: "اضغط المفاتيح الجديدة…",
  keysNeed: "استعمل Ctrl أو Alt مع مفتاح آخر.",
  keysReset: "كما كانت أولًا",
};
