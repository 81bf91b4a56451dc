/* Generated from zh.json by scripts/messages.ts. Do not edit. */
import type { messages as source } from "./en.help.gen.ts";
import type { Formatter } from "./formatter.ts";

// prettier-ignore
export const messages: typeof source = {
  helpTitle: "开放的互联网与互助",
  helpLead: "只要这个页面开着，通路被堵的人就能经由它到达自己的驿站。你搬运的是自己读不了的封存字节，只去签名名单上的驿站，不去别处。",
  helpSwitch: "用这个页面帮助他人",
  helpOff: "已关闭",
  helpSeeking: "正在寻找驿站…",
  helpReady: "就绪。现在没有人需要这个页面。",
  helpPeople: (f: Formatter, a: { readonly count: number }): string => f.number(a.count) + " 人正经由这个页面",
  helpResting: "休息中：已到当日上限，或不在时段内。",
  helpForged: "驿站给出的名单没有它自己的签名，不转送任何内容。",
  helpCannot: "这个浏览器做不到：它没有 WebRTC。",
  helpToday: "今天帮助了",
  helpTodayPeople: (f: Formatter, a: { readonly count: number }): string => (a.count === 0 ? "还没有人" : "约 " + f.number(a.count) + " 人"),
  helpCarried: "今天搬运了",
  helpSpare: "备用待命",
  helpLimits: "上限",
  helpRate: "速度，双向合计",
  helpRateValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " Mbit/s",
  helpNoLimit: "不限",
  helpBytes: "每天",
  helpBytesValue: (f: Formatter, a: { readonly value: string }): string => f.isolate(a.value) + " MB",
  helpHours: "时段",
  helpHoursAlways: "始终",
  helpHoursSpan: (f: Formatter, a: { readonly from: string; readonly until: string }): string => f.isolate(a.from) + " 至 " + f.isolate(a.until),
  helpRisk: "需要知道的",
  helpRiskAddress: "经由的人会知道你的地址，你的浏览器也会知道对方的，就像视频通话。你的网络会看到类似的连接。",
  helpRiskLog: "只记录当天的总量。关闭页面或关掉开关，一切立即结束。",
  helpRiskLaw: "在这样的帮助会受罚的地方，请不要开启。",
  helpUse: "开放的互联网",
  helpUseState: "这个浏览器不支持",
  helpUseText: "页面能经由所知的每条路传送 Chapar 自己的信件，却传送不了其他程序或标签页的内容：要那样，请在电脑上运行。",
  helpUseHides: "你的网络看不到你访问哪些网站；出口驿站看得到，网站看到的是它的地址。",
};
