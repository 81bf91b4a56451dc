/*
 * A volunteer's browser tab: Debian's Chromium with the page that anybody opens, told over its debugging pipe to press the switch and to
 * say how the page is doing. It is a real tab: what a censor sees of it is what a browser sends.
 *
 * Chrome DevTools Protocol over `--remote-debugging-pipe`: JSON with a zero byte after each, in on descriptor 3, out on 4.
 */
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Readable, Writable } from "node:stream";
import { LabError } from "../errors.ts";

const READY_LIMIT_MS = 40_000;
const LOOK_EVERY_MS = 200;
const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--ignore-certificate-errors",
  "--remote-debugging-pipe",
];
const SWITCH = "document.querySelector('input[role=switch]')";
const MOOD = "document.querySelector('[data-mood]')?.dataset.mood";

/** Starts a program where the tab is to be. */
type Start = (program: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/** A page in a browser of its own. */
export interface Tab extends AsyncDisposable {
  /** What an expression is in the page, as JSON can say it. */
  evaluate(expression: string): Promise<unknown>;
}

class Pipe {
  readonly #out: Writable;
  readonly #waiting = new Map<number, (result: Readonly<Record<string, unknown>>) => void>();
  #last = 0;
  #held = "";

  constructor(child: ChildProcess) {
    this.#out = child.stdio[3] as Writable;
    this.#out.on("error", () => undefined);
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (piece: string) => {
      const [...whole] = (this.#held + piece).split("\0");
      this.#held = whole.pop() ?? "";
      for (const text of whole) {
        const { id, result } = JSON.parse(text) as { id?: number; result?: Readonly<Record<string, unknown>> };
        if (id !== undefined) this.#waiting.get(id)?.(result ?? {});
      }
    });
  }

  ask(method: string, params: unknown, sessionId?: unknown): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    this.#out.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}

/** Opens a page. @param folder for what the browser keeps, made when it is not there */
export async function openTab(start: Start, folder: string, url: string): Promise<Tab> {
  const child = start("chromium", [...ARGUMENTS, `--user-data-dir=${folder}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const gone = closed.then(() => Promise.reject(new LabError("lab/not-ready", "chromium ended")));
  gone.catch(() => undefined);
  const pipe = new Pipe(child);
  const { targetId } = await Promise.race([pipe.ask("Target.createTarget", { url }), gone]);
  const { sessionId } = await Promise.race([pipe.ask("Target.attachToTarget", { targetId, flatten: true }), gone]);
  return {
    async evaluate(expression) {
      const params = { expression, awaitPromise: true, returnByValue: true };
      const { result } = await Promise.race([pipe.ask("Runtime.evaluate", params, sessionId), gone]);
      return (result as { readonly value?: unknown } | undefined)?.value;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

/** Opens a station's page for volunteers, switches it on, and waits until it is ready. @throws LabError `lab/not-ready` */
export async function startVolunteer(start: Start, folder: string, stationUrl: string): Promise<Tab> {
  const tab = await openTab(start, folder, `${stationUrl}/help`);
  const until = performance.now() + READY_LIMIT_MS;
  const wait = async (done: string): Promise<void> => {
    while ((await tab.evaluate(done)) !== true) {
      if (performance.now() > until) throw new LabError("lab/not-ready", "the volunteer's tab");
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  await wait(`${SWITCH} !== null`);
  await tab.evaluate(`${SWITCH}.click()`);
  await wait(`${MOOD} === "ready"`);
  return tab;
}

/** Builds the web app, or finds it built. @returns its folder @throws LabError `lab/not-ready` */
export function builtWebApp(): string {
  const script = fileURLToPath(new URL("../../../apps/web/scripts/build.ts", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (status !== 0) throw new LabError("lab/not-ready", "the web app does not build");
  return stdout.trim().split("\n").at(-1) ?? "";
}
