/*
 * What the build does to the page: words of both languages, inlined style and boot script with their hashes in the
 * content policy, the app's style moved behind the words (it must not hold them back), the engine's chunk announced so
 * that it comes beside the app and not after it.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TYPE } from "@formatjs/icu-messageformat-parser";
import { build } from "vite";
import type { Plugin, Rolldown } from "vite";
import { LANGUAGES, parseMessage, readCatalogue } from "./messages.ts";
import type { LanguageName } from "./messages.ts";

/** The module whose chunk is the engine. */
const ENGINE_DOOR = "/packages/client/src/web/index.ts";
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

/** Puts both languages where `{{key}}` stands; style shows the one of the document. */
export function withWords(html: string): string {
  return html.replaceAll(/\{\{(\w+)\}\}/gu, (_, key: string) =>
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

const sourceHash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The policy the page carries itself, and that a station sends too (with frame-ancestors, which a page cannot say). */
export function contentPolicy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${sourceHash(script)}`,
    `style-src 'self' ${sourceHash(style)}`,
    "img-src 'self' blob:",
    "font-src 'self'",
    // The home station of an invite, wherever it is.
    "connect-src 'self' ws: wss: http: https:",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types chapar",
  ].join("; ");
}

/** Style links go behind the words; the chunks of the engine are announced. */
function arrange(html: string, bundle: Rolldown.OutputBundle | undefined): string {
  let page = html;
  for (const [link] of page.matchAll(/\s*<link rel="stylesheet"[^>]*>/gu)) {
    page = page.replace(link, "").replace("</body>", `  ${link.trim()}\n  </body>`);
  }
  const engine = Object.values(bundle ?? {}).find(
    (chunk) => chunk.type === "chunk" && chunk.facadeModuleId?.endsWith(ENGINE_DOOR) === true,
  );
  if (engine?.type !== "chunk") return page;
  const files = [engine.fileName, ...engine.imports].filter((file) => !page.includes(`/${file}"`));
  const links = files.map((file) => `<link rel="modulepreload" crossorigin href="/${file}">`).join("");
  return page.replace("</head>", `  ${links}\n  </head>`);
}

/** The plugin; `development` leaves the policy out (the development server needs scripts of its own). */
export function pagePlugin(options: { readonly development: boolean }): Plugin {
  return {
    name: "chapar-page",
    transformIndexHtml: {
      order: "post",
      async handler(html, context) {
        if (!context.filename.endsWith("index.html")) return html;
        const script = await bootScript();
        const style = pageStyle();
        const policy = contentPolicy(script, style);
        const words = withWords(arrange(html, context.bundle));
        return (options.development ? words : words.replaceAll(/\n\s+/gu, "\n"))
          .replace(
            "<!--policy-->",
            options.development ? "" : `<meta http-equiv="content-security-policy" content="${policy}" />`,
          )
          .replace("<!--style-->", () => `<style>${style}</style>`)
          .replace("<!--boot-->", () => `<script>${script}</script>`);
      },
    },
  };
}
