/*
 * What the build does to the page: words of all languages in it, the style and script of the first paint as two small
 * files (a station's policy runs nothing inline), the app's style moved behind the words (it must not hold them back),
 * the engine's chunk announced so that it comes beside the app and not after it.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TYPE } from "@formatjs/icu-messageformat-parser";
import { build } from "vite";
import type { Plugin, Rolldown } from "vite";
import { LANGUAGE_FACTS } from "../src/i18n/languages.ts";
import { LANGUAGES, parseMessage, readCatalogue } from "./messages.ts";
import type { LanguageName } from "./messages.ts";

/** The module whose chunk is the engine. */
export const ENGINE_DOOR = "/packages/client/src/web/index.ts";
const WEB = new URL("../", import.meta.url);

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function htmlOf(language: LanguageName, key: string): string {
  const text = readCatalogue(language)[key];
  if (text === undefined) throw new Error(`index.html: no message ${key}`);
  return parseMessage(text)
    .map((element) => {
      if (element.type === TYPE.literal) return escaped(element.value);
      if (element.type === TYPE.argument) return `<bdi data-arg="${element.value}"></bdi>`;
      throw new Error(`index.html: ${key} is not plain enough for the page`);
    })
    .join("");
}

/** The buttons that change the language, each in its own. */
const LANGUAGE_BUTTONS = LANGUAGES.map(
  (language) =>
    `<button type="button" data-language="${language}" lang="${language}" class="always">${LANGUAGE_FACTS[language].label}</button>`,
).join("");

/** Puts every language where `{{key}}` stands; style shows the one of the document. */
function withWords(html: string): string {
  const whole = html.replace("<!--languages-->", LANGUAGE_BUTTONS);
  return whole.replaceAll(/\{\{(\w+)\}\}/gu, (_, key: string) =>
    LANGUAGES.map((language) => `<span lang="${language}">${htmlOf(language, key)}</span>`).join(""),
  );
}

/** The boot script as one classic script. */
async function bootScript(): Promise<string> {
  const made = (await build({
    configFile: false,
    root: fileURLToPath(WEB),
    logLevel: "error",
    build: {
      write: false,
      target: "es2020",
      modulePreload: false,
      lib: { entry: fileURLToPath(new URL("src/boot/boot.ts", WEB)), formats: ["iife"], name: "boot" },
    },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[];
  const [output] = Array.isArray(made) ? made : [made];
  return (output?.output[0].code ?? "").trim();
}

/** The style of the first paint, as small as it gets without a tool of its own. */
function pageStyle(): string {
  return ["base.css", "landing.css"]
    .map((name) => readFileSync(new URL(`src/styles/${name}`, WEB), "utf8"))
    .join("")
    .replaceAll(/\/\*[\s\S]*?\*\//gu, "")
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/ ?([{};,]) ?/gu, "$1")
    .replaceAll(/: /gu, ":")
    .replaceAll(";}", "}")
    .trim();
}

/**
 * The policy the page carries itself: as strict as the one a station sends, so that the app is as safe from any other
 * host. Nothing inline runs, not even ours.
 */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src blob:",
  "font-src 'self'",
  // The home station of an invite, wherever it is.
  "connect-src 'self' wss: https:",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types chapar",
].join("; ");

interface PagePart {
  readonly fileName: string;
  readonly source: string;
}

const named = (name: string, ending: string, source: string): PagePart => ({
  fileName: `assets/${name}-${createHash("sha256").update(source).digest("base64url").slice(0, 8)}.${ending}`,
  source,
});

/** A chunk after what it imports statically, in the order in which they run. */
function withImports(bundle: Rolldown.OutputBundle, file: string, found: Set<string>, above: Set<string>): void {
  const chunk = bundle[file];
  if (found.has(file) || above.has(file) || chunk?.type !== "chunk") return;
  above.add(file);
  for (const other of chunk.imports) withImports(bundle, other, found, above);
  found.add(file);
}

/**
 * The style of what no first screen shows, out of the bundle's own files into one: it is brought with the first words that come later.
 *
 * @returns undefined where there is none
 */
function takeLateStyle(bundle: Rolldown.OutputBundle): PagePart | undefined {
  const files = (chunks: readonly Rolldown.OutputChunk[]): readonly string[] => {
    const found = new Set<string>();
    for (const { fileName } of chunks) withImports(bundle, fileName, found, new Set());
    return [...found].flatMap((file) => {
      const chunk = bundle[file];
      return chunk?.type === "chunk" ? [...(chunk.viteMetadata?.importedCss ?? [])] : [];
    });
  };
  const chunks = Object.values(bundle).filter((part) => part.type === "chunk");
  const entries = chunks.filter(({ isEntry }) => isEntry);
  const first = new Set(
    files(entries.filter(({ facadeModuleId }) => facadeModuleId?.endsWith("/index.html") === true)),
  );
  // The gallery is a page of its own, which has all of it.
  const linked = new Set(files(entries));
  const late = [...new Set(files(chunks))].filter((file) => !first.has(file));
  const sources = late.map((file) => {
    const part = bundle[file];
    if (!linked.has(file)) Reflect.deleteProperty(bundle, file);
    if (part?.type !== "asset") throw new Error(`no style ${file}`);
    return String(part.source);
  });
  return sources.length === 0 ? undefined : named("late", "css", sources.join(""));
}

/**
 * Style links go behind the words, the late one without being fetched. The engine is announced before the script that the page waits for: behind a
 * policy in the page no browser looks ahead, and a thin line would stand idle for as long as that script takes. The app is announced behind it, so
 * that the words do not share the line with both.
 */
function arrange(html: string, bundle: Rolldown.OutputBundle | undefined, late: PagePart | undefined): string {
  let page = html;
  for (const [link] of page.matchAll(/\s*<link rel="stylesheet"[^>]*>/gu)) {
    page = page.replace(link, "").replace("</body>", `  ${link.trim()}\n  </body>`);
  }
  if (late !== undefined) page = page.replace("</body>", `  <link data-late href="/${late.fileName}">\n  </body>`);
  const engine = Object.values(bundle ?? {}).find(
    (chunk) => chunk.type === "chunk" && chunk.moduleIds.some((id) => id.endsWith(ENGINE_DOOR)),
  );
  if (engine?.type !== "chunk") return page;
  const entry = Object.values(bundle ?? {}).find(
    (chunk) => chunk.type === "chunk" && page.includes(`src="/${chunk.fileName}"`),
  );
  const app = entry?.type === "chunk" ? entry.imports : [];
  const announced = (files: Iterable<string>): string =>
    [...files].map((file) => `<link rel="modulepreload" crossorigin href="/${file}">`).join("");
  const beside = new Set([...app, ...engine.imports]);
  return page
    .replaceAll(/\s*<link rel="modulepreload"[^>]*>/gu, "")
    .replace("<!--boot-->", `${announced([engine.fileName])}\n<!--boot-->\n${announced(beside)}`);
}

/** The plugin; in development the parts are inlined and no policy is set (that server needs scripts of its own). */
export function pagePlugin(options: { readonly development: boolean }): Plugin {
  let boot: PagePart = { fileName: "", source: "" };
  let style: PagePart = { fileName: "", source: "" };
  let late: PagePart | undefined;
  return {
    name: "chapar-page",
    async buildStart() {
      boot = named("boot", "js", await bootScript());
      style = named("page", "css", pageStyle());
    },
    generateBundle(_, bundle) {
      late = takeLateStyle(bundle);
      if (late !== undefined) this.emitFile({ type: "asset", ...late });
      for (const part of [boot, style]) this.emitFile({ type: "asset", ...part });
    },
    transformIndexHtml: {
      order: "post",
      handler(html, context) {
        if (!context.filename.endsWith("index.html")) return html;
        const words = withWords(arrange(html, context.bundle, late));
        if (options.development) {
          return words
            .replace("<!--style-->", () => `<style>${style.source}</style>`)
            .replace("<!--boot-->", () => `<script>${boot.source}</script>`);
        }
        return words
          .replace("<!--policy-->", `<meta http-equiv="content-security-policy" content="${CONTENT_POLICY}" />`)
          .replace("<!--style-->", `<link rel="stylesheet" href="/${style.fileName}" />`)
          .replace("<!--boot-->", `<script src="/${boot.fileName}"></script>`)
          .replaceAll(/\n\s+/gu, "\n");
      },
    },
  };
}
