/*
 * How the app is bundled. Few chunks with stable names: what the first message needs (main, engine, one language), the
 * long list, each sheet. Nothing younger than what an Android phone of 2022 runs.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { UserConfig } from "vite";
import { pagePlugin } from "./page.ts";

const WEB = fileURLToPath(new URL("../", import.meta.url));
const ENGINE = /\/packages\/(?:client|e2e|log|wire|carrier)\/|\/node_modules\/(?!.*(?:preact|@tanstack|uqr|vite|@fontsource))/u;

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
    logLevel: "warn",
    css: { modules: { generateScopedName: options.development ? "[name]_[local]" : "[hash:base64:4]" } },
    resolve: { alias: options.fakeEngine === true ? { "@chapar/client/web": join(WEB, "src/testing/fake-engine.ts") } : {} },
    plugins: [pagePlugin(options)],
    build: {
      outDir: options.outDir,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 400,
      rolldownOptions: {
        output: {
          entryFileNames: "assets/[name]-[hash].js",
          chunkFileNames: "assets/[name]-[hash].js",
          assetFileNames: "assets/[name]-[hash][extname]",
          codeSplitting: { groups: [{ name: "engine", test: ENGINE }] },
        },
      },
    },
  };
}
