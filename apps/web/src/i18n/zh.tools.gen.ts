/* Generated from zh.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.tools.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  toolPalette: "命令",
  toolHint: "搜索命令和聊天",
  toolNone: "没有相符的内容。",
  toolChatBefore: "上一个聊天",
  toolChatNext: "下一个聊天",
  toolLight: "浅色外观",
  toolDark: "深色外观",
  toolLarger: "放大文字",
  toolSmaller: "缩小文字",
  toolOffline: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "没有连接。继续写，稍后会发出" : "没有连接。" + f.number(a.count) + " 条消息在等待"),
  toolInstall: "把 Chapar 留在这台设备上？之后没有网络也能打开。",
  toolInstallYes: "安装",
  findInChat: "在此聊天中查找",
  findAll: "在所有消息中查找",
  findOlder: "较早的结果",
  findNewer: "较新的结果",
  findCount: (f: Formatter, a: { readonly at: number; readonly count: number }): string => "第 " + f.number(a.at) + " 个，共 " + f.number(a.count) + " 个",
  findNone: "没有找到",
  findMessages: "消息",
  findMore: "显示更多",
  findWaiting: (f: Formatter, a: { readonly count: number }): string => "还有 " + f.number(a.count) + " 条消息没有查过。",
  keysTitle: "键盘",
  keysText: "点按组合键即可更改。在 Mac 上，⌘ 等同于 Ctrl。",
  keysChange: (f: Formatter, a: { readonly name: string; readonly keys: string }): string => f.isolate(a.name) + "：" + f.isolate(a.keys) + "，更改",
  keysPress: "请按新的按键…",
  keysNeed: "请把 Ctrl 或 Alt 与另一个键一起使用。",
  keysReset: "恢复原样",
};
