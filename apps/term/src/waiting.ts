/*
 * Waiting with an end. A command waits for the station up to its --timeout; what ends the wait is told apart: the time
 * is over (`term/not-reached`, everything is kept), the station said no (`term/refused`), or a signal came.
 */
import type { Client, RouteView } from "@chapar/client";
import { TermError } from "./errors.ts";
import { whyRefused } from "./why-refused.ts";

/** Refusals that the engine meets by trying again; waiting for them to pass is right. */
const PASSING = new Set([
  "station/shutting-down",
  "station/internal",
  "station/rate-limited",
  "station/storage-full",
  "station/storage-failed",
  "station/peer-unreachable",
]);

/**
 * Runs work that ends when its signal is aborted, for at most some seconds.
 *
 * @throws TermError `term/not-reached` when the time is over · the outer signal's reason · what the work throws
 */
export async function within<T>(
  seconds: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new TermError("term/not-reached", { seconds })), seconds * 1000);
  try {
    return await work(AbortSignal.any([outer, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs work that ends when its signal is aborted, for as long as it moves: the limit begins anew with every `moved`.
 *
 * @throws as `within`
 */
export async function whileMoving<T>(
  seconds: number,
  outer: AbortSignal,
  work: (signal: AbortSignal, moved: () => void) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new TermError("term/not-reached", { seconds })), seconds * 1000);
  try {
    return await work(AbortSignal.any([outer, limit.signal]), () => timer.refresh());
  } finally {
    clearTimeout(timer);
  }
}

function refusal({ state, code }: RouteView): TermError | undefined {
  // Nothing was tried, and nothing will be until the settings change.
  if (state === "seeking" && code === "carrier/own-hello") return new TermError("term/own-hello");
  if (state !== "refused" || PASSING.has(code ?? "")) return undefined;
  return new TermError("term/refused", { refusal: code ?? "no reason given", why: whyRefused(code) });
}

/**
 * Runs work that needs the station; a definite no of the station ends it.
 *
 * @throws as `within` · TermError `term/refused`
 */
export async function withStation<T>(
  client: Client,
  options: { readonly seconds: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal, moved: () => void) => Promise<T>,
): Promise<T> {
  const refused = new AbortController();
  const look = (): void => {
    const error = refusal(client.route());
    if (error !== undefined) refused.abort(error);
  };
  const unsubscribe = client.subscribe(look);
  client.connect();
  look();
  try {
    return await whileMoving(options.seconds, options.signal, (signal, moved) =>
      work(AbortSignal.any([signal, refused.signal]), moved),
    );
  } finally {
    unsubscribe();
  }
}

/** Resolves when `done` says so; asked again after every event of the engine. */
export function until(client: Client, signal: AbortSignal, done: () => Promise<boolean>): Promise<void> {
  return new Promise((resolve, reject) => {
    let asking = false;
    let again = false;
    const stop = (): void => {
      unsubscribe();
      signal.removeEventListener("abort", abort);
    };
    const abort = (): void => {
      stop();
      reject(signal.reason as Error);
    };
    const ask = async (): Promise<void> => {
      again = true;
      if (asking) return;
      asking = true;
      try {
        while (again && !signal.aborted) {
          again = false;
          if (!(await done())) continue;
          stop();
          resolve();
          return;
        }
      } catch (error) {
        stop();
        reject(error);
      } finally {
        asking = false;
      }
    };
    const unsubscribe = client.subscribe(() => void ask());
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    void ask();
  });
}
