/* Generated from ru.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.help.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  helpTitle: "Открытый интернет и помощь",
  helpLead: "Пока эта страница открыта, люди, которым закрыт путь, могут пройти через неё к своей станции. Вы переносите запечатанные байты, которых вам не прочесть, к станциям из подписанного списка и больше никуда.",
  helpSwitch: "Помогать другим этой страницей",
  helpOff: "Выключено",
  helpSeeking: "Ищет станцию…",
  helpReady: "Готово. Сейчас эта страница никому не нужна.",
  helpPeople: (f: Formatter, a: { readonly count: number }): string => "Через эту страницу проход" + (f.plural(a.count) === "one" ? "ит " + f.number(a.count) + " человек" : f.plural(a.count) === "many" ? "ят " + f.number(a.count) + " человек" : "ят " + f.number(a.count) + " человека"),
  helpResting: "Отдыхает: дневной предел достигнут или сейчас не тот час.",
  helpForged: "Станция показала список, который не подписывала. Ничего не передаётся.",
  helpCannot: "Этот браузер не может: в нём нет WebRTC.",
  helpToday: "Помощь за сегодня",
  helpTodayPeople: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "пока никому" : f.plural(a.count) === "one" ? "примерно " + f.number(a.count) + " человеку" : f.plural(a.count) === "few" ? "примерно " + f.number(a.count) + " людям" : f.plural(a.count) === "many" ? "примерно " + f.number(a.count) + " людям" : "примерно " + f.number(a.count) + " человека"),
  helpCarried: "Перенесено за сегодня",
  helpSpare: "В запасе",
  helpLimits: "Пределы",
  helpRate: "Скорость, в обе стороны вместе",
  helpRateValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " Мбит/с",
  helpNoLimit: "Без предела",
  helpBytes: "В день",
  helpBytesValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " МБ",
  helpHours: "Часы",
  helpHoursAlways: "Всегда",
  helpHoursSpan: (f: Formatter, a: { readonly from: string; readonly until: string }): string => "с " + f.isolate(a.from) + " до " + f.isolate(a.until),
  helpRisk: "Что нужно знать",
  helpRiskAddress: "Кто проходит, узнаёт ваш адрес, а ваш браузер его, как при видеозвонке. Ваша сеть видит похожее соединение.",
  helpRiskLog: "Записываются только суммы за день. Закройте страницу или выключите помощь, и всё сразу закончится.",
  helpRiskLaw: "Там, где за такую помощь наказывают, не включайте её.",
  helpUse: "Открытый интернет",
  helpUseState: "Не в этом браузере",
  helpUseText: "Страница может нести письма самого Чапара всеми известными ей путями, но не то, что шлют другие программы или вкладки: для них запустите это на компьютере.",
  helpUseHides: "Ваша сеть не видит, какие сайты вы посещаете; их видит выходная станция, а сайты видят её адрес.",
};
