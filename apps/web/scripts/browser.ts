/*
 * Debian's Chromium, driven by playwright-core, with the flags that keep it quiet.
 */
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a headless browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium", args: FLAGS });
}
