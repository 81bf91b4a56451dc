/* Generated from ru.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.tools.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  toolPalette: "Команды",
  toolHint: "Поиск команд и чатов",
  toolNone: "Ничего не подходит.",
  toolChatBefore: "Предыдущий чат",
  toolChatNext: "Следующий чат",
  toolLight: "Светлое оформление",
  toolDark: "Тёмное оформление",
  toolLarger: "Текст крупнее",
  toolSmaller: "Текст мельче",
  toolOffline: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "Нет связи. Пишите, уйдёт позже" : f.plural(a.count) === "one" ? "Нет связи. " + f.number(a.count) + " сообщение ждёт" : f.plural(a.count) === "few" ? "Нет связи. " + f.number(a.count) + " сообщения ждут" : f.plural(a.count) === "many" ? "Нет связи. " + f.number(a.count) + " сообщений ждут" : "Нет связи. " + f.number(a.count) + " сообщения ждут"),
  toolInstall: "Оставить Чапар на этом устройстве? Тогда он откроется и без сети.",
  toolInstallYes: "Установить",
  findInChat: "Найти в этом чате",
  findAll: "Найти во всех сообщениях",
  findOlder: "Более раннее",
  findNewer: "Более позднее",
  findCount: (f: Formatter, a: { readonly at: number; readonly count: number }): string => f.number(a.at) + " из " + f.number(a.count),
  findNone: "Не найдено",
  findMessages: "Сообщения",
  findMore: "Показать ещё",
  findWaiting: (f: Formatter, a: { readonly count: number }): string => (f.plural(a.count) === "one" ? "Ещё не просмотрено " + f.number(a.count) + " сообщение." : f.plural(a.count) === "few" ? "Ещё не просмотрены " + f.number(a.count) + " сообщения." : f.plural(a.count) === "many" ? "Ещё не просмотрено " + f.number(a.count) + " сообщений." : "Ещё не просмотрено " + f.number(a.count) + " сообщения."),
  keysTitle: "Клавиатура",
  keysText: "Нажмите на сочетание, чтобы сменить его. На Mac ⌘ считается за Ctrl.",
  keysChange: (f: Formatter, a: { readonly name: string; readonly keys: string }): string => f.isolate(a.name) + ": " + f.isolate(a.keys) + ", сменить",
  keysPress: "Нажмите новые клавиши…",
  keysNeed: "Нужны Ctrl или Alt вместе с другой клавишей.",
  keysReset: "Как вначале",
};
