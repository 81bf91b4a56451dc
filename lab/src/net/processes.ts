/* Child processes that speak JSON lines: waiting for one to say something, with the last of what it complained about. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { LabError } from "../errors.ts";

/** One line of a child. */
export type Said = Readonly<Record<string, unknown>> & { readonly event: string };

const MAX_COMPLAINT_CHARS = 2000;

/** A child whose lines are kept. */
export class Speaker {
  readonly said: Said[] = [];
  readonly child: ChildProcess;
  readonly #what: string;
  #complaint = "";
  #listeners: (() => void)[] = [];
  #isOver = false;

  constructor(what: string, child: ChildProcess) {
    this.#what = what;
    this.child = child;
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-MAX_COMPLAINT_CHARS);
    });
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!line.startsWith("{")) return;
        this.said.push(JSON.parse(line) as Said);
        this.#ring();
      });
    }
    child.once("close", () => {
      this.#isOver = true;
      this.#ring();
    });
  }

  #ring(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Gives an order over standard input. */
  tell(order: unknown): void {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /**
   * Waits until it has said an event, of which `fits` is true.
   *
   * @throws LabError `lab/not-ready` when it ends first or takes too long
   */
  heard(event: string, limitMs: number, fits: (said: Said) => boolean = () => true): Promise<Said> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.said.find((line) => line.event === event && fits(line));
        if (found !== undefined) done(() => resolve(found));
        else if (this.#isOver) done(() => reject(this.#silent("ended")));
      };
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#listeners = this.#listeners.filter((other) => other !== look);
        settle();
      };
      const timer = setTimeout(() => done(() => reject(this.#silent("is silent"))), limitMs);
      this.#listeners.push(look);
      look();
    });
  }

  #silent(how: string): LabError {
    return new LabError("lab/not-ready", `${this.#what} ${how}${this.#complaint === "" ? "" : `: ${this.#complaint}`}`);
  }

  /** Ends it and waits for that. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    const closed = new Promise<void>((resolve) => this.child.once("close", () => resolve()));
    this.child.kill("SIGTERM");
    await closed;
  }
}
