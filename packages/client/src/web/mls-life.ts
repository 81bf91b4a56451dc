/*
 * One life of the worker that does a page's group encryption: what is asked of it, and the end of it. Nothing tells a page that
 * a worker is gone, so the worker holds a Web Lock that the page waits for: the browser releases it however the worker ended.
 */
import { E2E_CODES, type E2eCode, e2eError } from "@chapar/e2e";
import {
  type Answer,
  type CallName,
  type Failure,
  failureOf,
  type Question,
  type SuiteOfHooks,
  type ToPage,
  type ToWorker,
} from "./mls-border.ts";

/** What a life may ask of the page. */
export type Asked = (instance: number, question: Question) => Promise<unknown>;

function thrown({ code, message }: Failure): Error {
  return code !== undefined && code in E2E_CODES ? e2eError(code as E2eCode) : new Error(message);
}

/** As the platform's `import` fails without a network: the engine's jobs come back to it. */
const gone = (): Error => new TypeError("the worker ended");

/** How long a worker may take to come over the slowest line, and to say that it is there. */
const BEGINS_WITHIN_MS = 120_000;

/** A worker, from its beginning to its end. */
export class MlsLife {
  readonly #worker: Worker;
  readonly #asked: Asked;
  readonly #over: (life: MlsLife) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #begun = new Set<number>();
  readonly #released = new FinalizationRegistry<number>((handle) => this.#post({ kind: "release", handle }));
  readonly #ended = new AbortController();
  /** it holds its lock: its end will be noticed from now on, and so it is asked nothing before */
  readonly #alive = Promise.withResolvers<void>();
  readonly #lock = `chapar mls ${crypto.randomUUID()}`;
  #lastCall = 0;

  /**
   * @param worker  just started; ended with this
   * @param over  told once when it has ended, whoever ended it
   */
  constructor(worker: Worker, asked: Asked, over: (life: MlsLife) => void) {
    this.#worker = worker;
    this.#asked = asked;
    this.#over = over;
    const { signal } = this.#ended;
    worker.addEventListener("message", ({ data }: MessageEvent<ToPage>) => this.#take(data), { signal });
    // Its script did not come, or something in it failed that no call waits for: nothing can be known of its state.
    worker.addEventListener("error", () => this.end(), { signal });
    this.#post({ kind: "live", lock: this.#lock });
    const late = setTimeout(() => this.end(), BEGINS_WITHIN_MS);
    void this.#alive.promise.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
  }

  get isOver(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Ends the worker; every secret in it goes with it, and what waits for it fails. */
  end(): void {
    if (this.isOver) return;
    this.#ended.abort();
    this.#worker.terminate();
    this.#alive.reject(gone());
    for (const waiting of this.#waiting.values()) waiting.reject(gone());
    this.#waiting.clear();
    this.#over(this);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message, { transfer: [] });
  }

  #take(message: ToPage): void {
    if (message.kind === "alive") return this.#watch();
    if (message.kind === "question") return void this.#answer(message.instance, message.question, message.of);
    const { id, value, failure } = message;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(value);
    else waiting?.reject(thrown(failure));
  }

  #watch(): void {
    const { signal } = this.#ended;
    // Granted only when the worker is gone.
    void navigator.locks.request(this.#lock, { signal }, () => this.end()).catch(() => undefined);
    this.#alive.resolve();
  }

  async #answer(instance: number, question: number, of: Question): Promise<void> {
    let answer: Answer;
    try {
      answer = { value: await this.#asked(instance, of) };
    } catch (error) {
      answer = { failure: failureOf(error) };
    }
    if (!this.isOver) this.#post({ kind: "answer", question, ...answer });
  }

  /** Tells the worker when the page has let a value go. */
  follow(value: object, handle: number): void {
    this.#released.register(value, handle);
  }

  /** Asks the worker. @throws E2eError as the port says · TypeError when the worker ended */
  async call(
    instance: number,
    built: SuiteOfHooks,
    call: { readonly name: CallName; readonly args: readonly unknown[]; readonly nowMs: number },
  ): Promise<unknown> {
    await this.#alive.promise;
    if (this.isOver) throw gone();
    if (!this.#begun.has(instance)) this.#post({ kind: "begin", instance, ...built });
    this.#begun.add(instance);
    const id = ++this.#lastCall;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#post({ kind: "call", id, instance, ...call });
    return await waiting.promise;
  }
}
