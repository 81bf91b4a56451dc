/*
 * The door that a pluggable transport's server knocks at (ext-orport-spec): both sides prove that they know a cookie, then the
 * server says from where a connection came, and passes it on. This is the door's side, over bytes.
 *
 * `1, 0` → `1, nonce[32]` → `hash[32], nonce[32]` → `hash[32]` → `1`, then commands `u16, length u16, body`
 */
import { ByteWriter, concatBytes, equalBytes, utf8 } from "@chapar/wire/bytes";
import { parseAuthority } from "../tunnel/target.ts";

const SAFE_COOKIE = 1;
const NONCE_BYTES = 32;
const HASH_BYTES = 32;
const COMMAND = { done: 0x0000, address: 0x0001, transport: 0x0002, okay: 0x1000 } as const;
/** An address or a name; longer is neither. */
const MAX_BODY_BYTES = 256;
const MAX_COMMANDS = 16;
/** What the cookie's file begins with, so that nobody is made to give away another. */
const COOKIE_HEADER = "! Extended ORPort Auth Cookie !\n";

/** A cookie as its file holds it. */
export function cookieFileOf(cookie: Uint8Array): Uint8Array {
  return concatBytes(utf8(COOKIE_HEADER), cookie);
}

/** What a door knows. */
export interface ExtOrPorts {
  /** 32 bytes that the transport's server was shown in a file */
  readonly cookie: Uint8Array;
  /** 32 random bytes of this connection */
  readonly nonce: Uint8Array;
  /** HMAC-SHA-256 */
  readonly hmac: (key: Uint8Array, bytes: Uint8Array) => Uint8Array;
}

/** What comes of more bytes. */
export type ExtOrStep =
  | { readonly type: "more"; readonly send?: Uint8Array }
  /** `address` is where the connection came from, when that was said */
  | {
      readonly type: "open";
      readonly send: Uint8Array;
      readonly address: string | undefined;
      readonly rest: Uint8Array;
    }
  | { readonly type: "refused" };

/** One connection's handshake. */
export class ExtOrHandshake {
  /** what the door says first */
  readonly opening: Uint8Array = Uint8Array.of(SAFE_COOKIE, 0);
  readonly #ports: ExtOrPorts;
  #held: Uint8Array = new Uint8Array(0);
  #stage: "kind" | "nonce" | "proof" | "commands" = "kind";
  #expected: Uint8Array = new Uint8Array(0);
  #address: string | undefined;
  #commands = 0;

  constructor(ports: ExtOrPorts) {
    this.#ports = ports;
  }

  /** Takes bytes; holds at most a step of the handshake. After anything but `more` it is over. */
  push(bytes: Uint8Array): ExtOrStep {
    this.#held = concatBytes(this.#held, bytes);
    const sent: Uint8Array[] = [];
    for (;;) {
      const step = this.#step();
      if (step === undefined)
        return sent.length === 0 ? { type: "more" } : { type: "more", send: concatBytes(...sent) };
      if (step.type === "more") {
        if (step.send !== undefined) sent.push(step.send);
      } else return step.type === "open" ? { ...step, send: concatBytes(...sent, step.send) } : step;
    }
  }

  /** @returns undefined while what is next is not whole */
  #step(): ExtOrStep | undefined {
    if (this.#stage === "commands") return this.#command();
    const wanted = { kind: 1, nonce: NONCE_BYTES, proof: HASH_BYTES }[this.#stage];
    if (this.#held.byteLength < wanted) return undefined;
    const part = this.#take(wanted);
    if (this.#stage === "kind") {
      this.#stage = "nonce";
      return part[0] === SAFE_COOKIE ? { type: "more" } : { type: "refused" };
    }
    if (this.#stage === "nonce") return this.#prove(part);
    this.#stage = "commands";
    // Both hashes were made with a key that the other side cannot have chosen: equal bytes say all, early ones nothing.
    return equalBytes(part, this.#expected) ? { type: "more", send: Uint8Array.of(1) } : { type: "refused" };
  }

  #prove(theirs: Uint8Array): ExtOrStep {
    const { cookie, nonce, hmac } = this.#ports;
    const hash = (direction: string): Uint8Array =>
      hmac(cookie, concatBytes(utf8(`ExtORPort authentication ${direction} hash`), theirs, nonce));
    this.#expected = hash("client-to-server");
    this.#stage = "proof";
    return { type: "more", send: concatBytes(hash("server-to-client"), nonce) };
  }

  #command(): ExtOrStep | undefined {
    if (this.#held.byteLength < 4) return undefined;
    const [high = 0, low = 0, long = 0, short = 0] = this.#held;
    const sizeBytes = (long << 8) | short;
    if (sizeBytes > MAX_BODY_BYTES || ++this.#commands > MAX_COMMANDS * 2) return { type: "refused" };
    if (this.#held.byteLength < 4 + sizeBytes) return undefined;
    const body = this.#take(4 + sizeBytes).subarray(4);
    const command = (high << 8) | low;
    if (command === COMMAND.address) this.#address = parseAuthority(new TextDecoder().decode(body))?.host;
    if (command !== COMMAND.done) return { type: "more" };
    const okay = new ByteWriter(4).u16(COMMAND.okay).u16(0).take();
    return { type: "open", send: okay, address: this.#address, rest: this.#held };
  }

  #take(sizeBytes: number): Uint8Array {
    const part = this.#held.slice(0, sizeBytes);
    this.#held = this.#held.slice(sizeBytes);
    return part;
  }
}
