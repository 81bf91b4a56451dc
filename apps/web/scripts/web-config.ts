/*
 * How the app is bundled. Few chunks with stable names: what the first message needs (main, engine, one language), the
 * long list, each sheet. Nothing younger than what an Android phone of 2022 runs.
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin, UserConfig } from "vite";
import { pagePlugin } from "./page.ts";

const WEB = fileURLToPath(new URL("../", import.meta.url));
/** All of the app's own code but the parts that are loaded when asked for, and the framework. */
const APP =
  /\/apps\/web\/src\/(?!photo\/|main\.ts|rest\.ts|state\/(?:attachments|draft-vault|font|incoming|announcer|install|updates|trusted)\.|.*\.gen\.ts|ui\/(?:qr-panel|virtual-rows|sheet|message-menu|attachment|attached-file)\.|screens\/(?:chats|facts|invite-card|[a-z]+-sheet|details|photo-viewer)\.)|\/(?:preact|@preact\/[a-z-]+)\//u;
/** Code of ours and of these libraries does nothing by being imported, so what is not used is not in a chunk. */
const PURE = /\/packages\/|\/(?:ts-mls|@noble|@scure)\//u;

/**
 * The bundler wraps every dynamic import to fetch styles and preload chunks first. There is one style file, and the page
 * announces what comes first, so the wrapper (1 kB) is the plain import.
 */
function plainImports(): Plugin {
  return {
    name: "chapar-plain-imports",
    enforce: "pre",
    load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : undefined),
  };
}

/** Tables of error codes carry a sentence for the documentation; no screen shows it, so it does not travel. */
function quietErrors(): Plugin {
  return {
    name: "chapar-quiet-errors",
    enforce: "pre",
    transform: (code, id) =>
      /\/packages\/[a-z0-9]+\/src\/errors\.ts$/u.test(id)
        ? code.replaceAll(/\bwhat:\s*"(?:[^"\\]|\\.)*"/gu, 'what: ""')
        : undefined,
  };
}

/** `message-row` + `line` -> `message-row_line`: repeats what the code says anyway, so it costs next to nothing packed. */
const scopedName = (local: string, file: string): string => `${basename(file, ".module.css")}_${local}`;

/** The configuration of a build into a folder, or of the development server. */
export function webConfig(options: {
  readonly outDir: string;
  readonly development: boolean;
  /** the in-memory engine of src/testing in place of the real one, for the gallery and the screenshots */
  readonly fakeEngine?: boolean;
}): UserConfig {
  return {
    root: WEB,
    publicDir: false,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    logLevel: "warn",
    css: { modules: { generateScopedName: scopedName } },
    resolve: {
      alias: options.fakeEngine === true ? { "@chapar/client/web": join(WEB, "src/testing/fake-engine.ts") } : {},
    },
    plugins: [quietErrors(), plainImports(), pagePlugin(options)],
    build: {
      outDir: options.outDir,
      emptyOutDir: true,
      target: "es2022",
      // The page itself announces what comes first; one style file, small, so that no chunk waits for another's.
      modulePreload: false,
      cssCodeSplit: false,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 400,
      rolldownOptions: {
        output: {
          entryFileNames: "assets/[name]-[hash].js",
          chunkFileNames: "assets/[name]-[hash].js",
          assetFileNames: "assets/[name]-[hash][extname]",
          // One chunk for what every screen shares: one request, one name, better compression.
          codeSplitting: { groups: [{ name: "app", test: APP }] },
        },
        treeshake: { moduleSideEffects: (id: string) => !PURE.test(id) },
      },
    },
  };
}
