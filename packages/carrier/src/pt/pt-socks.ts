/*
 * SOCKS5 as pluggable transports speak it (pt-spec §3.5): the arguments of a connection travel as user name and password
 * (RFC 1929), split after 255 bytes; a password that nothing is left for is one NUL. Both sides as state machines over bytes.
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { readSocksAddress, socksReply, type SocksReply } from "../tunnel/socks.ts";
import { tunnelTarget, type TunnelTarget } from "../tunnel/target.ts";
import { formatPtArgs, MAX_PT_ARGS_BYTES, parsePtArgs, type PtArgs } from "./pt-args.ts";

const VERSION = 5;
const AUTHENTICATION = { none: 0, password: 2, unacceptable: 0xff } as const;
const PASSWORD_VERSION = 1;
const CONNECT = 1;
const NAME_PART_BYTES = 255;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/** The request for a target, with the address as SOCKS5 writes it; IPv6 as text, which programs take as a host too. */
function requestFor({ host, port }: TunnelTarget): Uint8Array {
  const name = utf8(host);
  const address = IPV4.test(host)
    ? Uint8Array.of(1, ...host.split(".").map(Number))
    : concatBytes(Uint8Array.of(3, name.byteLength), name);
  return concatBytes(Uint8Array.of(VERSION, CONNECT, 0), address, Uint8Array.of(port >> 8, port & 0xff));
}

function passwordFor(args: PtArgs): Uint8Array | undefined {
  const text = utf8(formatPtArgs(args, ";"));
  if (text.byteLength > MAX_PT_ARGS_BYTES) return undefined;
  const name = text.subarray(0, NAME_PART_BYTES);
  const rest = text.byteLength > NAME_PART_BYTES ? text.subarray(NAME_PART_BYTES) : new Uint8Array(1);
  return concatBytes(Uint8Array.of(PASSWORD_VERSION, name.byteLength), name, Uint8Array.of(rest.byteLength), rest);
}

/** What comes of a program's answers. */
export type PtSocksStep =
  | { readonly type: "more"; readonly send?: Uint8Array }
  | { readonly type: "open"; readonly rest: Uint8Array }
  /** `reply` is the program's, when it gave one */
  | { readonly type: "refused"; readonly reply?: number };

/** The asking side. */
export class PtSocksClient {
  readonly #target: TunnelTarget;
  readonly #password: Uint8Array | undefined;
  #stage: "greeting" | "password" | "request" = "greeting";
  #held: Uint8Array = new Uint8Array(0);

  /** What is sent first; undefined when the arguments are longer than SOCKS5 can carry. */
  readonly greeting: Uint8Array | undefined;

  constructor(target: TunnelTarget, args: PtArgs) {
    this.#target = target;
    this.#password = args.length === 0 ? undefined : passwordFor(args);
    const isCarried = args.length === 0 || this.#password !== undefined;
    const method = args.length === 0 ? AUTHENTICATION.none : AUTHENTICATION.password;
    this.greeting = isCarried ? Uint8Array.of(VERSION, 1, method) : undefined;
  }

  /** Takes what the program answered; holds at most an answer. */
  push(bytes: Uint8Array): PtSocksStep {
    this.#held = concatBytes(this.#held, bytes);
    if (this.#stage === "request") return this.#answer();
    const [version, code] = this.#held;
    if (version === undefined || code === undefined) return { type: "more" };
    // An answer to what was not asked yet is none.
    if (this.#held.byteLength > 2) return { type: "refused" };
    this.#held = new Uint8Array(0);
    if (this.#stage === "password") {
      if (version !== PASSWORD_VERSION || code !== 0) return { type: "refused" };
      return this.#ask();
    }
    const wanted = this.#password === undefined ? AUTHENTICATION.none : AUTHENTICATION.password;
    if (version !== VERSION || code !== wanted) return { type: "refused" };
    if (this.#password === undefined) return this.#ask();
    this.#stage = "password";
    return { type: "more", send: this.#password };
  }

  #ask(): PtSocksStep {
    this.#stage = "request";
    return { type: "more", send: requestFor(this.#target) };
  }

  #answer(): PtSocksStep {
    const [version, reply, reserved] = this.#held;
    if ((version ?? VERSION) !== VERSION || (reserved ?? 0) !== 0) return { type: "refused" };
    // A refusal may come without the address that ought to follow.
    if (reply !== undefined && reply !== 0) return { type: "refused", reply };
    const address = readSocksAddress(this.#held, 3);
    if (address === undefined) return { type: "refused" };
    if (address === "more") return { type: "more" };
    return { type: "open", rest: this.#held.slice(3 + address.sizeBytes) };
  }
}

/** What comes of a client's bytes. `reply` is to be sent wherever it is there. */
export type PtAskedStep =
  | { readonly type: "more"; readonly reply?: Uint8Array }
  | {
      readonly type: "connect";
      readonly target: TunnelTarget;
      readonly args: PtArgs;
      readonly rest: Uint8Array;
      readonly reply?: Uint8Array;
    }
  | { readonly type: "refused"; readonly reply?: Uint8Array };

/** The answering side: of a transport of ours that somebody else's program uses. */
export class PtSocksServer {
  #stage: "greeting" | "password" | "request" = "greeting";
  #held: Uint8Array = new Uint8Array(0);
  #args: PtArgs = [];

  /** Takes a client's bytes; holds at most one of its messages. */
  push(bytes: Uint8Array): PtAskedStep {
    this.#held = concatBytes(this.#held, bytes);
    const replies: Uint8Array[] = [];
    for (;;) {
      const step = this.#step();
      if (step.reply !== undefined) replies.push(step.reply);
      if (step.type === "more" && step.reply !== undefined) continue;
      return replies.length === 0 ? step : { ...step, reply: concatBytes(...replies) };
    }
  }

  #step(): PtAskedStep {
    if (this.#stage === "greeting") return this.#greeting();
    return this.#stage === "password" ? this.#password() : this.#request();
  }

  #take(sizeBytes: number): void {
    this.#held = this.#held.slice(sizeBytes);
  }

  #greeting(): PtAskedStep {
    const [version, count] = this.#held;
    if ((version ?? VERSION) !== VERSION || count === 0) return { type: "refused" };
    if (count === undefined || this.#held.byteLength < 2 + count) return { type: "more" };
    const methods = this.#held.subarray(2, 2 + count);
    const wantsPassword = methods.includes(AUTHENTICATION.password);
    if (!wantsPassword && !methods.includes(AUTHENTICATION.none))
      return { type: "refused", reply: Uint8Array.of(VERSION, AUTHENTICATION.unacceptable) };
    this.#take(2 + count);
    this.#stage = wantsPassword ? "password" : "request";
    return {
      type: "more",
      reply: Uint8Array.of(VERSION, wantsPassword ? AUTHENTICATION.password : AUTHENTICATION.none),
    };
  }

  #password(): PtAskedStep {
    const [version, nameBytes] = this.#held;
    if ((version ?? PASSWORD_VERSION) !== PASSWORD_VERSION) return { type: "refused" };
    const restBytes = nameBytes === undefined ? undefined : this.#held[2 + nameBytes];
    if (nameBytes === undefined || restBytes === undefined) return { type: "more" };
    if (this.#held.byteLength < 3 + nameBytes + restBytes) return { type: "more" };
    const name = this.#held.subarray(2, 2 + nameBytes);
    const rest = this.#held.subarray(3 + nameBytes, 3 + nameBytes + restBytes);
    const isEmpty = rest.byteLength === 1 && rest[0] === 0;
    const text = new TextDecoder().decode(isEmpty ? name : concatBytes(name, rest));
    const args = parsePtArgs(text, ";");
    this.#take(3 + nameBytes + restBytes);
    if (args === undefined) return { type: "refused", reply: Uint8Array.of(PASSWORD_VERSION, 1) };
    this.#args = args;
    this.#stage = "request";
    return { type: "more", reply: Uint8Array.of(PASSWORD_VERSION, 0) };
  }

  #request(): PtAskedStep {
    const [version, command, reserved] = this.#held;
    if ((version ?? VERSION) !== VERSION || (reserved ?? 0) !== 0) return { type: "refused" };
    if (command !== undefined && command !== CONNECT) return this.#refuse("no such command");
    const address = command === undefined ? "more" : readSocksAddress(this.#held, 3);
    if (address === "more") return { type: "more" };
    const target = address && tunnelTarget(address.host, address.port);
    if (address === undefined || target === undefined) return this.#refuse("no such address");
    return { type: "connect", target, args: this.#args, rest: this.#held.slice(3 + address.sizeBytes) };
  }

  #refuse(reply: SocksReply): PtAskedStep {
    return { type: "refused", reply: socksReply(reply) };
  }
}
