/* The words and the look of the station's public page (transparency.ts). Everything that varies is escaped. */
import type { IncidentKind } from "@chapar/wire";

/** What the page says. Times are ms since 1970. */
export interface Transparency {
  readonly name: string;
  readonly region: string;
  readonly origin: string;
  readonly generation: number;
  readonly size: number;
  readonly epoch: number;
  readonly epochTimeMs: number;
  readonly witnesses: readonly {
    readonly name: string;
    readonly region: string | undefined;
    readonly url: string;
    readonly cosignedAtMs: number | undefined;
  }[];
  readonly orders: number;
  readonly removed: number;
  readonly unanswered: number;
  readonly incidents: readonly {
    readonly what: IncidentKind;
    readonly fromMs: number;
    readonly toMs: number;
    readonly note: string;
  }[];
  /** undefined: the station runs without one */
  readonly policy:
    | {
        readonly title: string;
        readonly from: string;
        readonly until: string;
        readonly compliance: string | undefined;
        /** hex */
        readonly hash: string;
      }
    | undefined;
}

/** The page's style: light and dark, one column, no fonts of its own. */
export const TRANSPARENCY_STYLE = `:root{color-scheme:light dark;--ink:#1a1a1a;--dim:#5c5c5c;--paper:#fbfaf7;--line:#dcd8cf}
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--dim:#a3a3a3;--paper:#161616;--line:#343434}}
body{margin:0 auto;padding:1.5rem;max-width:44rem;font:1rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:2rem}p.dim,td.dim{color:var(--dim)}
table{border-collapse:collapse;width:100%}td,th{padding:.4rem 0;border-bottom:1px solid var(--line);text-align:start;font-weight:400;vertical-align:top}
td:last-child{text-align:end}code{overflow-wrap:anywhere;font-size:.85em}a{color:inherit}
`;

type Language = "en" | "fa";

interface Words {
  readonly policy: string;
  readonly noPolicy: string;
  readonly inForce: (from: string, until: string) => string;
  readonly complies: string;
  readonly title: (name: string, region: string) => string;
  readonly intro: string;
  readonly size: string;
  readonly epoch: string;
  readonly origin: string;
  readonly witnesses: string;
  readonly noWitness: string;
  readonly never: string;
  readonly orders: string;
  readonly removed: string;
  readonly unanswered: string;
  readonly incidents: string;
  readonly noIncident: string;
  readonly what: Readonly<Record<Transparency["incidents"][number]["what"], string>>;
  readonly ago: (seconds: string) => string;
  readonly other: string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: (name, region) => `${name} (${region})`,
    intro:
      "What this station has committed to in its public log. The numbers are counted from the log, which anyone can read and check.",
    size: "Leaves in the log",
    epoch: "Age of the newest commitment",
    origin: "Origin of the log",
    witnesses: "Witnesses",
    noWitness: "Nobody witnesses this log yet.",
    never: "not this checkpoint",
    orders: "Removal orders received",
    removed: "Items removed",
    unanswered: "Challenges to other stations left unanswered",
    incidents: "Incidents",
    noIncident: "None.",
    policy: "Region policy",
    noPolicy: "This station runs without one.",
    inForce: (from, until) => `in force from ${from} until ${until}`,
    complies: "Everything rests where it should by",
    what: { restored: "Restored from a copy", clock: "Clock", other: "Other" },
    ago: (seconds) => `${seconds} s ago`,
    other: "فارسی",
  },
  fa: {
    title: (name, region) => `${name} (${region})`,
    intro:
      "آنچه این ایستگاه در دفتر عمومی خود تعهد کرده است. عددها از خود دفتر شمرده شده‌اند و هر کس می‌تواند آن را بخواند و بسنجد.",
    size: "برگ‌های دفتر",
    epoch: "عمر تازه‌ترین تعهد",
    origin: "نشان دفتر",
    witnesses: "گواهان",
    noWitness: "هنوز کسی گواه این دفتر نیست.",
    never: "این نسخه را نه",
    orders: "دستورهای حذف رسیده",
    removed: "موردهای حذف‌شده",
    unanswered: "پرسش‌های بی‌پاسخ از ایستگاه‌های دیگر",
    incidents: "رویدادها",
    noIncident: "هیچ.",
    policy: "سیاست منطقه",
    noPolicy: "این ایستگاه سیاستی ندارد.",
    inForce: (from, until) => `از ${from} تا ${until} برقرار است`,
    complies: "همه‌چیز تا این روز در جای خود خواهد بود",
    what: { restored: "بازگردانی از نسخهٔ پشتیبان", clock: "ساعت", other: "دیگر" },
    ago: (seconds) => `${seconds} ثانیه پیش`,
    other: "English",
  },
};

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? "");
}

/** The page in one language. @param nowMs  for ages */
export function transparencyPage(said: Transparency, language: Language, nowMs: number): string {
  const words = WORDS[language];
  const number = new Intl.NumberFormat(language);
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
  const ago = (ms: number): string => words.ago(number.format(Math.max(0, Math.round((nowMs - ms) / 1000))));
  const row = (label: string, value: string): string => `<tr><th scope="row">${label}</th><td>${value}</td></tr>`;
  const witnesses = said.witnesses.map(({ region, url, cosignedAtMs }) =>
    row(
      `${escaped(region ?? "–")} <code dir="ltr">${escaped(url)}</code>`,
      cosignedAtMs === undefined ? words.never : ago(cosignedAtMs),
    ),
  );
  const incidents = said.incidents.map(({ what, fromMs, toMs, note }) =>
    row(`${words.what[what]}<br><span>${escaped(note)}</span>`, `${date.format(fromMs)} – ${date.format(toMs)} UTC`),
  );
  const held = said.policy;
  const due = held?.compliance === undefined ? [] : [row(words.complies, `<bdi>${held.compliance}</bdi>`)];
  const policy =
    held === undefined
      ? []
      : [
          row(`<bdi>${escaped(held.title)}</bdi>`, words.inForce(held.from, held.until)),
          ...due,
          row("SHA-256", `<a href="/policy"><code dir="ltr">${held.hash}</code></a>`),
        ];
  const other = language === "en" ? "fa" : "en";
  const table = (rows: readonly string[], none: string): string =>
    rows.length === 0 ? `<p class="dim">${none}</p>` : `<table>${rows.join("")}</table>`;
  return `<!doctype html>
<html lang="${language}" dir="${language === "fa" ? "rtl" : "ltr"}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(words.title(said.name, said.region))}</title><link rel="stylesheet" href="/transparency.css"></head>
<body><h1>${escaped(words.title(said.name, said.region))}</h1><p class="dim">${words.intro}</p>
<table>${row(words.size, number.format(said.size))}${row(words.epoch, ago(said.epochTimeMs))}${row(words.orders, number.format(said.orders))}${row(words.removed, number.format(said.removed))}${row(words.unanswered, number.format(said.unanswered))}</table>
<h2>${words.witnesses}</h2>${table(witnesses, words.noWitness)}
<h2>${words.incidents}</h2>${table(incidents, words.noIncident)}
<h2>${words.policy}</h2>${table(policy, words.noPolicy)}
<h2>${words.origin}</h2><p><code dir="ltr">${escaped(said.origin)}</code></p>
<p><a href="/log/checkpoint">/log/checkpoint</a> · <a href="/transparency.json">JSON</a> · <a href="/transparency?lang=${other}" lang="${other}">${words.other}</a></p>
</body></html>
`;
}
