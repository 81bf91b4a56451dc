/*
 * Takes every screen in Persian and English (with --languages in all five), both themes, at phone and desk size, with the in-memory engine behind the real
 * build and the real content policy; runs axe on each, and measures what must never happen (sideways scrolling, errors
 * in the console, targets under 24 px). Pictures go to .chapar/screenshots.
 *
 *   node scripts/screenshots.ts [scene …] [--zoom] [--no-pictures] [--languages]
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { axeProblems } from "./axe.ts";
import { FAKE_MICROPHONE, startBrowser } from "./browser.ts";
import { buildGallery } from "./gallery.ts";
import { LANGUAGE_FACTS, LANGUAGES } from "../src/i18n/languages.ts";
import type { Language } from "../src/i18n/languages.ts";
import { overflowOf } from "./overflow.ts";
import { SCENES } from "./scenes.ts";
import type { Scene } from "./scene.ts";
import { serveFolder } from "./serve.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const OUT = join(ROOT, ".chapar/screenshots");
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } } as const;
/** 1280 x 1024 at 400 %. */
const LOW = { width: 320, height: 256 } as const;
const THEMES = ["light", "dark"] as const;

interface Look {
  readonly language: Language;
  readonly theme: (typeof THEMES)[number];
  readonly size: keyof typeof SIZES | "narrow" | "low" | "large";
}

async function problemsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  const small = await page.evaluate(() => {
    const controls = [
      ...document.querySelectorAll<HTMLElement>("button, a[href], input:not(.visually-hidden), summary"),
    ];
    const under = controls
      .filter((control) => control.checkVisibility() && !control.matches("p a, .text a, [dir=auto] a"))
      .map((control) => ({ box: control.getBoundingClientRect(), html: control.outerHTML.slice(0, 90) }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24));
    return under.map(({ html, box }) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`);
  });
  found.push(...(await overflowOf(page)));
  for (const text of small) found.push(`small target ${text}`);
  found.push(...(await axeProblems(page)));
  return found;
}

async function take(browser: Browser, url: string, scene: Scene, look: Look, withPicture: boolean): Promise<string[]> {
  const viewport = { ...SIZES, narrow: { width: 320, height: 640 }, low: LOW, large: SIZES.phone }[look.size];
  const context = await browser.newContext({
    viewport,
    colorScheme: look.theme,
    reducedMotion: "reduce",
    locale: look.language,
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  const held = JSON.stringify({ language: look.language, ...(look.size === "large" && { textPercent: 200 }) });
  await context.addInitScript(
    `localStorage.setItem("chapar.settings", ${JSON.stringify(held)});${scene.joined ? 'localStorage.setItem("chapar.joined", "1");' : ""}`,
  );
  const name = `${scene.name}-${look.language}-${look.theme}-${look.size}`;
  try {
    await page.goto(`${url}${scene.path ?? ""}?${scene.query}${scene.hash}`);
    await page
      .locator(scene.joined ? "#app section" : "html[data-app]")
      .first()
      .waitFor();
    if (scene.joined && !scene.query.includes("world=empty"))
      await page.locator('a[href^="#c/"]').first().waitFor({ state: "attached" });
    if (LANGUAGE_FACTS[look.language].direction === "rtl" && scene.joined)
      await page
        .waitForFunction(
          () => document.fonts.size > 0 && [...document.fonts].every((face) => face.status === "loaded"),
          undefined,
          { timeout: 5000 },
        )
        .catch(() => problems.push("font did not load"));
    await scene.act?.(page);
    await page.waitForTimeout(150);
    problems.push(...(await problemsOf(page)));
    if (withPicture) await page.screenshot({ path: join(OUT, `${name}.png`) });
  } catch (error) {
    problems.push(`did not get there: ${(error as Error).message.split("\n").slice(0, 3).join(" ")}`);
    await page.screenshot({ path: join(OUT, `${name}.png`) });
  }
  await context.close();
  return problems.map((problem) => `${name}: ${problem}`);
}

function looksOf(scene: Scene, zoom: boolean, languages: readonly Language[]): Look[] {
  const sizes: Look["size"][] = zoom
    ? ["narrow", "low", "large"]
    : scene.only === undefined
      ? ["phone", "desk"]
      : [scene.only];
  return sizes.flatMap((size) =>
    languages.flatMap((language) =>
      THEMES.filter((theme) => !zoom || theme === "light").map((theme) => ({ language, theme, size })),
    ),
  );
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const wanted = words.filter((word) => !word.startsWith("--"));
  const zoom = words.includes("--zoom");
  const languages: readonly Language[] = words.includes("--languages") ? LANGUAGES : ["en", "fa"];
  const withPicture = !words.includes("--no-pictures");
  await mkdir(OUT, { recursive: true });
  const served = await serveFolder(await buildGallery({}));
  const browser = await startBrowser(FAKE_MICROPHONE);
  const problems: string[] = [];
  let taken = 0;
  for (const scene of SCENES) {
    if (wanted.length > 0 && !wanted.some((word) => scene.name.startsWith(word))) continue;
    for (const look of looksOf(scene, zoom, languages)) {
      problems.push(...(await take(browser, served.url, scene, look, withPicture)));
      taken += 1;
    }
  }
  await browser.close();
  await served.close();
  process.stdout.write(
    `${problems.map((problem) => `${problem}\n`).join("")}${taken} looks, ${problems.length} problems; pictures in ${OUT}\n`,
  );
  process.exitCode = problems.length > 0 ? 1 : 0;
}

await main();
