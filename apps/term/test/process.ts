/* ./chapar as a person or a script runs it: real processes, their lines, their exit codes. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const CHAPAR = join(import.meta.dirname, "../../../chapar");

/** A line of --json. */
export type Line = Readonly<Record<string, unknown>>;

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: folder,
  CHAPAR_PROFILE: undefined,
  NO_COLOR: "1",
});

const linesOf = (stdout: string): Line[] =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);

/** A process that stays. */
export interface Staying extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: readonly Line[];
  /** Resolves with the first line that fits, seen or to come. @throws when the process ends first */
  line(fits: (line: Line) => boolean): Promise<Line>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
}

/** A folder for one test with everything in it, and the commands run there. */
export class Town implements AsyncDisposable {
  readonly folder: string;
  readonly #staying = new Set<Staying>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Town> {
    return new Town(await mkdtemp(join(tmpdir(), "chapar-e2e-")));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs a command to its end; `through` is a command that runs it (another user, a limit). */
  async run(args: readonly string[], input: string | Uint8Array = "", through: readonly string[] = []): Promise<Ended> {
    const [file = CHAPAR, ...words] = [...through, CHAPAR, ...args];
    const child = spawn(file, words, { cwd: this.folder, env: environment(this.folder), stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => (stdout += piece));
    child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    return { code, lines: linesOf(stdout), stdout, stderr };
  }

  /** Runs a command that must succeed, and gives its only line, or the one of an event. */
  async ask(args: readonly string[], input?: string | Uint8Array): Promise<Line> {
    const { code, lines, stdout, stderr } = await this.run([...args, "--json"], input);
    const [line] = lines;
    if (code !== 0 || line === undefined) {
      throw new Error(`chapar ${args.join(" ")} ended with ${String(code)}\n${stdout}\n${stderr}`);
    }
    return line;
  }

  /** Starts a command that stays. */
  stay(args: readonly string[]): Staying {
    const child = spawn(CHAPAR, args, { cwd: this.folder, env: environment(this.folder), stdio: "pipe" });
    const lines: Line[] = [];
    let stdout = "";
    let stderr = "";
    let ended: Ended | undefined;
    const listeners = new Set<() => void>();
    const tell = (): void => {
      for (const listener of Array.from(listeners)) listener();
    };
    child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
    createInterface({ input: child.stdout }).on("line", (text) => {
      stdout += `${text}\n`;
      if (text.startsWith("{")) lines.push(JSON.parse(text) as Line);
      tell();
    });
    child.once("close", (code) => {
      ended = { code, lines, stdout, stderr };
      tell();
    });
    const endOf = (): Ended | undefined => ended;
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        const listener = (): void => {
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
    const staying: Staying = {
      child,
      lines,
      async line(fits) {
        for (;;) {
          const found = lines.find(fits);
          if (found !== undefined) return found;
          if (ended !== undefined) {
            throw new Error(`chapar ${args.join(" ")} ended with ${String(ended.code)}\n${stdout}\n${stderr}`);
          }
          await next();
        }
      },
      async end(signal) {
        child.kill(signal);
        for (;;) {
          const end = endOf();
          if (end !== undefined) return end;
          await next();
        }
      },
      async [Symbol.asyncDispose]() {
        if (ended === undefined) await staying.end("SIGKILL");
      },
    };
    this.#staying.add(staying);
    return staying;
  }

  /** Starts a station and waits until it is ready. */
  async station(
    name: string,
    options: readonly string[] = [],
  ): Promise<{ readonly process: Staying; readonly url: string; readonly invite: string }> {
    const process = this.stay(["up", "--data", this.path(name), "--port", "0", "--name", name, "--json", ...options]);
    const ready = await process.line(({ event }) => event === "ready");
    return { process, url: String(ready["url"]), invite: String(ready["invite"]) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const staying of this.#staying) await staying[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
