/*
 * Builds the app into apps/web/dist, every text file beside its brotli form. Skipped when no source has changed since
 * the last build, so a station's start can call it each time; built in a folder of its own and moved into place, so two
 * starts at once never serve half an app.
 *
 *   node scripts/build.ts [--force]
 */
import { createHash } from "node:crypto";
import { cp, glob, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "vite";
import type { Rolldown } from "vite";
import { LANGUAGES } from "../src/i18n/languages.ts";
import { publicFiles } from "./icons.ts";
import { writeMessages } from "./messages.ts";
import { webConfig } from "./web-config.ts";

const STAMP = ".stamp";
/** What a build depends on, relative to the repository's root. */
const SOURCES: string[] = [
  "apps/web/index.html",
  "apps/web/package.json",
  "apps/web/scripts/*.ts",
  "apps/web/src/**/*.{ts,tsx,css,json}",
  "packages/{wire,log,evidence,e2e,carrier,client}/src/**/*.ts",
  "packages/{wire,log,evidence,e2e,carrier,client}/package.json",
  "pnpm-lock.yaml",
];
const NOT_SOURCES = /\.test\.tsx?$|\/testing\/|\/node\/|\/node_modules\//u;
/** What is kept on the device only once somebody has used it. */
export const NOT_KEPT: RegExp =
  /^assets\/(?:(?:[a-z]{2}\.)?(?:help|lock)[.-]|blinding-|weekly-|ed25519-|ml-kem-|codes-|scan-|typing-|[a-z]{2}\.emoji\.)/u;
/** Of these, what has to be there without a network too, once it was used: signatures and keys after quantum computers where the browser has none, what scans and reads QR codes, who is typing, names of emoji. */
const USED = /^assets\/(?:ed25519-|ml-kem-|codes-|scan-|typing-|[a-z]{2}\.emoji\.)/u;
/** Of these, what a lock needs: kept wherever it was used. */
const LOCK = /^assets\/(?:[a-z]{2}\.)?lock[.-]/u;
/** Names and icons that the app may be installed under: fetched when it is. */
const NEUTRAL = /^(?:notes|clock)[.-]/u;
/** The words of a language: kept for whoever reads it. */
const WORDS = /^assets\/([a-z]{2})\.\w+\.gen-/u;
const COMPRESSED = /\.(?:html|js|css|svg|webmanifest|json)$/u;

async function listed(patterns: string | string[], folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob(patterns, { cwd: folder })) found.push(path);
  return found.sort();
}

async function sourcesHash(root: string): Promise<string> {
  const hash = createHash("sha256");
  const paths = await listed(SOURCES, root);
  for (const path of paths.filter((found) => !NOT_SOURCES.test(found))) {
    hash
      .update(path)
      .update("\0")
      .update(await readFile(join(root, path)));
  }
  return hash.digest("hex");
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return otherwise;
  }
}

/** The service worker with the files it keeps; its version is their hash, so it changes exactly when they do. */
async function serviceWorker(web: string, folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  const ofLock = (await listed("assets/*", folder)).filter((file) => LOCK.test(file));
  const used = (await listed("assets/*.js", folder)).filter((file) => USED.test(file));
  for (const file of [...files, ...ofLock, ...used]) hash.update(file).update(await readFile(join(folder, file)));
  const paths = files.filter((file) => !WORDS.test(file)).map((file) => (file === "index.html" ? "/" : `/${file}`));
  const words = Object.fromEntries(
    LANGUAGES.map((language) => [
      language,
      files.filter((file) => WORDS.exec(file)?.[1] === language).map((file) => `/${file}`),
    ]),
  );
  const made = (await build({
    configFile: false,
    root: web,
    logLevel: "error",
    define: {
      APP_USED: JSON.stringify(used.map((file) => `/${file}`)),
      APP_LOCK: JSON.stringify(ofLock.map((file) => `/${file}`)),
      APP_VERSION: JSON.stringify(hash.digest("hex").slice(0, 12)),
      APP_FILES: JSON.stringify(paths),
      APP_WORDS: JSON.stringify(words),
    },
    build: {
      write: false,
      target: "es2022",
      lib: { entry: join(web, "src/sw/service-worker.ts"), formats: ["iife"], name: "worker" },
    },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[];
  const [output] = Array.isArray(made) ? made : [made];
  return output?.output[0].code ?? "";
}

async function compress(folder: string): Promise<void> {
  for (const file of await listed("**/*", folder)) {
    if (!COMPRESSED.test(file)) continue;
    const bytes = await readFile(join(folder, file));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    await writeFile(join(folder, `${file}.br`), brotliCompressSync(bytes, { params }));
  }
}

async function buildInto(web: string, folder: string): Promise<void> {
  await build({ configFile: false, ...webConfig({ outDir: folder, development: false }) });
  for (const [path, content] of publicFiles()) await writeFile(join(folder, path), content);
  const files = (await listed("**/*.*", folder)).filter(
    (file) => !file.endsWith(".woff2") && !NOT_KEPT.test(file) && !NEUTRAL.test(file),
  );
  await writeFile(join(folder, "sw.js"), await serviceWorker(web, folder, files));
  await compress(folder);
}

/**
 * Builds the web app when its sources changed since the last build.
 *
 * @param options.root   the repository's root
 * @param options.force  builds even when nothing changed
 * @param options.begins  told when there is something to build
 * @returns the folder to serve: files, each text file with a `.br` beside it
 * Cost: 10 ms when nothing changed, else a few seconds.
 */
export async function buildWebApp(options: {
  readonly root: string;
  readonly force?: boolean;
  readonly begins?: () => void;
}): Promise<string> {
  const { root } = options;
  const web = join(root, "apps/web");
  const dist = join(web, "dist");
  writeMessages({ check: false });
  const stamp = await sourcesHash(root);
  if (options.force !== true && (await readOr(join(dist, STAMP), "")) === stamp) return dist;
  options.begins?.();
  const folder = join(root, ".chapar", `web-build-${process.pid}`);
  await mkdir(folder, { recursive: true });
  // What is served is the same whoever builds it: under a test runner the bundler would add its debugging aids.
  const environment = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await buildInto(web, folder);
    await writeFile(join(folder, STAMP), stamp);
    await rm(dist, { recursive: true, force: true });
    await rename(folder, dist).catch(async (error: NodeJS.ErrnoException) => {
      // Another start was faster (same sources, same files), or the folders lie on two disks.
      if (error.code === "EXDEV") await cp(folder, dist, { recursive: true });
      else if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    if (environment === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = environment;
    await rm(folder, { recursive: true, force: true });
  }
  return dist;
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  // Whoever started this reads `building` when it will take a while, and the folder at the end.
  const begins = (): void => void process.stdout.write("building\n");
  process.stdout.write(`${await buildWebApp({ root, force: process.argv.includes("--force"), begins })}\n`);
}
