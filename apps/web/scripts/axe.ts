/* What axe finds on a screen that stands. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const OPTIONS = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  // Only what is wrong is read here, no screen has a frame, and our style needs no second fetching: a quarter of the time.
  resultTypes: ["violations"],
  iframes: false,
  preload: false,
};

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

let source: Promise<string> | undefined;

/** A line for each rule that a screen breaks, with the elements that do. Cost: some hundred ms */
export async function axeProblems(page: Page): Promise<string[]> {
  source ??= readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // Through the driver: the page's own policy lets no foreign script in.
  await page.evaluate(await source);
  const result = await page.evaluate<AxeResult>(`axe.run(document, ${JSON.stringify(OPTIONS)})`);
  return result.violations.map(
    ({ id, nodes }) =>
      `axe ${id}: ${nodes.map((node) => `${node.html.slice(0, 140)} — ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`).join(" | ")}`,
  );
}
