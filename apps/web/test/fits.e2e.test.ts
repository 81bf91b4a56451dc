/*
 * Whatever language comes next: every screen with 40 % longer words, from left to right and forced from right to left,
 * on the narrowest phone and on a desk, has nothing that leaves the window or is cut off without an ellipsis. And whoever
 * looks: axe finds nothing there, in dark from right to left on the phone, and in light from left to right on the desk after zooming in
 * to 200 %, where one sees the keyboard wherever it is.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Browser, Page } from "playwright-core";
import { axeProblems } from "../scripts/axe.ts";
import { FAKE_MICROPHONE, startBrowser } from "../scripts/browser.ts";
import { unseenFocus } from "../scripts/focus.ts";
import { buildGallery } from "../scripts/gallery.ts";
import { overflowOf } from "../scripts/overflow.ts";
import type { Scene } from "../scripts/scene.ts";
import { SCENES } from "../scripts/scenes.ts";
import { serveFolder } from "../scripts/serve.ts";
import { lengthened } from "../scripts/pseudo.ts";

/** The narrowest phone stands for all of them. */
const SIZES = { phone: { width: 320, height: 640 }, desk: { width: 1280, height: 800 } };
/**
 * The desk at 200 %: half as many pixels of CSS in the same window, which is what zooming is to a page (WCAG 1.4.4); how many dots the screen draws for each does not matter
 * to what is looked for here. The screen is zoomed where it stands, as a person does. The phone is the same desk at 400 % (WCAG 1.4.10).
 */
const ZOOMED = { width: SIZES.desk.width / 2, height: SIZES.desk.height / 2 };
const THEMES = { phone: "dark", desk: "light" } as const;

const LOAD_LIMIT_MS = 45_000;
/** All screens of one size, on a machine that does other things. */
const PASS_LIMIT_MS = 600_000;

let browser: Browser;
let served: Awaited<ReturnType<typeof serveFolder>>;
beforeAll(async () => {
  served = await serveFolder(await buildGallery({ longWords: true }));
  browser = await startBrowser(FAKE_MICROPHONE);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await served.close();
});

/** Lays the screen out in the other direction, whatever the language says, once it stands in its own. */
const turn = (page: Page, direction: "ltr" | "rtl"): Promise<void> =>
  page.evaluate(async (dir) => {
    document.documentElement.dir = dir;
    await new Promise(requestAnimationFrame);
  }, direction);

/** Goes to a scene and asks what does not fit there, from left to right and from right to left, and on the desk at 200 %. */
async function look(page: Page, scene: Scene, size: keyof typeof SIZES): Promise<string[]> {
  // Another fragment of the same address would not load anything.
  await page.goto("about:blank");
  page.setDefaultTimeout(10_000);
  // The first load of each browser compiles everything, beside whatever else the machine does.
  await page.goto(`${served.url}${scene.path ?? ""}?${scene.query}${scene.hash}`, { timeout: LOAD_LIMIT_MS });
  await page
    .locator(scene.joined ? "#app section" : "html[data-app]")
    .first()
    .waitFor();
  await scene.act?.(page);
  const found = await overflowOf(page);
  const turned = size === "phone" ? await turnedOn(page) : [...(await turnedBack(page)), ...(await zoomed(page))];
  return [...found, ...turned].map((problem) => `${scene.name}: ${problem}`);
}

const marked = (how: string, problems: readonly string[]): string[] => problems.map((problem) => `${how}: ${problem}`);

/** From right to left, and what axe says of it. */
async function turnedOn(page: Page): Promise<string[]> {
  await turn(page, "rtl");
  return marked("turned", [...(await overflowOf(page)), ...(await axeProblems(page))]);
}

async function turnedBack(page: Page): Promise<string[]> {
  await turn(page, "rtl");
  const found = marked("turned", await overflowOf(page));
  await turn(page, "ltr");
  return found;
}

async function zoomed(page: Page): Promise<string[]> {
  await page.setViewportSize(ZOOMED);
  // One frame to be laid out anew.
  await turn(page, "ltr");
  const found = [...(await overflowOf(page)), ...(await axeProblems(page)), ...(await unseenFocus(page))];
  await page.setViewportSize(SIZES.desk);
  return marked("at 200 %", found);
}

/** A page of a browser that has an account, or has none. */
async function openPage(size: keyof typeof SIZES, isJoined: boolean): Promise<Page> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: THEMES[size],
    reducedMotion: "reduce",
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  await page.addInitScript(
    `localStorage.setItem("chapar.settings", '{"language":"en"}');${isJoined ? 'localStorage.setItem("chapar.joined", "1");' : 'localStorage.removeItem("chapar.joined");'}`,
  );
  return page;
}

it.concurrent.each(["phone", "desk"] as const)(
  "long words fit on every screen, in both directions: %s",
  async (size) => {
    const found: string[] = [];
    const [joined, fresh] = [await openPage(size, true), await openPage(size, false)];
    for (const scene of SCENES) {
      if (scene.only !== undefined && scene.only !== size) continue;
      const problems = await look(scene.joined ? joined : fresh, scene, size).catch((error: Error) => [
        `${scene.name}: did not get there: ${error.message.split("\n", 1)[0]}`,
      ]);
      found.push(...problems);
    }
    await joined.context().close();
    await fresh.context().close();
    expect(found).toEqual([]);
  },
  PASS_LIMIT_MS,
);

it("long words are 40 % longer and begin as before", () => {
  expect(lengthened("Start writing")).toBe("Start writing ēxtra");
  expect(lengthened(" · ")).toBe(" · ");
  for (const text of ["New", "Your data rests at", "Everything you write is kept and leaves by itself."])
    expect(lengthened(text).length).toBeGreaterThanOrEqual(Math.floor(text.length * 1.4));
});
