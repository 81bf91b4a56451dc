/*
 * What a pluggable transport says on its standard output (pt-spec §3.3), read by its parent: lines that end in LF, a keyword
 * first. Keywords that are not known are passed over, as it says; what is known and malformed ends the reading.
 */
import { parseAuthority, type TunnelTarget } from "../tunnel/target.ts";
import { parsePtArgs, type PtArgs } from "./pt-args.ts";

const MAX_LINE_BYTES = 4_096;
/** Before everything is said; a program that talks on and says nothing is none. */
const MAX_LINES = 256;
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/;

/** Why a program is given up. */
export const PT_FAULTS = [
  "line too long",
  "too many lines",
  "no common version",
  "environment refused",
  "proxy refused",
  "malformed line",
  "out of order",
  "not on this machine",
  "no such transport",
  "ended",
  "silent",
] as const;
/** Why a program is given up, by name. */
export type PtFault = (typeof PT_FAULTS)[number];

/** A transport that listens. */
export interface PtMethod {
  readonly transport: string;
  readonly address: TunnelTarget;
  /** of servers: what clients have to be told */
  readonly args: PtArgs;
}

/** What has come of the lines so far. */
export type PtStep =
  | { readonly type: "more" }
  | { readonly type: "ready"; readonly methods: readonly PtMethod[] }
  | { readonly type: "refused"; readonly fault: PtFault };

/** Reads one program's lines until it has said all. */
export class PtLines {
  readonly #side: "CMETHOD" | "SMETHOD";
  readonly #methods: PtMethod[] = [];
  #held = "";
  #lines = 0;
  #hasVersion = false;
  #over: PtStep | undefined;

  /** @param side which end the program was started as */
  constructor(side: "client" | "server") {
    this.#side = side === "client" ? "CMETHOD" : "SMETHOD";
  }

  /** Takes what was written. After anything but `more` it is over, and says the same again. */
  push(text: string): PtStep {
    this.#held += text;
    while (this.#over === undefined) {
      const end = this.#held.indexOf("\n");
      if ((end < 0 ? this.#held.length : end) > MAX_LINE_BYTES) this.#over = refused("line too long");
      if (end < 0 || this.#over !== undefined) break;
      const line = this.#held.slice(0, end);
      this.#held = this.#held.slice(end + 1);
      if (++this.#lines > MAX_LINES) this.#over = refused("too many lines");
      else this.#take(line.split(" "));
    }
    if (this.#over !== undefined) this.#held = "";
    return this.#over ?? { type: "more" };
  }

  #take([keyword = "", ...words]: readonly string[]): void {
    switch (keyword) {
      case "VERSION-ERROR":
        this.#over = refused("no common version");
        break;
      case "ENV-ERROR":
        this.#over = refused("environment refused");
        break;
      case "PROXY-ERROR":
        this.#over = refused("proxy refused");
        break;
      case "VERSION":
        if (words[0] === "1") this.#hasVersion = true;
        else this.#over = refused("no common version");
        break;
      case this.#side:
      case `${this.#side}S`:
      case `${this.#side}-ERROR`:
        this.#over = this.#hasVersion ? this.#method(keyword, words) : refused("out of order");
        break;
      default:
        break;
    }
  }

  #method(keyword: string, words: readonly string[]): PtStep | undefined {
    if (keyword === `${this.#side}S`)
      return words[0] === "DONE" ? { type: "ready", methods: this.#methods } : refused("malformed line");
    // One that did not start leaves the others.
    if (keyword.endsWith("-ERROR")) return undefined;
    const method = this.#side === "CMETHOD" ? clientMethod(words) : serverMethod(words);
    if (typeof method === "string") return refused(method);
    this.#methods.push(method);
    return undefined;
  }
}

const refused = (fault: PtFault): PtStep => ({ type: "refused", fault });

/** `name socks5 address:port`; a listener of another machine, or SOCKS4, is of no use. */
function clientMethod([transport = "", protocol, written = ""]: readonly string[]): PtMethod | PtFault {
  const address = parseAuthority(written);
  if (!NAME.test(transport) || protocol !== "socks5" || address === undefined) return "malformed line";
  if (!/^127\.|^::1$/.test(address.host)) return "not on this machine";
  return { transport, address, args: [] };
}

/** `name address:port [ARGS:k=v,…]`; other options are passed over. */
function serverMethod([transport = "", written = "", ...options]: readonly string[]): PtMethod | PtFault {
  const address = parseAuthority(written);
  const said = options.find((option) => option.startsWith("ARGS:"))?.slice("ARGS:".length);
  const args = said === undefined ? [] : parsePtArgs(said, ",");
  if (!NAME.test(transport) || address === undefined || args === undefined) return "malformed line";
  return { transport, address, args };
}
