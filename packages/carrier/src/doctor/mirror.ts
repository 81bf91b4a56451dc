/*
 * The mirror (P-126): a station's answer to "what does this network do to traffic that looks like so?". It gives back what is said to
 * it, and keeps for a while how often first words were said and how many came, so that a doctor can learn whether somebody else
 * repeated its words or came to look. It knows no addresses and nobody's name. Sans-I/O; `node/doctor/mirror-server.ts` has sockets.
 *
 * Orders are lines of text, so that no rule takes an order for what it looks for:
 *   MIRROR ABOUT <sha-256 of the first words, hex> <port>   → "SEEN <times> <ms between the first two> <arrivals at the port>"
 *   MIRROR GIVE <after>:<bytes> …                           → so many bytes of text once so many have come in, at most eight steps
 * Everything else comes back as it came. A datagram comes back too, never longer than it was, and never to a low port: two mirrors
 * must not be made to talk to each other.
 */
import { toHex, utf8 } from "@chapar/wire/bytes";
import type { Clock } from "../port.ts";

/** First words that count: a replay repeats them. */
export const FIRST_WORDS_BYTES = 1_024;
/** How long words and arrivals are remembered. */
export const MIRROR_MEMORY_MS = 120_000;
const MAX_REMEMBERED = 4_096;
const MAX_ORDER_BYTES = 256;
const MAX_STEPS = 8;
const MAX_GIVE_BYTES: number = 64 * 1024;
/** A connection is given back so much and no more. */
export const MAX_MIRRORED_BYTES: number = 256 * 1024;
/** Ports of mirrors are below, ports of those who ask are above (RFC 6335: dynamic from 49152, Linux from 32768). */
const FIRST_CLIENT_PORT = 16_384;
/** OpenVPN's opcodes in the upper five bits: a client's reset is answered by a server's. */
const OPENVPN_CLIENT_RESET = 7 << 3;
const OPENVPN_SERVER_RESET = 8 << 3;

const ORDER = /^MIRROR (ABOUT|GIVE) ([\x20-\x7e]{1,200})\n/;
const ABOUT = /^([0-9a-f]{64}) (\d{1,5})$/;
const FILLER = "a mirror shows what is shown to it. ";

interface Words {
  times: number;
  readonly firstAtMs: number;
  gapMs: number;
}

/** What a mirror remembers of all its ports. Memory is bounded; the oldest is forgotten first. */
export class MirrorBook {
  readonly #clock: Clock;
  readonly #sha256: (bytes: Uint8Array) => Uint8Array;
  readonly #words = new Map<string, Words>();
  #arrivals: { readonly port: number; readonly atMs: number }[] = [];

  constructor(clock: Clock, sha256: (bytes: Uint8Array) => Uint8Array) {
    this.#clock = clock;
    this.#sha256 = sha256;
  }

  /** Somebody said first words at a port, or ended without any. */
  arrived(port: number, first: Uint8Array): void {
    const nowMs = this.#clock.nowMs();
    this.#forget(nowMs);
    this.#arrivals.push({ port, atMs: nowMs });
    if (first.byteLength === 0) return;
    const name = toHex(this.#sha256(first.subarray(0, FIRST_WORDS_BYTES)));
    const known = this.#words.get(name);
    if (known === undefined) this.#words.set(name, { times: 1, firstAtMs: nowMs, gapMs: 0 });
    else {
      if (known.times === 1) known.gapMs = Math.max(0, Math.round(nowMs - known.firstAtMs));
      known.times = Math.min(9_999, known.times + 1);
    }
  }

  /** The answer to ABOUT. */
  about(name: string, port: number): string {
    this.#forget(this.#clock.nowMs());
    const { times, gapMs } = this.#words.get(name) ?? { times: 0, gapMs: 0 };
    return `SEEN ${times} ${gapMs} ${this.#arrivals.filter((one) => one.port === port).length}\n`;
  }

  #forget(nowMs: number): void {
    for (const [name, { firstAtMs }] of this.#words) {
      if (this.#words.size <= MAX_REMEMBERED && nowMs - firstAtMs < MIRROR_MEMORY_MS) break;
      this.#words.delete(name);
    }
    this.#arrivals = this.#arrivals.filter(({ atMs }) => nowMs - atMs < MIRROR_MEMORY_MS).slice(-MAX_REMEMBERED);
  }
}

interface Step {
  readonly afterBytes: number;
  readonly giveBytes: number;
}

function stepsOf(text: string): readonly Step[] {
  const steps = text
    .split(" ")
    .slice(0, MAX_STEPS)
    .map((step) => /^(\d{1,6}):(\d{1,6})$/.exec(step));
  return steps.flatMap((match) =>
    match === null ? [] : [{ afterBytes: Number(match[1]), giveBytes: Math.min(MAX_GIVE_BYTES, Number(match[2])) }],
  );
}

const filler = (sizeBytes: number): Uint8Array =>
  utf8(FILLER.repeat(Math.ceil(sizeBytes / FILLER.length)).slice(0, sizeBytes));

/** One connection to a mirror. */
export class MirrorTalk {
  readonly #book: MirrorBook;
  readonly #port: number;
  #first: Uint8Array | undefined;
  #steps: Step[] | undefined;
  #takenBytes = 0;
  #givenBytes = 0;
  #isCounted = false;

  constructor(book: MirrorBook, port: number) {
    this.#book = book;
    this.#port = port;
  }

  /** Takes what came. @returns what goes back; undefined when the connection has had its share and ends */
  take(chunk: Uint8Array): Uint8Array | undefined {
    this.#takenBytes += chunk.byteLength;
    const answer = this.#first === undefined ? this.#begin(chunk) : this.#go(chunk);
    this.#givenBytes += answer.byteLength;
    return this.#givenBytes > MAX_MIRRORED_BYTES ? undefined : answer;
  }

  /** The connection is over. */
  end(): void {
    if (this.#isCounted || this.#first !== undefined) return;
    this.#isCounted = true;
    this.#book.arrived(this.#port, new Uint8Array(0));
  }

  #begin(chunk: Uint8Array): Uint8Array {
    this.#first = chunk;
    this.#isCounted = true;
    const order = ORDER.exec(String.fromCharCode(...chunk.subarray(0, MAX_ORDER_BYTES)));
    // Who gives an order is no visitor: it says nothing of the network.
    if (order === null) {
      this.#book.arrived(this.#port, chunk);
      return chunk;
    }
    const [, what, rest = ""] = order;
    if (what === "ABOUT") {
      const [, name = "", port = ""] = ABOUT.exec(rest) ?? [];
      return utf8(this.#book.about(name, Number(port)));
    }
    this.#steps = [...stepsOf(rest)];
    return this.#go(new Uint8Array(0));
  }

  #go(chunk: Uint8Array): Uint8Array {
    const steps = this.#steps;
    if (steps === undefined) return chunk;
    let giveBytes = 0;
    while (steps[0] !== undefined && steps[0].afterBytes <= this.#takenBytes)
      giveBytes += steps.shift()?.giveBytes ?? 0;
    return filler(Math.min(giveBytes, MAX_MIRRORED_BYTES));
  }
}

/** The answer to a datagram; undefined when there is none. */
export function mirrorDatagram(datagram: Uint8Array, sourcePort: number): Uint8Array | undefined {
  if (sourcePort < FIRST_CLIENT_PORT || datagram.byteLength === 0) return undefined;
  const [first = 0] = datagram;
  if ((first & 0xf8) !== OPENVPN_CLIENT_RESET) return datagram;
  const answer = datagram.slice();
  answer[0] = OPENVPN_SERVER_RESET | (first & 7);
  return answer;
}

/** Where a station's mirror is: `mirror://host:port/?ports=n`. */
export interface MirrorRoute {
  readonly host: string;
  readonly port: number;
  readonly ports: number;
}

/** Ports that a look needs: one for each form, and one for plain text and orders. */
export const MIRROR_PORTS = 8;
const MIRROR = /^mirror:\/\/(\[[0-9a-f:]{2,45}\]|[a-z0-9.-]{1,200}):(\d{1,5})\/\?ports=(\d{1,2})$/;

/** Reads a mirror's URI; undefined when it is none, or has too few ports, or ports that mirrors do not have. */
export function mirrorRoute(text: string): MirrorRoute | undefined {
  const match = MIRROR.exec(text);
  if (match === null) return undefined;
  const [, host = "", port = "", ports = ""] = match;
  const first = Number(port);
  const count = Number(ports);
  if (first < 1 || count < MIRROR_PORTS || first + count > FIRST_CLIENT_PORT) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: first, ports: count };
}

/** The URI of a mirror. */
export const formatMirrorRoute = ({ host, port, ports }: MirrorRoute): string =>
  `mirror://${host.includes(":") ? `[${host}]` : host}:${port}/?ports=${ports}`;
