/*
 * Processes that carry out orders. A table of orders is a type, and both sides are typed by it; messages are structured clones over
 * the channel that `fork` makes. A process ends with its driver, and Ctrl-C is the driver's to answer.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { LabError } from "../errors.ts";

/** Every order: what goes in and what comes out. */
type Table<T> = { readonly [Name in keyof T]: { readonly in: unknown; readonly out: unknown } };

/** A message to a process. */
interface Call {
  readonly id: number;
  readonly name: string;
  readonly value: unknown;
}

/** A message back: an answer, or why there is none. */
interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process, as its driver sees it. */
export class Obedient<T extends Table<T>> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;

  /** @param file  what calls `obey` with the same table */
  constructor(file: URL) {
    this.#child = fork(file, { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child.on("message", (reply: Reply) => {
      const waiting = this.#open.get(reply.id);
      this.#open.delete(reply.id);
      if (reply.error === undefined) waiting?.resolve(reply.value);
      else waiting?.reject(new LabError("lab/command-failed", reply.error));
    });
    this.#child.on("error", () => undefined);
    this.#child.once("exit", () => {
      for (const waiting of this.#open.values()) waiting.reject(new LabError("lab/not-ready", "a process has ended"));
      this.#open.clear();
    });
  }

  /** Gives an order and waits until it is carried out. @throws LabError `lab/command-failed` · `lab/not-ready` */
  async tell<Name extends keyof T & string>(name: Name, value: T[Name]["in"]): Promise<T[Name]["out"]> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#open.set(id, waiting);
    this.#child.send({ id, name, value } satisfies Call, (error) => {
      if (error !== null) waiting.reject(new LabError("lab/not-ready", "a process has ended", { cause: error }));
    });
    return await waiting.promise;
  }

  /** the number of the process; undefined when it could not be started */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends the process at once, as a power cut would. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  /** Lets the process end as it does when its driver is gone. */
  async dismiss(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/**
 * Carries out orders until the driver is gone.
 *
 * @param gone  what is to be done before the process ends with its driver
 */
export function obey<T extends Table<T>>(
  acts: { readonly [Name in keyof T]: (value: T[Name]["in"]) => Promise<T[Name]["out"]> },
  gone: () => Promise<void>,
): void {
  const answer = (reply: Reply): void => {
    if (process.connected) process.send?.(reply);
  };
  process.on("message", ({ id, name, value }: Call) => {
    const act: (value: unknown) => Promise<unknown> = acts[name as keyof T];
    act(value).then(
      (result) => answer({ id, value: result }),
      (error: unknown) =>
        answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on("SIGINT", () => undefined);
  const end = (): void => process.exit(0);
  process.on("disconnect", () => void gone().then(end, end));
}
