/*
 * Names of a captured machine: its programs ask whom they want over port 53, and the exit's addresses are the answer (P-85).
 * Nothing is asked of anybody outside.
 */
import {
  decodeNameQuestion,
  encodeNameAnswer,
  isNearName,
  RECORD,
  type NameFailure,
  type NameQuestion,
} from "../tunnel/name-answer.ts";
import { tunnelTarget } from "../tunnel/target.ts";
import { decodeAddresses, MAX_NAME_ANSWER_BYTES } from "../tunnel/tunnel-stream.ts";
import type { OpenedStream, TunnelRefusal } from "./near-stream.ts";

const MAX_NAMES = 1_024;
const KEPT_MS = 60_000;
/** A name that was not found may be there in a moment. */
const KEPT_FAILED_MS = 5_000;
const MAX_ASKED_AT_ONCE = 64;

type Found = readonly Uint8Array[] | NameFailure;

/** Opens a stream that asks for a name's addresses. */
export type AskName = (name: string) => Promise<OpenedStream | TunnelRefusal>;

const FAILURES: Readonly<Partial<Record<TunnelRefusal, NameFailure>>> = {
  "no such name": "no such name",
  "address not allowed": "refused",
};

async function addressesFrom({ stream, deliver }: OpenedStream): Promise<Found> {
  const parts: number[] = [];
  const whole = Promise.withResolvers<void>();
  deliver((chunk) => {
    if (parts.length + chunk.byteLength > MAX_NAME_ANSWER_BYTES) stream.reset();
    else parts.push(...chunk);
  });
  void stream.peerFinished.then(() => whole.resolve());
  void stream.ended.then(() => whole.resolve());
  await whole.promise;
  stream.close();
  const read = decodeAddresses(Uint8Array.from(parts));
  return read.ok ? read.value : "server failure";
}

/** Answers DNS queries from the exit, and keeps what it found for a minute. */
export class ExitNames {
  readonly #ask: AskName;
  readonly #held = new Map<string, { readonly found: Promise<Found>; untilMs: number }>();
  #asking = 0;

  constructor(ask: AskName) {
    this.#ask = ask;
  }

  /** Answers one query, as bytes. @returns undefined for what deserves none. Never rejects. */
  async answer(query: Uint8Array): Promise<Uint8Array | undefined> {
    const question = decodeNameQuestion(query);
    if (question === undefined) return undefined;
    if (!question.isPlain) return encodeNameAnswer(question, "not implemented", 0);
    const found = await this.#found(question.name);
    return encodeNameAnswer(question, answerOf(question, found), KEPT_MS / 1000);
  }

  #found(name: string): Promise<Found> {
    // A name that no host can have is none, and one that means something only here is not told to the exit.
    if (isNearName(name) || tunnelTarget(name, 1)?.host !== name) return Promise.resolve("no such name" as const);
    const held = this.#held.get(name);
    if (held !== undefined && held.untilMs > performance.now()) return held.found;
    if (this.#asking >= MAX_ASKED_AT_ONCE) return Promise.resolve("server failure" as const);
    return this.#lookUp(name);
  }

  #lookUp(name: string): Promise<Found> {
    this.#asking++;
    const found = this.#ask(name)
      .then(
        (opened) => (typeof opened === "string" ? (FAILURES[opened] ?? "server failure") : addressesFrom(opened)),
        () => "server failure" as const,
      )
      .finally(() => this.#asking--);
    const entry = { found, untilMs: performance.now() + KEPT_MS };
    for (const oldest of this.#held.keys()) {
      if (this.#held.size < MAX_NAMES) break;
      this.#held.delete(oldest);
    }
    this.#held.delete(name);
    this.#held.set(name, entry);
    void this.#forgetFailed(entry);
    return found;
  }

  async #forgetFailed(entry: { readonly found: Promise<Found>; untilMs: number }): Promise<void> {
    if (typeof (await entry.found) === "string") entry.untilMs = performance.now() + KEPT_FAILED_MS;
  }
}

/**
 * IPv6 addresses are told only of names that have no others: a connection is taken here before the exit has tried, so that
 * a program which prefers IPv6 could not fall back where the exit has none.
 */
function answerOf({ type }: NameQuestion, found: Found): Found {
  if (typeof found === "string" || type !== RECORD.AAAA) return found;
  return found.some(({ byteLength }) => byteLength === 4) ? [] : found;
}
