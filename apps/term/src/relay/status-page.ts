/* A relay's page: one small document without script, in English or Persian, light or dark as the reader's system is. */
import type { RelayState } from "./relay-state.ts";
import { STATUS_WORDS, type PageLanguage, type StatusWords } from "./status-words.ts";

const REFRESH_SECONDS = 10;

/** The page's only style; its policy allows this and nothing else. */
export const PAGE_STYLE = `:root{color-scheme:light dark;--line:#8884;--soft:#777}
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.3rem;margin:0 0 1rem}h2{font-size:1rem;margin:1.5rem 0 .25rem}
.mood{padding:.6rem .8rem;border:1px solid var(--line);border-radius:.5rem;border-inline-start:.4rem solid #c60}
.forwarding{border-inline-start-color:#2a7}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0}
code{display:block;overflow-wrap:anywhere;padding:.5rem;border:1px solid var(--line);border-radius:.4rem;margin:.3rem 0;user-select:all}
p,footer{color:var(--soft)}a{color:inherit}`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const filled = (text: string, ...values: readonly string[]): string =>
  text.replaceAll(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? "");

/** Units of 1,000, as gigabytes are sold. */
function sizeOf(sizeBytes: number, locale: string): string {
  const [unit, scale] =
    sizeBytes >= 1e9
      ? (["gigabyte", 1e9] as const)
      : sizeBytes >= 1e6
        ? (["megabyte", 1e6] as const)
        : (["kilobyte", 1e3] as const);
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 });
  return format.format(sizeBytes / scale);
}

function rowsOf(state: RelayState, words: StatusWords, locale: string): readonly (readonly [string, string])[] {
  const number = new Intl.NumberFormat(locale);
  const { counts, bytesPerMonth, bytesPerSecond, hours, listExpiresAtMs } = state;
  const month = sizeOf(counts.monthBytes, locale);
  const hour = (of: number): string => new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 }).format(of);
  const refused = Object.values(state.refusals).reduce((sum, count) => sum + count, 0);
  const megabits = new Intl.NumberFormat(locale, { style: "unit", unit: "megabit-per-second" });
  return [
    [words.streams, number.format(state.streams)],
    [words.month, bytesPerMonth === undefined ? month : filled(words.of, month, sizeOf(bytesPerMonth, locale))],
    [words.total, sizeOf(counts.totalBytes, locale)],
    [words.rate, bytesPerSecond === undefined ? words.unlimited : megabits.format((bytesPerSecond * 8) / 1e6)],
    [words.hours, hours === undefined ? words.always : filled(words.between, hour(hours[0]), hour(hours[1]))],
    [words.stations, number.format(state.stations)],
    [
      words.list,
      listExpiresAtMs === undefined
        ? words.none
        : new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(listExpiresAtMs),
    ],
    [words.refused, number.format(refused)],
  ];
}

/** The page in a language. */
export function statusPage(state: RelayState, language: PageLanguage): string {
  const words = STATUS_WORDS[language];
  const locale = language === "fa" ? "fa-IR" : "en-GB";
  const rows = rowsOf(state, words, locale).map(
    ([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`,
  );
  const routes = state.routes.map((route) => `<code dir="ltr">${escaped(route)}</code>`);
  const other = language === "fa" ? "en" : "fa";
  return `<!doctype html>
<html lang="${language}" dir="${language === "fa" ? "rtl" : "ltr"}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>${escaped(words.title)}</title><style>${PAGE_STYLE}</style></head><body>
<h1>${escaped(words.title)}</h1>
<div class="mood ${state.mood}" role="status">${escaped(words.moods[state.mood])}</div>
<dl>${rows.join("")}</dl>
<h2>${escaped(words.routes)}</h2>
${routes.length === 0 ? `<p>${escaped(words.noRoutes)}</p>` : `<p>${escaped(words.routesHint)}</p>${routes.join("")}`}
<footer><p>${escaped(words.privacy)}</p><a href="/?lang=${other}" lang="${other}">${escaped(words.other)}</a></footer>
</body></html>
`;
}
