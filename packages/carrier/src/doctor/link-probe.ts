/* A link over one route, and 64 KiB there and back: what a dial sees, counted. The session is never attached, so nothing is left. */
import { isCarrierError } from "../errors.ts";
import type { Carrier, Clock, Link } from "../port.ts";
import { PROBE_BYTES } from "../session/limits.ts";
import { prepareLink } from "../session/attach.ts";
import type { LinkSeen, Outcome } from "./seen.ts";

/** For a route to open. */
const OPEN_LIMIT_MS = 10_000;
/** For the bytes: 64 KiB there and back at 128 kbit/s take eight seconds. */
const ECHO_LIMIT_MS = 20_000;
/** Without a byte for so long, a link has fallen silent: thrice what the session layer waits before it looks elsewhere (P-9). */
const SILENT_MS = 6_000;
/** A route of short flows, or one that is slow by nature, has nothing to prove but that it answers (P-43). */
const SHORT_BYTES = 2_048;
const SHORT_KINDS: ReadonlySet<string> = new Set(["burst", "dns"]);

const REASONS: Readonly<Record<string, Outcome>> = {
  ECONNRESET: "reset",
  EPIPE: "reset",
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  ENETUNREACH: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
};

/** What a failed dial says of the line. */
export function outcomeOf(error: unknown): Outcome {
  if (isCarrierError(error, "carrier/timed-out")) return "timeout";
  if (isCarrierError(error)) return REASONS[error.reason ?? ""] ?? "closed";
  return "timeout";
}

/** A link that counts what comes over it and when. */
class CountedLink implements Link {
  cameBytes = 0;
  lastAtMs: number;
  readonly #link: Link;
  readonly #clock: Clock;

  constructor(link: Link, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.lastAtMs = clock.nowMs();
  }

  get unsentBytes(): number {
    return this.#link.unsentBytes;
  }

  get ended(): Link["ended"] {
    return this.#link.ended;
  }

  send(bytes: Uint8Array): void {
    this.#link.send(bytes);
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#link.receive((chunk) => {
      this.cameBytes += chunk.byteLength;
      this.lastAtMs = this.#clock.nowMs();
      receiver(chunk);
    });
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  drained(belowBytes: number): Promise<void> {
    return this.#link.drained(belowBytes);
  }

  close(): void {
    this.#link.close();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#link[Symbol.asyncDispose]();
  }
}

/** A signal that is aborted by another, or by whoever holds it. */
function under(signal: AbortSignal): { readonly own: AbortController; readonly free: () => void } {
  const own = new AbortController();
  const stop = (): void => own.abort(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return { own, free: () => signal.removeEventListener("abort", stop) };
}

/** Watches a link until everything came, it broke, fell silent, or the time is over. */
async function watched(
  link: CountedLink,
  whole: Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): Promise<LinkSeen["ended"]> {
  const begunMs = clock.nowMs();
  const { own: bell, free } = under(signal);
  const silence = (async (): Promise<LinkSeen["ended"]> => {
    for (;;) {
      const nowMs = clock.nowMs();
      const [silentMs, leftMs] = [nowMs - link.lastAtMs, ECHO_LIMIT_MS - (nowMs - begunMs)];
      if (silentMs >= SILENT_MS) return "silent";
      if (leftMs <= 0) return "slow";
      await clock.sleep(Math.min(SILENT_MS - silentMs, leftMs), bell.signal);
    }
  })();
  try {
    return await Promise.race([whole.then((is): LinkSeen["ended"] => (is ? "whole" : "broken")), silence]);
  } finally {
    free();
    bell.abort();
    silence.catch(() => undefined);
  }
}

/**
 * Looks at one route as a session would dial it.
 *
 * @returns undefined where the person's settings forbid the dial
 * @throws the signal's reason and nothing else
 */
export async function probeLink(
  route: string,
  carrier: Carrier,
  { clock }: { readonly clock: Clock },
  signal: AbortSignal,
): Promise<LinkSeen | undefined> {
  const askedBytes = SHORT_KINDS.has(carrier.kind) ? SHORT_BYTES : PROBE_BYTES;
  const failed = (opened: Outcome): LinkSeen => ({ opened, askedBytes, cameBytes: 0, tookMs: 0, ended: "broken" });
  const { own: late, free } = under(signal);
  const bell = new AbortController();
  const limit = clock.sleep(OPEN_LIMIT_MS, bell.signal).then(
    () => late.abort(),
    () => undefined,
  );
  let link: CountedLink;
  try {
    link = new CountedLink(await carrier.dial(route, { signal: late.signal }), clock);
  } catch (error) {
    signal.throwIfAborted();
    if (isCarrierError(error, "carrier/own-hello")) return undefined;
    return failed(late.signal.aborted ? "timeout" : outcomeOf(error));
  } finally {
    free();
    bell.abort();
    await limit;
  }
  const begunMs = clock.nowMs();
  const whole = prepareLink(link, { probeBytes: askedBytes }).then(
    () => true,
    () => false,
  );
  try {
    const ended = await watched(link, whole, clock, signal);
    const { cameBytes, lastAtMs } = link;
    return { opened: "ok", askedBytes, cameBytes, tookMs: Math.max(1, Math.round(lastAtMs - begunMs)), ended };
  } finally {
    link.close();
  }
}
