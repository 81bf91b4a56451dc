/* The byte budgets of the first visit, on a real build. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { measure } from "../scripts/budget.ts";
import { buildWebApp, NOT_KEPT } from "../scripts/build.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The files that a script imports before it runs. */
const importsOf = (code: string): readonly string[] =>
  [...code.matchAll(/(?:from|import)"\.\/([\w.-]+\.js)"/gu)].map(([, name]) => name ?? "");

describe("the built app", () => {
  it("keeps its byte budgets", async () => {
    const { over, firstMessage, firstBytes, firstMessageJs } = measure(await buildWebApp({ root }));
    expect(over, JSON.stringify({ firstBytes, firstMessageJs, firstMessage })).toEqual([]);
  });

  it("G-80 has the group encryption in the worker's own file, which nothing of the page imports", async () => {
    const assets = join(await buildWebApp({ root }), "assets");
    const scripts = readdirSync(assets).filter((file) => file.endsWith(".js"));
    // The label under which a commit's secrets are sealed (RFC 9420 §7.6).
    const having = scripts.filter((file) => readFileSync(join(assets, file), "utf8").includes("UpdatePathNode"));
    expect(having).toEqual([expect.stringMatching(/^mls-worker-[\w-]+\.js$/u)]);
    const importing = new RegExp(`(?:from|import\\(?)\\s*["'\`]\\./${having[0]}`, "u");
    expect(scripts.filter((file) => importing.test(readFileSync(join(assets, file), "utf8")))).toEqual([]);
  });

  it("G-80 gives the worker the engine's chunk, and nothing that needs a page", async () => {
    const assets = join(await buildWebApp({ root }), "assets");
    const found = new Set<string>();
    const open = readdirSync(assets).filter((file) => /^mls-worker-[\w-]+\.js$/u.test(file));
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...importsOf(readFileSync(join(assets, next), "utf8")));
    }
    const names = new Set([...found].map((file) => file.replace(/-[\w-]{8}\.js$/u, "")));
    expect([...names].sort()).toEqual(["mls-border", "mls-worker", "rolldown-runtime", "sealing", "web"]);
  });

  it("keeps on the device whatever the parts that it keeps import", async () => {
    const dist = await buildWebApp({ root });
    const files = readdirSync(join(dist, "assets")).filter((file) => file.endsWith(".js"));
    const missing = files
      .filter((file) => !NOT_KEPT.test(`assets/${file}`))
      .flatMap((file) => {
        const named = importsOf(readFileSync(join(dist, "assets", file), "utf8"));
        return named.filter((name) => NOT_KEPT.test(`assets/${name}`)).map((name) => `${file} imports ${name}`);
      });
    expect(missing).toEqual([]);
  });

  it("W-73 announces the engine before the script that the page waits for, and the app after it", async () => {
    const page = readFileSync(join(await buildWebApp({ root }), "index.html"), "utf8");
    const at = (file: RegExp): number => page.search(file);
    const order = [
      /modulepreload[^>]*\/web-/u,
      /src="\/assets\/boot-/u,
      /modulepreload[^>]*\/app-/u,
      /src="\/assets\/index-/u,
    ];
    expect(order.map(at).every((place, index, all) => place > (all[index - 1] ?? 0))).toBe(true);
    // Nothing else is announced or named before the words: it would share the line.
    expect([...page.matchAll(/modulepreload/gu)]).toHaveLength(3);
    expect(page).not.toMatch(/rel="manifest" href/u);
  });

  it("is built once for the same sources", async () => {
    const dist = await buildWebApp({ root });
    const { ino } = statSync(dist);
    expect(statSync(await buildWebApp({ root })).ino).toBe(ino);
  });
});
