/*
 * A station's half of the rendezvous (protocol/8-road.md P-111, P-114): volunteers' tabs hold a link to it, dialers ask it for one of them, by one
 * sealed message. It passes each offer to one volunteer, waits for the answer, and forgets both. Nothing here is written to a disk, and
 * there is no name for anybody: volunteers are numbers of this run.
 */
import type { Clock, Link, Rng } from "../port.ts";
import { noiseAccept, type NoiseCrypto, type NoiseKey } from "../noise/nk.ts";
import { takeHead } from "../relay/headed-link.ts";
import { decodeFindRequest, encodeFindAnswer, type FindAnswer, FIND_PROLOGUE, type FindRequest } from "./find.ts";
import { encodeHelp, type HelpFrame, HelpReader, MAX_TAB_BODY_BYTES } from "./help-frames.ts";
import { MAX_FIND_BYTES } from "../session/limits.ts";
import type { SnowParty } from "./party.ts";

/** Bounds of a desk. */
export interface HelpDeskBounds {
  /** volunteers at once; 4,096 */
  readonly maxVolunteers: number;
  /** … of one source; 16 */
  readonly maxVolunteersOfSource: number;
  /** offers that wait for their answer; 256 */
  readonly maxWaiting: number;
  /** questions of one source in ten seconds; 6 */
  readonly maxFindsOfSource: number;
  /** … of all; 600 */
  readonly maxFinds: number;
  /** for a volunteer to answer; 7 s */
  readonly answerLimitMs: number;
}

const DEFAULT_BOUNDS: HelpDeskBounds = {
  maxVolunteers: 4_096,
  maxVolunteersOfSource: 16,
  maxWaiting: 256,
  maxFindsOfSource: 6,
  maxFinds: 600,
  answerLimitMs: 7_000,
};
const WINDOW_MS = 10_000;
const STILL_MS = 25_000;
/** A volunteer that left so many offers unanswered is asked no more. */
const MAX_SILENCES = 2;

/** What a desk needs. */
export interface HelpDeskOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly crypto: NoiseCrypto;
  /** what questions are sealed to */
  readonly key: NoiseKey;
  /** the relay list of this station, signed, as it is now, and the keys in it */
  readonly list: () => Promise<{ readonly bytes: Uint8Array; readonly names: (key: Uint8Array) => boolean }>;
  /** `host:port` of the STUN service that volunteers should ask; empty: none */
  readonly stun: () => string;
  readonly bounds?: Partial<HelpDeskBounds>;
  /** told how each question ended; for counting */
  readonly onFind?: (outcome: "found" | "none" | "busy" | "silent" | "version" | "unreadable") => void;
}

interface Tab {
  readonly number: number;
  readonly link: Link;
  room: number;
  silences: number;
  readonly waiting: Map<number, (party: SnowParty | undefined) => void>;
}

/** Takes volunteers and those who ask for one. */
export class HelpDesk implements AsyncDisposable {
  readonly #options: HelpDeskOptions;
  readonly #bounds: HelpDeskBounds;
  readonly #tabs = new Map<number, Tab>();
  readonly #sources = new Map<string, number>();
  readonly #life = new AbortController();
  #lastNumber: number;
  #lastOffer = 0;
  #waiting = 0;
  #finds = new Map<string, number>();
  #findCount = 0;
  #windowAtMs = 0;

  constructor(options: HelpDeskOptions) {
    this.#options = options;
    this.#bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
    // So that numbers of one run mean nobody in the next.
    this.#lastNumber = Math.floor(options.rng.next() * 2 ** 31);
  }

  /** Volunteers that are here. */
  get volunteerCount(): number {
    return this.#tabs.size;
  }

  /** Takes a volunteer's link. Never throws. @param source whose volunteers are counted together */
  accept(link: Link, source = ""): void {
    const ofSource = this.#sources.get(source) ?? 0;
    const isFull = this.#tabs.size >= this.#bounds.maxVolunteers || ofSource >= this.#bounds.maxVolunteersOfSource;
    if (isFull || this.#life.signal.aborted) return link.close();
    this.#lastNumber = (this.#lastNumber + 1) % 2 ** 32;
    const tab: Tab = { number: this.#lastNumber, link, room: 0, silences: 0, waiting: new Map() };
    this.#tabs.set(tab.number, tab);
    this.#sources.set(source, ofSource + 1);
    void link.ended.then(() => this.#left(tab, source));
    const reader = new HelpReader(MAX_TAB_BODY_BYTES);
    link.receive((chunk) => {
      if (!reader.push(chunk, (frame) => this.#take(tab, frame))) link.close();
    });
    void this.#welcome(tab).catch(() => link.close());
  }

  /**
   * Answers a dialer's sealed question.
   *
   * @param message untrusted
   * @param source whose questions are counted together
   * @returns the sealed answer; undefined when the message is no question to this station. Never throws
   */
  async find(message: Uint8Array, source = ""): Promise<Uint8Array | undefined> {
    const isAllowed = this.#mayAsk(source);
    // Whoever floods is not even told so: an answer costs two agreements.
    if (!isAllowed && this.#isFlooding(source)) return undefined;
    const asked = await noiseAccept(this.#options.crypto, this.#options.key, FIND_PROLOGUE, message);
    if (asked === undefined) {
      this.#options.onFind?.("unreadable");
      return undefined;
    }
    const request = decodeFindRequest(asked.payload);
    const said: FindAnswer = request.ok
      ? isAllowed
        ? await this.#choose(request.value)
        : { found: false, why: "busy" }
      : { found: false, why: "version" };
    this.#options.onFind?.(said.found ? "found" : said.why);
    return (await asked.answer(encodeFindAnswer(said))).message;
  }

  /** Answers a question that came in a session: `length u16, message` there, the same back. Never throws. */
  serve(stream: Link, source = ""): void {
    void this.#serve(stream, source).catch(() => stream.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    const links = Array.from(this.#tabs.values(), ({ link }) => link);
    for (const link of links) link.close();
    await Promise.all(links.map(({ ended }) => ended));
  }

  async #serve(stream: Link, source: string): Promise<void> {
    const { head, rest } = takeHead(stream, 2);
    const length = await head;
    const sizeBytes = length === undefined ? 0 : ((length[0] ?? 0) << 8) | (length[1] ?? 0);
    if (sizeBytes === 0 || sizeBytes > MAX_FIND_BYTES) return stream.close();
    const message = await takeHead(rest, sizeBytes).head;
    const answer = message && (await this.find(message, source));
    if (answer !== undefined) {
      stream.send(Uint8Array.of(answer.byteLength >> 8, answer.byteLength & 0xff));
      stream.send(answer);
    }
    return stream.close();
  }

  async #welcome(tab: Tab): Promise<void> {
    const { bytes } = await this.#options.list();
    tab.link.send(encodeHelp({ type: "welcome", list: bytes, stun: this.#options.stun() }));
    for (;;) {
      await this.#options.clock.sleep(STILL_MS, this.#life.signal);
      if (!this.#tabs.has(tab.number)) return;
      tab.link.send(encodeHelp({ type: "still" }));
    }
  }

  #take(tab: Tab, frame: HelpFrame): boolean {
    if (frame.type === "hello") tab.room = frame.room;
    else if (frame.type === "answer") {
      const resolve = tab.waiting.get(frame.number);
      // Too late, or never asked for: one more of the same is a silence, not worth a link.
      if (resolve !== undefined) tab.silences = 0;
      resolve?.(frame.party);
    } else return frame.type === "still";
    return true;
  }

  #left(tab: Tab, source: string): void {
    this.#tabs.delete(tab.number);
    const left = (this.#sources.get(source) ?? 1) - 1;
    if (left > 0) this.#sources.set(source, left);
    else this.#sources.delete(source);
    for (const resolve of tab.waiting.values()) resolve(undefined);
  }

  /** Counts a question, before anything is computed for it. */
  #mayAsk(source: string): boolean {
    const nowMs = this.#options.clock.nowMs();
    if (Math.abs(nowMs - this.#windowAtMs) >= WINDOW_MS) {
      this.#windowAtMs = nowMs;
      this.#finds = new Map();
      this.#findCount = 0;
    }
    const ofSource = this.#finds.get(source) ?? 0;
    this.#finds.set(source, ofSource + 1);
    if (ofSource >= this.#bounds.maxFindsOfSource) return false;
    // One source that floods must not use up what is there for all.
    this.#findCount++;
    return this.#findCount <= this.#bounds.maxFinds && this.#waiting < this.#bounds.maxWaiting;
  }

  #isFlooding(source: string): boolean {
    const ofSource = this.#finds.get(source) ?? 0;
    return this.#findCount > 2 * this.#bounds.maxFinds || ofSource > 2 * this.#bounds.maxFindsOfSource;
  }

  async #choose({ station, offer, avoid, mayRepeat }: FindRequest): Promise<FindAnswer> {
    const { names } = await this.#options.list();
    const able = [...this.#tabs.values()].filter((tab) => tab.room > tab.waiting.size && tab.silences < MAX_SILENCES);
    const others = able.filter(({ number }) => !avoid.includes(number));
    const among = others.length === 0 && mayRepeat ? able : others;
    const tab = names(station) ? among[Math.floor(this.#options.rng.next() * among.length)] : undefined;
    if (tab === undefined) return { found: false, why: "none" };
    const party = await this.#ask(tab, offer);
    if (party !== undefined) return { found: true, volunteer: tab.number, party };
    return { found: false, why: "silent" };
  }

  /** One volunteer, and no second one: an offer holds an address. */
  async #ask(tab: Tab, offer: SnowParty): Promise<SnowParty | undefined> {
    const number = (this.#lastOffer = (this.#lastOffer + 1) % 2 ** 32);
    const { promise, resolve } = Promise.withResolvers<SnowParty | undefined>();
    const bell = new AbortController();
    tab.waiting.set(number, resolve);
    this.#waiting++;
    this.#options.clock.sleep(this.#bounds.answerLimitMs, bell.signal).then(
      () => {
        tab.silences++;
        return resolve(undefined);
      },
      () => undefined,
    );
    tab.link.send(encodeHelp({ type: "offer", number, party: offer }));
    try {
      return await promise;
    } finally {
      bell.abort();
      tab.waiting.delete(number);
      this.#waiting--;
    }
  }
}
