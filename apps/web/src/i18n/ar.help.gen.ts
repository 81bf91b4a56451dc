/* Generated from ar.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.help.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  helpTitle: "الإنترنت المفتوح والمساعدة",
  helpLead: "ما دامت هذه الصفحة مفتوحة يستطيع من سُدّ طريقهم أن يصلوا عبرها إلى محطتهم. تحمل بايتات مختومة لا تستطيع قراءتها، إلى محطات في قائمة موقّعة لا إلى غيرها.",
  helpSwitch: "مساعدة الآخرين بهذه الصفحة",
  helpOff: "متوقفة",
  helpSeeking: "يبحث عن المحطة…",
  helpReady: "جاهزة. لا يحتاج أحد إلى هذه الصفحة الآن.",
  helpPeople: (f: Formatter, a: { readonly count: number }): string => (f.plural(a.count) === "zero" ? "لا أحد يمر" : f.plural(a.count) === "one" ? "شخص واحد يمر" : f.plural(a.count) === "two" ? "شخصان يمران" : f.plural(a.count) === "few" ? f.number(a.count) + " أشخاص يمرون" : f.plural(a.count) === "many" ? f.number(a.count) + " شخصًا يمرون" : f.number(a.count) + " شخص يمرون") + " عبر هذه الصفحة",
  helpResting: "في راحة: بلغت حد اليوم، أو ليست هذه الساعة.",
  helpForged: "عرضت المحطة قائمة لم توقّعها. لا يُمرَّر شيء.",
  helpCannot: "لا يستطيع هذا المتصفح ذلك: ليس فيه WebRTC.",
  helpToday: "من ساعدتهم اليوم",
  helpTodayPeople: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "لا أحد بعد" : f.plural(a.count) === "zero" ? "لا أحد بعد" : f.plural(a.count) === "one" ? "نحو شخص واحد" : f.plural(a.count) === "two" ? "نحو شخصين" : f.plural(a.count) === "few" ? "نحو " + f.number(a.count) + " أشخاص" : f.plural(a.count) === "many" ? "نحو " + f.number(a.count) + " شخصًا" : "نحو " + f.number(a.count) + " شخص"),
  helpCarried: "ما حُمل اليوم",
  helpSpare: "احتياطي جاهز",
  helpLimits: "الحدود",
  helpRate: "السرعة، في الاتجاهين معًا",
  helpRateValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " ميغابت/ث",
  helpNoLimit: "بلا حد",
  helpBytes: "كل يوم",
  helpBytesValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " م.ب",
  helpHours: "الساعات",
  helpHoursAlways: "دائمًا",
  helpHoursSpan: (f: Formatter, a: { readonly from: string; readonly until: string }): string => "من " + f.isolate(a.from) + " إلى " + f.isolate(a.until),
  helpRisk: "ما ينبغي أن تعرفه",
  helpRiskAddress: "من يمر يعرف عنوانك، ويعرف متصفحك عنوانه، كما في مكالمة فيديو. وترى شبكتك اتصالًا يشبهها.",
  helpRiskLog: "لا يُكتب شيء سوى مجاميع اليوم. أغلق الصفحة أو أوقفها فينتهي كل شيء في الحال.",
  helpRiskLaw: "حيث يُعاقب على مساعدة كهذه، اتركها متوقفة.",
  helpUse: "الإنترنت المفتوح",
  helpUseState: "ليس في هذا المتصفح",
  helpUseText: "تستطيع الصفحة حمل رسائل تشابار نفسه على كل طريق تعرفه، لا ما ترسله برامج أو ألسنة أخرى: لتلك شغّل هذا على حاسوب.",
  helpUseHides: "يخفي عن شبكتك أي المواقع تزور؛ وتراها محطة الخروج، وترى المواقع عنوانها.",
};
