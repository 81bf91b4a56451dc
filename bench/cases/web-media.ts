/*
 * A large file between a browser and a terminal over a station, in both directions: how much memory the page's process takes above what it took for a short
 * text. The file is sparse but for marks. The browser gets it from a path of this machine and saves it as a download.
 * Run: node bench/cases/web-media.ts [MiB]. Prints one JSON object with its origin; nothing is kept. Linux: peaks are read from /proc.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { origin } from "../record.ts";

const MIB = 1024 * 1024;
const KIB = 1024;
const SIZE_BYTES = Number(process.argv[2] ?? 1024) * MIB;
const MARK = Buffer.from("the mark at the end");
const LOOK_EVERY_MS = 200;
const LIMIT_MS = 3_600_000;
const MAIN = fileURLToPath(new URL("../../apps/term/src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "chapar-web-media-"));

type Line = Readonly<Record<string, unknown>>;

const start = (words: readonly string[]): ChildProcessByStdio<null, Readable, null> =>
  spawn(process.execPath, [MAIN, ...words, "--json"], { stdio: ["ignore", "pipe", "inherit"] });

/** Runs a command of Dara's to its end. @throws Error when it fails */
async function dara(...words: readonly string[]): Promise<readonly Line[]> {
  const limit = words[0] === "invite" ? [] : ["--timeout", String(LIMIT_MS / 1000)];
  const child = start([...words, "--profile", join(folder, "dara"), ...limit]);
  const lines: Line[] = [];
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line) as Line);
  })();
  const [code] = (await once(child, "exit")) as [number];
  await reading;
  if (code !== 0) throw new Error(`${words[0]} ended with ${code}`);
  return lines;
}

/** Memory that the processes of the browser's pages have now, the largest, in MiB. */
async function pageMib(context: BrowserContext): Promise<number> {
  const session = await context.browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send("SystemInfo.getProcessInfo")) ?? {};
  await session?.detach();
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => {
      try {
        const [, kib = "0"] = /VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
        return Number(kib) / KIB;
      } catch {
        return 0;
      }
    });
  return Math.round(Math.max(0, ...sizes));
}

interface Measured<T> {
  readonly value: T;
  readonly seconds: number;
  readonly peakMib: number;
}

async function measured<T>(context: BrowserContext, work: () => Promise<T>): Promise<Measured<T>> {
  const beganMs = performance.now();
  let peakMib = 0;
  const looking = setInterval(() => {
    void pageMib(context).then(
      (mib) => (peakMib = Math.max(peakMib, mib)),
      () => undefined,
    );
  }, LOOK_EVERY_MS);
  try {
    const value = await work();
    return { value, seconds: Math.round((performance.now() - beganMs) / 100) / 10, peakMib };
  } finally {
    clearInterval(looking);
  }
}

function makeFile(path: string): void {
  const fd = openSync(path, "w");
  ftruncateSync(fd, SIZE_BYTES);
  writeSync(fd, MARK, 0, undefined, SIZE_BYTES - MARK.byteLength);
  closeSync(fd);
}

function isWhole(path: string): boolean {
  const fd = openSync(path, "r");
  const mark = Buffer.alloc(MARK.byteLength);
  readSync(fd, mark, 0, mark.byteLength, SIZE_BYTES - MARK.byteLength);
  closeSync(fd);
  return mark.equals(MARK) && statSync(path).size === SIZE_BYTES;
}

async function joined(page: Page, home: string, invite: string): Promise<void> {
  await page.goto(home);
  await page.getByLabel("Your name").fill("Sara");
  await page.getByRole("button", { name: "Start writing" }).click();
  await page.getByRole("button", { name: "New chat" }).first().click();
  await page.getByLabel("Invite link", { exact: true }).fill(invite);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("textbox", { name: "Message", exact: true }).fill("hello");
  await page.keyboard.press("Enter");
}

const text = (value: unknown): string => String(value);
const station = start(["up", "--data", join(folder, "station"), "--port", "0"]);
const context = await chromium.launchPersistentContext(join(folder, "chromium"), {
  executablePath: process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
  locale: "en-GB",
});
context.setDefaultTimeout(LIMIT_MS);
try {
  const [ready] = (await once(createInterface({ input: station.stdout }), "line")) as [string];
  const home = text((JSON.parse(ready) as Line)["invite"]);
  await dara("join", home, "--name", "Dara");
  const [invited] = await dara("invite");
  const page = await context.newPage();
  const there = (name: string): ReturnType<Page["locator"]> => page.locator("article", { hasText: name });
  const quiet = await measured(context, async () => {
    await joined(page, home, text(invited?.["invite"]));
    await there("hello")
      .getByRole("img", { name: /At the station|On their device|Read/u })
      .waitFor();
  });
  const [heard] = await dara("read");
  const id = text(heard?.["conversation"]);

  makeFile(join(folder, "large.bin"));
  const sent = await measured(context, async () => {
    await page.locator('form input[type="file"]').setInputFiles(join(folder, "large.bin"));
    await page.getByRole("button", { name: /^Remove/u }).waitFor();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await there("large.bin")
      .getByRole("img", { name: /At the station|On their device|Read/u })
      .waitFor();
  });
  await dara("read");
  const [saved] = await dara("save", id, "--to", join(folder, "saved"));

  makeFile(join(folder, "back.bin"));
  await dara("send", id, "--file", join(folder, "back.bin"));
  // Without a picker for a place on the disk the page hands the file to the browser's own download: the harder way for memory.
  await page.evaluate(() => void delete (globalThis as { showSaveFilePicker?: unknown }).showSaveFilePicker);
  const fetched = await measured(context, async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      there("back.bin").getByRole("button", { name: /Save/u }).click(),
    ]);
    return download.path();
  });
  const direction = ({ seconds, peakMib }: Measured<unknown>): Line => ({
    seconds,
    mibPerSecond: Math.round(SIZE_BYTES / MIB / seconds),
    peakMib,
    aboveShortTextMib: peakMib - quiet.peakMib,
  });
  const result = {
    case: "web-media",
    sizeMib: SIZE_BYTES / MIB,
    shortTextMib: quiet.peakMib,
    sent: direction(sent),
    fetched: direction(fetched),
    areWhole: [text(saved?.["savedTo"]), fetched.value].every(isWhole),
    ...origin(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await context.close();
  station.kill("SIGTERM");
  await once(station, "exit");
  rmSync(folder, { recursive: true, force: true });
}
