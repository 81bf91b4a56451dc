/* Generated from en.json by scripts/messages.ts. Do not edit. */
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages = {
  toolPalette: "Commands",
  toolHint: "Search commands and chats",
  toolNone: "Nothing matches.",
  toolChatBefore: "Previous chat",
  toolChatNext: "Next chat",
  toolLight: "Light appearance",
  toolDark: "Dark appearance",
  toolLarger: "Larger text",
  toolSmaller: "Smaller text",
  toolOffline: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "No connection. Write on, it goes later" : f.plural(a.count) === "one" ? "No connection. " + f.number(a.count) + " message waits" : "No connection. " + f.number(a.count) + " messages wait"),
  toolInstall: "Keep Chapar on this device? It then opens without a network.",
  toolInstallYes: "Install",
  findInChat: "Find in this chat",
  findAll: "Find in all messages",
  findOlder: "Older hit",
  findNewer: "Newer hit",
  findCount: (f: Formatter, a: { readonly at: number; readonly count: number }): string => f.number(a.at) + " of " + f.number(a.count),
  findNone: "Not found",
  findMessages: "Messages",
  findMore: "Show more",
  findWaiting: (f: Formatter, a: { readonly count: number }): string => (f.plural(a.count) === "one" ? f.number(a.count) + " message is still being looked through." : f.number(a.count) + " messages are still being looked through."),
  keysTitle: "Keyboard",
  keysText: "Press a combination to change it. On a Mac, ⌘ counts as Ctrl.",
  keysChange: (f: Formatter, a: { readonly name: string; readonly keys: string }): string => f.isolate(a.name) + ": " + f.isolate(a.keys) + ", change",
  keysPress: "Press the new keys…",
  keysNeed: "Use Ctrl or Alt together with another key.",
  keysReset: "As at first",
};
