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

/** A microphone that hums, and a person who lets it be used. */
export const FAKE_MICROPHONE: readonly string[] = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

/** Starts a headless browser. @param flags  beside those that keep it quiet */
export function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
}
