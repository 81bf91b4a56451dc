/*
 * The witness between a reader and a station that does not answer it (E-41, E-42). It asks over a link on which the accused proved its
 * key, twice, and what it then says is what it saw: an answer that answers, a silence while the accused was there, or nothing at all
 * when it cannot tell a silent station from a cut line.
 */
import {
  challengeHash,
  checkAnswer,
  checkChallenge,
  type CheckedChallenge,
  type EvidencePorts,
} from "@chapar/evidence";
import {
  decodeLedgerLeaf,
  type LedgerLeaf,
  logId,
  mirrorMessage,
  type ReadProof,
  type Request,
  type Response,
  type StationRef,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import { TokenBucket, type Rate } from "../session/token-bucket.ts";

/** How long the accused may take, each time. */
export const CHALLENGE_LIMIT_MS = 30_000;
/** How long it may take to show that it is there when it has not answered. */
const PING_LIMIT_MS = 10_000;
const TRIES = 2;
const PER_LINK: Rate = { ratePerSecond: 8 / 60, burst: 8 };
const PER_ACCUSED: Rate = { ratePerSecond: 64 / 60, burst: 64 };
/** Outcomes and rates that are remembered. */
const MAX_KEPT = 1024;
const PAGE_LEAVES = 1024;

/** What the accused did when it was asked once. */
type Reaction =
  | { readonly type: "answered"; readonly answer: Uint8Array }
  /** it is there, and gave nothing that answers */
  | { readonly type: "owed" }
  /** it says that whoever asks may not read the log */
  | { readonly type: "denied" }
  | { readonly type: "gone" };

/** A challenge as it is put. */
export interface PutChallenge {
  readonly accused: StationRef;
  readonly challenge: Uint8Array;
  readonly read: ReadProof | undefined;
}

/** A link to a station that proved its key, as far as it is needed here. */
export interface ChallengeLink {
  readonly frames: { ask(body: Request): Promise<Response> };
  /** resolves when the link has ended */
  readonly ended: Promise<void>;
}

/** What challenges are put with. */
export interface ChallengeParts {
  readonly ports: StationPorts;
  readonly self: StationIdentity;
  readonly evidence: EvidencePorts;
  /** adds a leaf to this station's log; resolves to its index when it is durable */
  readonly record: (leaf: Extract<LedgerLeaf, { kind: "unanswered" }>) => Promise<number>;
  /** a link to a station that proved its key. @throws StationError when there is none */
  readonly link: (ref: StationRef) => Promise<ChallengeLink>;
}

/** The challenges of one witness. */
export class Challenges {
  readonly #parts: ChallengeParts;
  /** by hash */
  readonly #outcomes = new Map<string, Promise<Response>>();
  readonly #byLink = new WeakMap<object, TokenBucket>();
  readonly #byAccused = new Map<string, TokenBucket>();

  constructor(parts: ChallengeParts) {
    this.#parts = parts;
  }

  /**
   * Puts a challenge; the same again is not asked again.
   *
   * @param link  whoever puts it, for its rate
   * @throws StationError `station/rate-limited` · `station/bad-signature` the basis, or `read`, does not verify ·
   * `station/not-allowed` this station is accused, or the accused says that the key may not read the log
   */
  async put(link: object, put: PutChallenge): Promise<Response> {
    const { ports, self, evidence } = this.#parts;
    const nowMs = ports.clock.nowMs();
    take((this.#byLink.get(link) ?? remember(this.#byLink, link, new TokenBucket(PER_LINK, nowMs))).take(nowMs));
    if (equalBytes(put.accused.key, self.ref.key)) throw stationError("station/not-allowed");
    const checked = await checkChallenge(put.challenge, evidence);
    const isOfAccused = checked.ok && equalBytes(checked.value.challenge.station, put.accused.key);
    if (!isOfAccused || !(await this.#mayAsk(checked.value, put.read))) throw stationError("station/bad-signature");
    const hash = challengeHash(put.challenge, ports.sha256);
    const name = bytesKey(hash);
    const held = this.#outcomes.get(name);
    if (held !== undefined) return await held;
    take(this.#bucketOf(put.accused, nowMs).take(nowMs));
    const outcome = this.#run(put, checked.value, hash);
    if (this.#outcomes.size >= MAX_KEPT) this.#outcomes.delete(this.#outcomes.keys().next().value ?? "");
    this.#outcomes.set(name, outcome);
    // Where nothing came of it, it may be put again.
    const forget = (): boolean => this.#outcomes.delete(name);
    outcome.then(
      (answer) => answer.type === "challenge.unanswered" && answer.index === undefined && forget(),
      () => forget(),
    );
    return await outcome;
  }

  /** An entry is asked for in the name of somebody who may read it: the proof is for this station, as for a mirror. */
  async #mayAsk({ kind, challenge }: CheckedChallenge, read: ReadProof | undefined): Promise<boolean> {
    if (kind === "identity") return true;
    const { ports, self } = this.#parts;
    const message = mirrorMessage(self.ref.key, logId(challenge.subject));
    return read !== undefined && (await ports.verify(read.key, message, read.signature));
  }

  #bucketOf(accused: StationRef, nowMs: number): TokenBucket {
    const name = bytesKey(accused.key);
    const held = this.#byAccused.get(name);
    if (held !== undefined) return held;
    if (this.#byAccused.size >= MAX_KEPT) this.#byAccused.clear();
    const made = new TokenBucket(PER_ACCUSED, nowMs);
    this.#byAccused.set(name, made);
    return made;
  }

  async #run(put: PutChallenge, asked: CheckedChallenge, hash: Uint8Array): Promise<Response> {
    const { ports, record } = this.#parts;
    const known = await this.#recorded(hash);
    if (known !== undefined) return { type: "challenge.unanswered", index: known };
    for (let tries = 0; tries < TRIES; tries++) {
      const reaction = await this.#ask(put, asked);
      if (reaction.type === "answered") return { type: "challenge.answered", answer: reaction.answer };
      if (reaction.type === "denied") throw stationError("station/not-allowed");
      if (reaction.type === "gone") return { type: "challenge.unanswered", index: undefined };
    }
    ports.observer.note("challenge unanswered");
    const timeMs = ports.clock.nowMs();
    const leaf = { kind: "unanswered", station: put.accused.key, challenge: hash, timeMs } as const;
    return { type: "challenge.unanswered", index: await record(leaf) };
  }

  /** Where a challenge was recorded in this log before, perhaps in an earlier run. */
  async #recorded(hash: Uint8Array): Promise<number | undefined> {
    const reads = this.#parts.ports.store.ledger;
    for (let from = 0; ;) {
      const page = await reads.notable(from, PAGE_LEAVES);
      for (const { index, leaf } of page) {
        const decoded = decodeLedgerLeaf(leaf);
        const isIt = decoded.ok && decoded.value.kind === "unanswered" && equalBytes(decoded.value.challenge, hash);
        if (isIt) return index;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_LEAVES) return undefined;
      from = last.index + 1;
    }
  }

  async #ask({ accused, challenge, read }: PutChallenge, asked: CheckedChallenge): Promise<Reaction> {
    const { evidence, link: dial } = this.#parts;
    let link: ChallengeLink;
    try {
      link = await dial(accused);
    } catch {
      return { type: "gone" };
    }
    const answer = await this.#within(CHALLENGE_LIMIT_MS, link, { type: "challenge.ask", challenge, read });
    if (answer === "gone") return { type: "gone" };
    // A link that is cut without a word looks like a silent station: only one that still answers is silent.
    if (answer === "late") return await this.#silence(link);
    const isDenied = answer.type === "error" && asked.kind === "entry" && answer.code === "station/not-allowed";
    if (isDenied) return { type: "denied" };
    if (answer.type !== "challenge.answered") return { type: "owed" };
    const checked = await checkAnswer(asked, answer.answer, evidence);
    return checked.ok ? { type: "answered", answer: answer.answer } : { type: "owed" };
  }

  async #silence(link: ChallengeLink): Promise<Reaction> {
    const pong = await this.#within(PING_LIMIT_MS, link, { type: "ping" });
    return { type: pong === "late" || pong === "gone" ? "gone" : "owed" };
  }

  async #within(limitMs: number, link: ChallengeLink, body: Request): Promise<Response | "late" | "gone"> {
    const done = new AbortController();
    const late = this.#parts.ports.clock.sleep(limitMs, done.signal).then(
      () => "late" as const,
      () => "late" as const,
    );
    const gone = link.ended.then(() => "gone" as const);
    try {
      const answer = link.frames.ask(body).catch(() => "gone" as const);
      return await Promise.race([answer, gone, late]);
    } finally {
      done.abort();
    }
  }
}

function take(waitMs: number): void {
  if (waitMs > 0) throw stationError("station/rate-limited", waitMs);
}

function remember<Key extends WeakKey, Value>(map: WeakMap<Key, Value>, key: Key, value: Value): Value {
  map.set(key, value);
  return value;
}
