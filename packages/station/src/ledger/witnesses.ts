/*
 * The log's side of witnessing: each checkpoint goes to every witness with a proof from where that witness stands. A witness
 * is somebody else's machine: whatever it answers has a name, and nothing but a cosignature by its own key, made now, is
 * taken (S-23).
 */
import {
  encodeAddCheckpoint,
  readWitnessAnswer,
  type Note,
  type NotePrimitives,
  type NoteSignature,
  type VerifierKey,
  type WitnessAnswer,
  type WitnessOutcome,
} from "@chapar/log";
import type { StationPorts } from "../ports.ts";

/** How far a cosignature's time may be from our clock. */
export const MAX_COSIGNATURE_SKEW_SECONDS = 300n;
/** How long a witness may take to answer. */
export const WITNESS_ANSWER_LIMIT_MS = 10_000;

/** A witness of this station's log. */
export interface WitnessParty {
  /** its cosigning key */
  readonly key: VerifierKey;
  /** submission prefix; `/add-checkpoint` follows */
  readonly url: string;
  /** ISO 3166-1 alpha-2; undefined when it is not known */
  readonly region: string | undefined;
}

/** Sends an add-checkpoint body to a URL; rejects when there is no answer, or one that is too large. */
export type PostCheckpoint = (url: string, body: Uint8Array, signal: AbortSignal) => Promise<WitnessAnswer>;

/** Reads the checkpoint that a witness shows for a log at its monitoring path; rejects when there is none. */
export type PeekCheckpoint = (url: string, signal: AbortSignal) => Promise<Uint8Array>;

/** Who witnesses this station's log, and how they are reached. */
export interface Witnessing {
  readonly witnesses: readonly WitnessParty[];
  /** whether checkpoints may be shown to a witness of a region, "" where it is not known; to all by default (K-14) */
  readonly mayShow?: (region: string) => boolean;
  readonly post: PostCheckpoint;
  /** asked once, before the first signature of a run; without it an older copy of the folder is noticed only afterwards */
  readonly peek?: PeekCheckpoint;
}

/** What became of asking a witness (S-23). */
export type WitnessReply = "cosigned" | "conflict" | "ahead" | "busy" | "refused" | "broken" | "skewed" | "unreachable";

/** A checkpoint that was asked about, and what the log can prove of it. */
export interface Submission {
  readonly note: Note;
  readonly size: number;
  consistency(from: number, to: number): Promise<readonly Uint8Array[]>;
}

/** One witness, and where it stands as far as we know. */
export class WitnessLine {
  readonly party: WitnessParty;
  readonly #ports: StationPorts;
  readonly #primitives: NotePrimitives;
  readonly #post: PostCheckpoint;
  /** the size it cosigned last; a 409 tells when we are wrong */
  #size = 0;
  #reply: WitnessReply | undefined;
  isAsking = false;

  constructor(party: WitnessParty, ports: StationPorts, post: PostCheckpoint) {
    this.party = party;
    this.#ports = ports;
    this.#primitives = { sha256: ports.sha256, ed25519: ports.verify };
    this.#post = post;
  }

  /** How the last question ended; undefined before the first. */
  get reply(): WitnessReply | undefined {
    return this.#reply;
  }

  /** Whether a round waits for it: it answered last time, or was never asked. */
  get isPrompt(): boolean {
    return this.#reply === undefined || this.#reply === "cosigned";
  }

  /** Asks for a cosignature; never rejects. Not called while an earlier call is pending. */
  async ask(submission: Submission, signal: AbortSignal): Promise<readonly NoteSignature[]> {
    this.isAsking = true;
    try {
      const { reply, signatures } = await this.#askTwice(submission, signal);
      if (!signal.aborted) this.#noteReply(reply);
      return signatures;
    } finally {
      this.isAsking = false;
    }
  }

  #noteReply(reply: WitnessReply): void {
    const { observer } = this.#ports;
    if (reply === "cosigned") observer.count("cosignatures", 1);
    if (reply !== this.#reply) {
      if (reply === "ahead") observer.note("ledger behind its witness");
      else if (reply === "cosigned") observer.note("witness cosigns");
      else observer.note("witness does not cosign", { code: reply });
    }
    this.#reply = reply;
  }

  async #askTwice(
    submission: Submission,
    signal: AbortSignal,
  ): Promise<{ reply: WitnessReply; signatures: readonly NoteSignature[] }> {
    for (let tries = 0; tries < 2; tries++) {
      if (this.#size > submission.size) return { reply: "ahead", signatures: [] };
      const outcome = await this.#send(submission, signal);
      if (outcome === undefined) return { reply: "unreachable", signatures: [] };
      if (outcome.type === "conflict") {
        this.#size = outcome.size;
        continue;
      }
      if (outcome.type !== "cosigned") return { reply: outcome.type, signatures: [] };
      return this.#take(outcome, submission.size);
    }
    return { reply: this.#size > submission.size ? "ahead" : "conflict", signatures: [] };
  }

  #take(
    outcome: Extract<WitnessOutcome, { type: "cosigned" }>,
    size: number,
  ): { reply: WitnessReply; signatures: readonly NoteSignature[] } {
    const nowSeconds = BigInt(Math.floor(this.#ports.clock.nowMs() / 1000));
    const isSkewed = outcome.signatures.some(({ timeSeconds = 0n }) => {
      const skew = timeSeconds > nowSeconds ? timeSeconds - nowSeconds : nowSeconds - timeSeconds;
      return skew > MAX_COSIGNATURE_SKEW_SECONDS;
    });
    this.#size = size;
    if (isSkewed) return { reply: "skewed", signatures: [] };
    return { reply: "cosigned", signatures: outcome.signatures.map((one) => one.signature) };
  }

  /** One question, for a bounded time; undefined when no answer came. */
  async #send(submission: Submission, signal: AbortSignal): Promise<WitnessOutcome | undefined> {
    const { note, size } = submission;
    const from = this.#size;
    const proof = from > 0 && from < size ? await submission.consistency(from, size) : [];
    if (signal.aborted) return undefined;
    const limit = new AbortController();
    const stop = (): void => limit.abort();
    signal.addEventListener("abort", stop, { once: true });
    this.#ports.clock.sleep(WITNESS_ANSWER_LIMIT_MS, limit.signal).then(stop, () => undefined);
    const { promise: cut, resolve } = Promise.withResolvers<undefined>();
    limit.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    try {
      const answer = this.#post(
        `${this.party.url}/add-checkpoint`,
        encodeAddCheckpoint(from, proof, note),
        limit.signal,
      );
      const first = await Promise.race([answer.catch(() => undefined), cut]);
      return first && (await readWitnessAnswer(first, note, [this.party.key], this.#primitives));
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }
}
