/*
 * A build with the in-memory engine, for pictures and for the tests of what fits; served with the same policy as the real
 * one.
 *
 *   node scripts/gallery.ts     builds it, serves it and prints its address, until it is ended
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { serveFolder } from "./serve.ts";
import { publicFiles } from "./icons.ts";
import { webConfig } from "./web-config.ts";

/** Builds it and answers the folder. */
export async function buildGallery(options: { readonly longWords?: boolean }): Promise<string> {
  const name = options.longWords === true ? "web-gallery-long" : "web-gallery";
  const outDir = fileURLToPath(new URL(`../../../.chapar/${name}`, import.meta.url));
  await build({ configFile: false, ...webConfig({ outDir, development: false, fakeEngine: true, ...options }) });
  for (const [path, content] of publicFiles()) await writeFile(join(outDir, path), content);
  return outDir;
}

if (import.meta.main) {
  const { url } = await serveFolder(await buildGallery({}));
  process.stdout.write(`${url}\n`);
}
