/*
 * The dialer's end of a link over DNS as a state machine: given time and answers, it says which query leaves next and to whom. A station
 * cannot speak first, so some queries always wait there to be answered (as iodine's lazy mode and dnstt do it); while nothing happens there are
 * fewer and fewer of them, because each costs everybody on the way. What carries data and what only waits are told apart: the
 * station answers the first at once, which is what round trips are measured by.
 */
import { toHex, type Sha256 } from "@chapar/wire/bytes";
import { decodeDnsMessage, DNS_CODE, encodeDnsQuery, type DnsMessage, type DnsName } from "./dns-message.ts";
import {
  decodeAnswerFrame,
  decodeQueryFrame,
  encodeQueryFrame,
  ANSWER_HAVE_BITS,
  CHUNK_MASK,
  LAST_COUNT,
  LINK_ID_BYTES,
  openingData,
  QUERY_HAVE_BITS,
  QUERY_MASK,
  type DnsAnswerFrame,
  type DnsChunk,
} from "./dns-frames.ts";
import { DnsFill } from "./dns-fill.ts";
import {
  bytesOfName,
  bytesOfRecords,
  CARRYING_TYPES,
  carryingName,
  dataRoomBytes,
  type CarryingType,
} from "./dns-names.ts";
import { DnsResolver, RESOLVER_LIMITS, type ResolverLimits } from "./dns-resolver.ts";
import { ReceiveWindow, SendWindow, WINDOW_CHUNKS, type SentChunk } from "./dns-window.ts";

/** How long a station holds a query that brings nothing while it has nothing to say: below what resolvers take for a dead server. */
export const HOLD_MS = 800;
/** The second record type is tried when the first has not come through by then. */
const SECOND_TYPE_AFTER_MS = 1_200;
/** A resolver that refuses a record type is asked for it again after this. */
const REFUSED_AGAIN_MS = 2_000;
/** Queries that wait at the station while something is going on, and while much is to come. */
const BASE_POLLS = 3;
const MOST_POLLS = 48;
/** Without anything new for so long, fewer queries wait there: one each third of the idle time, each eight seconds in the end. */
const ACTIVE_MS = 5_000;
const IDLE_SHARE = 3;
const MOST_IDLE_MS = 8_000;
/** A station that says so often that there is no such link means it; once may be a censor, or another server of the zone. */
const GONE_ANSWERS = 3;
/** How long after its time an answer still counts. */
const LATE_MS = 4_000;
const AGAIN_SHARE = 0.6;

/** What an engine needs. */
export interface DialEngineOptions<Address> {
  readonly domain: DnsName;
  /** the station's key */
  readonly station: Uint8Array;
  /** each named once; compared by identity */
  readonly resolvers: readonly Address[];
  readonly sha256: Sha256;
  readonly randomBytes: (sizeBytes: number) => Uint8Array;
  readonly limits?: Partial<ResolverLimits> | undefined;
  /** bytes in order */
  readonly arrived: (bytes: Uint8Array) => void;
  /** whether so much waits unread that nothing more may be taken */
  readonly isFull: () => boolean;
}

/** A query to be sent. */
export interface DnsQuery<Address> {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

interface AskedQuery<Address> {
  readonly resolver: DnsResolver<Address>;
  readonly candidate: Candidate;
  readonly dnsId: number;
  readonly sentAtMs: number;
  readonly deadlineMs: number;
  readonly chunk: SentChunk | undefined;
  /** opens, or carries a chunk: answered at once */
  readonly isUrgent: boolean;
  saysGone: boolean;
  /** its time is over; an answer may still come */
  isExpired: boolean;
}

/** A link may be opened in two record types; the first that is answered is it. */
interface Candidate {
  readonly type: CarryingType;
  readonly link: Uint8Array;
  readonly opening: DnsChunk;
  fromMs: number;
}

/** How an engine is doing. `ended`: the station has read our end, or says that the link is over; `refused`: nobody asked knows it. */
export type DialState = "opening" | "open" | "ended" | "lost" | "refused";

/** One dialed link. */
export class DnsDialEngine<Address> {
  readonly out: SendWindow = new SendWindow(WINDOW_CHUNKS.dialer, 1);
  readonly into: ReceiveWindow = new ReceiveWindow(WINDOW_CHUNKS.station);
  readonly fill: DnsFill;
  state: DialState = "opening";
  /** when the station last answered; when it began until it did */
  heardAtMs: number;
  readonly #options: DialEngineOptions<Address>;
  readonly #roomBytes: number;
  readonly #resolvers: readonly DnsResolver<Address>[];
  readonly #candidates: readonly Candidate[];
  readonly #asked = new Map<string, AskedQuery<Address>>();
  /** until when a resolver is not asked for a type that it refused, while opening */
  readonly #refusals = new Map<string, number>();
  #won: Candidate | undefined;
  #count = 0;
  #polls = 0;
  #wantedPolls = BASE_POLLS;
  #activeAtMs: number;
  #polledAtMs = Number.NEGATIVE_INFINITY;
  #gone = 0;

  constructor(options: DialEngineOptions<Address>, nowMs: number) {
    const { domain, resolvers, limits, station, sha256, randomBytes } = options;
    this.#options = options;
    this.#roomBytes = dataRoomBytes(domain);
    this.#resolvers = resolvers.map((each) => new DnsResolver(each, { ...RESOLVER_LIMITS, ...limits }, nowMs));
    this.#candidates = CARRYING_TYPES.map((type, at) => {
      const link = randomBytes(LINK_ID_BYTES);
      const opening = { seq: 0, data: openingData(sha256, station, link) };
      return { type, link, opening, fromMs: nowMs + at * SECOND_TYPE_AFTER_MS };
    });
    this.heardAtMs = this.#activeAtMs = nowMs;
    this.fill = new DnsFill(nowMs);
  }

  /** The record type that answers come in; undefined while opening. */
  get type(): CarryingType | undefined {
    return this.#won?.type;
  }

  /** Queries that were made. */
  get queries(): number {
    return this.#count;
  }

  /** The next query that should leave now; ask again until there is none, after each `take`, `out.push` and at `dueAtMs`. */
  next(nowMs: number): DnsQuery<Address> | undefined {
    this.#expire(nowMs);
    if (this.state !== "opening" && this.state !== "open") return undefined;
    if (this.#count > LAST_COUNT) {
      this.state = "lost";
      return undefined;
    }
    return this.state === "opening" ? this.#nextOpening(nowMs) : this.#nextOpen(nowMs);
  }

  /** When `next` may have something that it has not now. */
  dueAtMs(nowMs: number): number {
    let dueAtMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs, isExpired } of this.#asked.values())
      if (!isExpired) dueAtMs = Math.min(dueAtMs, deadlineMs);
    if (this.state === "opening") {
      const times = [...this.#candidates.map(({ fromMs }) => fromMs), ...this.#refusals.values()];
      for (const atMs of times) if (atMs > nowMs) dueAtMs = Math.min(dueAtMs, atMs);
      return dueAtMs;
    }
    const ready = Math.min(...this.#resolvers.map((resolver) => resolver.readyAtMs(nowMs)));
    const hasChunk = this.out.waitingChunks(this.#roomBytes) > 0;
    dueAtMs = Math.min(dueAtMs, this.out.dueAtMs, Math.max(ready, this.out.againAtMs(this.#againMs)));
    return Math.min(dueAtMs, hasChunk ? ready : Math.max(ready, this.#pollDueMs(nowMs)));
  }

  /** Something came from a resolver; untrusted. What answers no query of ours changes nothing. */
  take(from: Address, bytes: Uint8Array, nowMs: number): void {
    const read = decodeDnsMessage(bytes);
    if (!read.ok || !read.value.isAnswer || read.value.question === undefined) return;
    const message = read.value;
    const name = bytesOfName(read.value.question.name, this.#options.domain);
    const frame = name === undefined ? undefined : decodeQueryFrame(name);
    if (frame?.ok !== true) return;
    const key = keyOf(frame.value.link, frame.value.count);
    const asked = this.#asked.get(key);
    if (asked === undefined || asked.resolver.address !== from || asked.dnsId !== message.id) return;
    const answer = this.#answerIn(message, asked.candidate.type);
    if (answer === undefined) return this.#refused(key, asked, message, nowMs);
    const tookMs = asked.isUrgent ? Math.max(0, nowMs - asked.sentAtMs) : undefined;
    if (asked.isExpired) asked.resolver.late(tookMs);
    else asked.resolver.answered(tookMs);
    this.#forget(key, asked);
    if (this.#won !== undefined && asked.candidate !== this.#won) return;
    this.#won ??= asked.candidate;
    if (this.state === "opening") this.state = "open";
    this.heardAtMs = nowMs;
    this.#gone = 0;
    this.#believe(answer, nowMs);
  }

  #answerIn(message: DnsMessage, type: CarryingType): DnsAnswerFrame | undefined {
    const isWhole = message.code === DNS_CODE.ok && !message.isTruncated;
    const bytes = isWhole ? bytesOfRecords(message.answers, type) : undefined;
    const frame = bytes === undefined ? undefined : decodeAnswerFrame(bytes);
    return frame?.ok === true ? frame.value : undefined;
  }

  /** An answer without anything of the station's. A forged one may be overtaken, so that only an error of the resolver's own counts at once. */
  #refused(key: string, asked: AskedQuery<Address>, { code }: DnsMessage, nowMs: number): void {
    if (code === DNS_CODE.noName) asked.saysGone = true;
    if (asked.isExpired || (code !== DNS_CODE.serverFailure && code !== DNS_CODE.refused)) return;
    this.#forget(key, asked);
    if (this.state === "opening") return this.#refusedType(asked, nowMs);
    asked.resolver.failed(nowMs);
    if (asked.chunk !== undefined) asked.chunk.deadlineMs = Math.min(asked.chunk.deadlineMs, nowMs);
  }

  /** While opening it says nothing against the resolver, but against the type: the other one is tried at once. */
  #refusedType({ resolver, candidate }: AskedQuery<Address>, nowMs: number): void {
    resolver.released();
    this.#refusals.set(this.#pairOf(resolver, candidate), nowMs + REFUSED_AGAIN_MS);
    for (const each of this.#candidates) each.fromMs = Math.min(each.fromMs, nowMs);
    // Everybody was asked in every way, and said no.
    if (this.#refusals.size === this.#resolvers.length * this.#candidates.length) this.state = "refused";
  }

  #pairOf(resolver: DnsResolver<Address>, { type }: Candidate): string {
    return `${this.#resolvers.indexOf(resolver)} ${type}`;
  }

  #believe(answer: DnsAnswerFrame, nowMs: number): void {
    const { chunk, waiting, hasEnded } = answer;
    const arrived = this.out.acknowledge(answer.received, answer.have, ANSWER_HAVE_BITS, CHUNK_MASK);
    for (const { data } of arrived) this.fill.arrived(data.byteLength, nowMs);
    const isFull = this.#options.isFull();
    const fresh = chunk === undefined || isFull ? undefined : this.into.take(chunk.seq, chunk.data);
    if (arrived.length > 0 || fresh !== undefined) this.#activeAtMs = nowMs;
    if (waiting > 0) this.#wantedPolls = Math.min(MOST_POLLS, waiting + BASE_POLLS, this.#wantedPolls + 2);
    else this.#wantedPolls = Math.max(BASE_POLLS, this.#wantedPolls - 1);
    for (const part of fresh ?? []) this.#options.arrived(part);
    if (hasEnded) this.state = "ended";
  }

  #nextOpening(nowMs: number): DnsQuery<Address> | undefined {
    for (const candidate of this.#candidates) {
      if (candidate.fromMs > nowMs) break;
      for (const resolver of this.#resolvers) {
        const asked = [...this.#asked.values()];
        const isAsked = asked.some((one) => !one.isExpired && one.resolver === resolver && one.candidate === candidate);
        const isRefused = (this.#refusals.get(this.#pairOf(resolver, candidate)) ?? 0) > nowMs;
        if (isAsked || isRefused || resolver.readyAtMs(nowMs) > nowMs) continue;
        return this.#ask(resolver, candidate, undefined, nowMs);
      }
    }
    return undefined;
  }

  #nextOpen(nowMs: number): DnsQuery<Address> | undefined {
    const resolver = this.#readiest(nowMs);
    const candidate = this.#won;
    if (resolver === undefined || candidate === undefined) return undefined;
    const again = this.out.again(nowMs, this.#againMs);
    const chunk = this.out.next(this.#roomBytes, nowMs, reorderMsOf) ?? again;
    if (chunk === undefined && this.#pollDueMs(nowMs) > nowMs) return undefined;
    return this.#ask(resolver, candidate, chunk, nowMs);
  }

  #ask(
    resolver: DnsResolver<Address>,
    candidate: Candidate,
    chunk: SentChunk | undefined,
    nowMs: number,
  ): DnsQuery<Address> {
    const { domain, randomBytes } = this.#options;
    const isUrgent = chunk !== undefined || this.#won === undefined;
    const deadlineMs = nowMs + resolver.limitMs + (isUrgent ? 0 : HOLD_MS);
    const count = this.#count++;
    const said = chunk === undefined ? undefined : { seq: chunk.number & CHUNK_MASK, data: chunk.data };
    const frame = encodeQueryFrame({
      link: candidate.link,
      count,
      received: this.into.received & QUERY_MASK,
      have: this.into.have(QUERY_HAVE_BITS),
      chunk: this.#won === undefined ? candidate.opening : said,
    });
    const [high = 0, low = 0] = randomBytes(2);
    const dnsId = (high << 8) | low;
    resolver.sent(nowMs);
    if (chunk !== undefined) this.out.sent(chunk, nowMs, deadlineMs, resolver);
    if (!isUrgent) {
      this.#polls++;
      this.#polledAtMs = nowMs;
    }
    const asked = {
      resolver,
      candidate,
      dnsId,
      sentAtMs: nowMs,
      deadlineMs,
      chunk,
      isUrgent,
      saysGone: false,
      isExpired: false,
    };
    this.#asked.set(keyOf(candidate.link, count), asked);
    return { to: resolver.address, bytes: encodeDnsQuery(dnsId, carryingName(frame, domain), candidate.type) };
  }

  /** When the next query may leave that only waits at the station. */
  #pollDueMs(nowMs: number): number {
    const idleMs = nowMs - this.#activeAtMs;
    const isFull = this.#options.isFull();
    if (idleMs < ACTIVE_MS && !isFull) return this.#polls < this.#wantedPolls ? nowMs : Number.POSITIVE_INFINITY;
    if (this.#polls > 0) return Number.POSITIVE_INFINITY;
    return this.#polledAtMs + Math.min(MOST_IDLE_MS, Math.max(idleMs, ACTIVE_MS) / IDLE_SHARE);
  }

  /** When a chunk that holds everything up is sent once more: before its answer could be here. */
  get #againMs(): number {
    return Math.min(...this.#resolvers.map(({ roundTripMs }) => roundTripMs)) * AGAIN_SHARE;
  }

  /** Of those that may be asked now the one that promises most. */
  #readiest(nowMs: number): DnsResolver<Address> | undefined {
    let best: DnsResolver<Address> | undefined;
    for (const each of this.#resolvers) {
      if (each.readyAtMs(nowMs) > nowMs) continue;
      if (best === undefined || each.costMs < best.costMs) best = each;
    }
    return best;
  }

  #expire(nowMs: number): void {
    for (const [key, asked] of this.#asked) {
      if (asked.deadlineMs > nowMs) continue;
      if (!asked.isExpired) this.#fail(asked, nowMs);
      else if (asked.deadlineMs + LATE_MS <= nowMs) this.#asked.delete(key);
    }
  }

  #fail(asked: AskedQuery<Address>, nowMs: number): void {
    asked.isExpired = true;
    if (!asked.isUrgent) this.#polls--;
    if (this.state === "opening" && asked.saysGone) return this.#refusedType(asked, nowMs);
    asked.resolver.failed(nowMs);
    // Where the station has spoken since, somebody else said so.
    const isGone = asked.saysGone && this.heardAtMs < asked.sentAtMs;
    if (isGone && this.state === "open" && ++this.#gone >= GONE_ANSWERS) this.state = "lost";
    return undefined;
  }

  #forget(key: string, { isUrgent, isExpired }: AskedQuery<Address>): void {
    this.#asked.delete(key);
    if (!isUrgent && !isExpired) this.#polls--;
  }
}

/** By how much a resolver may bring answers out of their order. */
const reorderMsOf = (lane: unknown): number => (lane instanceof DnsResolver ? lane.reorderMs : 0);

function keyOf(link: Uint8Array, count: number): string {
  return `${toHex(link)} ${count}`;
}
