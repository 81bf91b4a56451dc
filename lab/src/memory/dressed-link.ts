/*
 * A link over a TCP connection in memory, dressed as the web route looks from outside: a TLS 1.3 handshake with a name, the
 * request that opens a WebSocket and its answer, then records. The dress has the sizes and borders of the real thing and none
 * of its cryptography: rules of the lab look at nothing else.
 */
import type { Link, LinkEnd } from "@chapar/carrier";
import { joined } from "../parsers/cursor.ts";
import { RecordType } from "../parsers/tls-records.ts";
import { type HelloOptions, helloRecord, tlsRecord } from "./hello.ts";
import type { TcpEnd, TcpSide } from "./tcp.ts";

const MAX_RECORD_BYTES = 16_384;
/** AEAD tag and inner type of TLS 1.3 (RFC 8446 §5.2). */
const SEAL_BYTES = 17;
/** nginx of Debian 12 (OpenSSL 3.0) with the lab's chain, as recorded in the namespaces. */
const SERVER_HELLO_BYTES = 122;
const SERVER_FLIGHT_BYTES = 27 + 4243 + 281 + 69;
const FINISHED_BYTES = 69;
const TICKET_BYTES = 282;
/** What `ws` sends to open, and what comes back (both recorded, seal included). */
const UPGRADE_BYTES = 178;
const UPGRADE_ANSWER_BYTES = 205;

const sealed = (clear: Uint8Array): Uint8Array =>
  tlsRecord(RecordType.applicationData, joined(clear, new Uint8Array(SEAL_BYTES)));
const filler = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).fill(0x5a);
const CHANGE_CIPHER_SPEC = tlsRecord(RecordType.changeCipherSpec, Uint8Array.of(1));

/** Reads whole records out of a stream. */
class RecordSplitter {
  #held: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): { type: number; body: Uint8Array }[] {
    this.#held = joined(this.#held, bytes);
    const records: { type: number; body: Uint8Array }[] = [];
    for (;;) {
      const sizeBytes = ((this.#held[3] ?? 0) << 8) | (this.#held[4] ?? 0);
      if (this.#held.byteLength < 5 || this.#held.byteLength < 5 + sizeBytes) return records;
      records.push({ type: this.#held[0] ?? 0, body: this.#held.slice(5, 5 + sizeBytes) });
      this.#held = this.#held.subarray(5 + sizeBytes);
    }
  }
}

const LINK_ENDS: Readonly<Record<TcpEnd, LinkEnd>> = { closed: "closed", reset: "lost", "timed-out": "lost" };

class DressedLink implements Link {
  readonly ended: Promise<LinkEnd>;
  readonly #side: TcpSide;
  #receiver: ((chunk: Uint8Array) => void) | undefined;
  #waiting: Uint8Array[] = [];
  #isPaused = false;

  constructor(side: TcpSide) {
    this.#side = side;
    this.ended = side.ended.then((end) => LINK_ENDS[end]);
  }

  get unsentBytes(): number {
    return this.#side.unsentBytes;
  }

  send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; at += MAX_RECORD_BYTES)
      this.#side.send(sealed(bytes.subarray(at, at + MAX_RECORD_BYTES)));
  }

  receive(receiver: (chunk: Uint8Array) => void): void {
    this.#receiver = receiver;
    this.#flush();
  }

  arrived(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#flush();
  }

  #flush(): void {
    while (!this.#isPaused && this.#receiver !== undefined) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) return;
      this.#receiver(chunk);
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#flush();
  }

  /** The in-memory window is small and steady: below a mark means acknowledged, asked once per acknowledgement. */
  async drained(belowBytes: number): Promise<void> {
    if (this.unsentBytes < belowBytes) return;
    await Promise.race([this.#side.ended, this.#side.below(belowBytes)]);
  }

  close(): void {
    this.#side.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
  }
}

/** The client's end: says hello, finishes, asks for the WebSocket. Resolves to a link once that is answered, or to the end. */
export function dressDialer(side: TcpSide, hello: HelloOptions): Promise<Link | TcpEnd> {
  const link = new DressedLink(side);
  const records = new RecordSplitter();
  return new Promise((resolve) => {
    let flightBytes = 0;
    let phase: "handshake" | "upgrade" | "open" = "handshake";
    side.received = (bytes) => {
      for (const { type, body } of records.push(bytes)) {
        if (type !== RecordType.applicationData) continue;
        if (phase === "handshake") {
          flightBytes += body.byteLength;
          if (flightBytes < SERVER_FLIGHT_BYTES) continue;
          phase = "upgrade";
          side.send(
            joined(
              CHANGE_CIPHER_SPEC,
              sealed(filler(FINISHED_BYTES - SEAL_BYTES)),
              sealed(filler(UPGRADE_BYTES - SEAL_BYTES)),
            ),
          );
        } else if (phase === "upgrade") {
          // Session tickets come first; the answer to the request is the shorter one.
          if (body.byteLength !== UPGRADE_ANSWER_BYTES) continue;
          phase = "open";
          resolve(link);
        } else link.arrived(body.subarray(0, body.byteLength - SEAL_BYTES));
      }
    };
    void side.ended.then(resolve);
    side.send(helloRecord(hello));
  });
}

/** The server's end: answers as a web server with a station behind it. */
export function dressAcceptor(side: TcpSide, accept: (link: Link) => void): void {
  const link = new DressedLink(side);
  const records = new RecordSplitter();
  let phase: "hello" | "finished" | "upgrade" | "open" = "hello";
  side.received = (bytes) => {
    for (const { type, body } of records.push(bytes)) {
      if (phase === "hello") {
        phase = "finished";
        const flight = sealed(filler(SERVER_FLIGHT_BYTES - SEAL_BYTES));
        side.send(joined(tlsRecord(RecordType.handshake, filler(SERVER_HELLO_BYTES)), CHANGE_CIPHER_SPEC, flight));
      } else if (type !== RecordType.applicationData) continue;
      else if (phase === "finished") {
        phase = "upgrade";
        side.send(joined(sealed(filler(TICKET_BYTES - SEAL_BYTES)), sealed(filler(TICKET_BYTES - SEAL_BYTES))));
      } else if (phase === "upgrade") {
        phase = "open";
        side.send(sealed(filler(UPGRADE_ANSWER_BYTES - SEAL_BYTES)));
        accept(link);
      } else link.arrived(body.subarray(0, body.byteLength - SEAL_BYTES));
    }
  };
}
