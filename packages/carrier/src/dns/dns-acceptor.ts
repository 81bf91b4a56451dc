/*
 * The station's end of the dns route: a pure handler from a message to its answer, to be fed by whatever socket. Queries of links are
 * answered by the link; everything else gets what an ordinary zone says (dns-zone.ts).
 */
import { equalBytes, toHex, type Sha256 } from "@chapar/wire/bytes";
import type { Clock, Link } from "../port.ts";
import { AcceptedDns } from "./dns-accepted.ts";
import { decodeQueryFrame, openingData, type DnsQueryFrame } from "./dns-frames.ts";
import {
  decodeDnsMessage,
  DNS_CODE,
  encodeDnsAnswer,
  MAX_UDP_BYTES,
  type DnsAnswer,
  type DnsMessage,
  type DnsName,
} from "./dns-message.ts";
import { bytesOfName, carryingRecords, isCarrying } from "./dns-names.ts";
import { DnsZone } from "./dns-zone.ts";

/** What an acceptor of links over DNS needs. */
export interface DnsAcceptorOptions {
  readonly domain: DnsName;
  /** the station's own key: who opens a link has to know it */
  readonly station: Uint8Array;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly accept: (link: Link, source: string) => void;
  /** IPv4 address that the zone names for its server, four bytes */
  readonly address?: Uint8Array | undefined;
  /** links at once; 4,096 */
  readonly maxLinks?: number;
  /** links that come through one resolver; 1,024: many people share one */
  readonly maxLinksOfSource?: number;
  /** without any query, until a link is lost; 60 s */
  readonly idleMs?: number;
  /** until the dialer has answered a close; 12 s: it asks seldom while nothing happens */
  readonly closeLimitMs?: number;
  /** told when a link was not opened because there are too many (P-96); for counting */
  readonly onBound?: () => void;
}

/** Between two looks for links that fell silent. */
const LOOK_EVERY_MS = 5_000;
/** A link that is over says so for as long to whoever still asks. */
const REMEMBER_MS = 30_000;

/** Takes queries and gives out links. */
export class DnsAcceptor {
  readonly #options: DnsAcceptorOptions;
  readonly #zone: DnsZone;
  readonly #links = new Map<string, AcceptedDns>();
  readonly #counts = new Map<string, number>();
  #looking: AbortController | undefined;

  constructor(options: DnsAcceptorOptions) {
    this.#options = options;
    this.#zone = new DnsZone(options);
  }

  /** Links that are open, or ended a moment ago. */
  get size(): number {
    return this.#links.size;
  }

  /**
   * Takes one message; untrusted. Never throws.
   *
   * @param source whose links are counted together: the resolver's address, or its network
   * @param reply called at most once, now or while the query may wait; never for what is no query
   * @param maxBytes of an answer; 512, more over TCP
   * Cost: O(message)
   */
  handle(
    bytes: Uint8Array,
    source: string,
    reply: (bytes: Uint8Array) => void,
    maxBytes: number = MAX_UDP_BYTES,
  ): void {
    const read = decodeDnsMessage(bytes);
    if (!read.ok) return this.#malformed(bytes, reply);
    const message = read.value;
    // An answer that is answered could go back and forth for ever.
    if (message.isAnswer) return;
    const say = (answer: DnsAnswer): void => reply(encodeDnsAnswer(message, answer, maxBytes));
    const refusal = this.#zone.refusal(message);
    const { question } = message;
    if (refusal !== undefined || question === undefined) return say(refusal ?? refused(DNS_CODE.formError));
    const name = bytesOfName(question.name, this.#zone.domain);
    const frame = name === undefined ? undefined : decodeQueryFrame(name);
    const link = frame?.ok === true ? this.#linkOf(frame.value, source) : undefined;
    if (frame?.ok !== true || link === undefined) return say(this.#zone.answer(question.name, question.type));
    const { type } = question;
    // A resolver that looks its way down by other types (RFC 9156) finds the name, and nothing there.
    if (!isCarrying(type)) return say({ ...this.#zone.answer(this.#zone.domain, 0), code: DNS_CODE.ok });
    return link.take(frame.value, type, (answer) =>
      say({ code: DNS_CODE.ok, isAuthoritative: true, answers: carryingRecords(answer, type, question.name) }),
    );
  }

  /** Breaks every link. */
  drop(): void {
    for (const link of this.#links.values()) link.end("lost");
    this.#looking?.abort();
  }

  /** RFC 1035 §4.1.1: what has at least an id is told that it cannot be read. */
  #malformed(bytes: Uint8Array, reply: (bytes: Uint8Array) => void): void {
    const [high = 0, low = 0, flags = 0x80] = bytes;
    if (bytes.byteLength < 12 || (flags & 0x80) !== 0) return;
    const message: DnsMessage = {
      id: (high << 8) | low,
      isAnswer: false,
      isTruncated: false,
      opcode: (flags >> 3) & 0xf,
      recursionDesired: (flags & 1) !== 0,
      code: 0,
      question: undefined,
      answers: [],
      ednsVersion: undefined,
    };
    reply(encodeDnsAnswer(message, refused(DNS_CODE.formError), MAX_UDP_BYTES));
  }

  #linkOf(frame: DnsQueryFrame, source: string): AcceptedDns | undefined {
    const id = toHex(frame.link);
    return this.#links.get(id) ?? this.#open(id, frame, source);
  }

  #open(id: string, { link: name, chunk }: DnsQueryFrame, source: string): AcceptedDns | undefined {
    const { clock, accept, station, sha256, maxLinks = 4_096, maxLinksOfSource = 1_024 } = this.#options;
    if (chunk?.seq !== 0 || !equalBytes(chunk.data, openingData(sha256, station, name))) return undefined;
    const count = this.#counts.get(source) ?? 0;
    if (this.#links.size >= maxLinks || count >= maxLinksOfSource) {
      this.#options.onBound?.();
      return undefined;
    }
    const opened = new AcceptedDns(clock, source, this.#options.closeLimitMs ?? 12_000);
    this.#links.set(id, opened);
    this.#counts.set(source, count + 1);
    void this.#forget(id, opened);
    this.#look();
    accept(opened, source);
    return opened;
  }

  async #forget(id: string, link: AcceptedDns): Promise<void> {
    await link.ended;
    await this.#options.clock.sleep(REMEMBER_MS, new AbortController().signal);
    this.#links.delete(id);
    const count = (this.#counts.get(link.source) ?? 1) - 1;
    if (count > 0) this.#counts.set(link.source, count);
    else this.#counts.delete(link.source);
  }

  /** Ends links that nobody has asked about for too long, while there are any. */
  #look(): void {
    if (this.#looking !== undefined) return;
    const looking = new AbortController();
    this.#looking = looking;
    const { clock, idleMs = 60_000 } = this.#options;
    const look = (): void => {
      this.#looking = undefined;
      const nowMs = clock.nowMs();
      for (const link of this.#links.values()) if (nowMs - link.heardAtMs >= idleMs) link.end("lost");
      if (this.#links.size > 0) this.#look();
    };
    clock.sleep(LOOK_EVERY_MS, looking.signal).then(look, () => undefined);
  }
}

const refused = (code: number): DnsAnswer => ({ code, isAuthoritative: false });
