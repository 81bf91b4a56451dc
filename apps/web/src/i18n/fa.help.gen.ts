/* Generated from fa.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.help.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  helpTitle: "اینترنت آزاد و کمک",
  helpLead: "تا این صفحه باز است، کسانی که راهشان بسته است می‌توانند از آن به ایستگاه خود برسند. شما بایت‌های مهروموم‌شده‌ای را می‌برید که نمی‌توانید بخوانید، آن هم تنها به ایستگاه‌های یک فهرست امضاشده و نه هیچ جای دیگر.",
  helpSwitch: "کمک به دیگران با این صفحه",
  helpOff: "خاموش",
  helpSeeking: "در جست‌وجوی ایستگاه…",
  helpReady: "آماده. اکنون کسی به این صفحه نیاز ندارد.",
  helpPeople: (f: Formatter, a: { readonly count: number }): string => (f.plural(a.count) === "one" ? f.number(a.count) + " نفر از این صفحه می‌گذرد" : f.number(a.count) + " نفر از این صفحه می‌گذرند"),
  helpResting: "در حال استراحت: سقف امروز پر شده است یا ساعتش نیست.",
  helpForged: "ایستگاه فهرستی نشان داد که امضای خودش را ندارد. چیزی رد نمی‌شود.",
  helpCannot: "این مرورگر نمی‌تواند: WebRTC ندارد.",
  helpToday: "کمک امروز",
  helpTodayPeople: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "هنوز هیچ‌کس" : "حدود " + f.number(a.count) + " نفر"),
  helpCarried: "برده‌شدهٔ امروز",
  helpSpare: "ذخیرهٔ آماده",
  helpLimits: "سقف‌ها",
  helpRate: "سرعت، رفت و برگشت روی هم",
  helpRateValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " مگابیت بر ثانیه",
  helpNoLimit: "بی‌سقف",
  helpBytes: "هر روز",
  helpBytesValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " مگابایت",
  helpHours: "ساعت‌ها",
  helpHoursAlways: "همیشه",
  helpHoursSpan: (f: Formatter, a: { readonly from: string; readonly until: string }): string => f.isolate(a.from) + " تا " + f.isolate(a.until),
  helpRisk: "پیش از روشن‌کردن بدانید",
  helpRiskAddress: "کسی که می‌گذرد نشانی شما را می‌بیند و مرورگر شما نشانی او را، مانند تماس تصویری. شبکهٔ شما ارتباطی شبیه آن می‌بیند.",
  helpRiskLog: "جز جمع امروز چیزی نوشته نمی‌شود. صفحه را ببندید یا خاموش کنید، همه‌چیز همان دم پایان می‌یابد.",
  helpRiskLaw: "جایی که چنین کمکی مجازات دارد، خاموشش بگذارید.",
  helpUse: "اینترنت آزاد",
  helpUseState: "در این مرورگر نه",
  helpUseText: "صفحه می‌تواند نامه‌های خود چاپار را از همهٔ راه‌هایی که می‌شناسد ببرد، نه آنچه برنامه‌ها یا زبانه‌های دیگر می‌فرستند؛ برای آن‌ها این را روی رایانه اجرا کنید.",
  helpUseHides: "از شبکه‌تان پنهان می‌کند به کدام سایت می‌روید؛ ایستگاه خروج آن‌ها را می‌بیند و سایت‌ها نشانی آن را.",
};
