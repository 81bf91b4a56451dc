/*
 * Fetching what a preview is made of (protocol/5-content.md C-104): a page or a picture of a stranger's choosing. Nothing of this person goes
 * along but their address, and what comes is bounded in time, bytes and steps.
 */
import type { LookupAddress } from "node:dns";
import { Agent as HttpAgent, get as getPlain, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, get as getSealed } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AddressRule } from "./addresses.ts";

const MOST_REDIRECTS = 3;
const OK = 200;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What many programs say: a site, and whoever listens, learns nothing of which one this is. */
const HEADERS = { "user-agent": "Mozilla/5.0 (compatible)", "accept-encoding": "identity" } as const;

/** Why there is no preview. */
export type NoPreviewWhy =
  | "not-a-web-address"
  | "not-public"
  | "own-hello"
  | "redirects"
  | "not-there"
  | "not-a-page"
  | "nothing-to-show"
  | "unreachable"
  | "too-slow";

/** A preview that could not be made. */
export class NoPreview extends Error {
  readonly why: NoPreviewWhy;

  constructor(why: NoPreviewWhy, options?: ErrorOptions) {
    super(`no preview: ${why}`, options);
    this.name = "NoPreview";
    this.why = why;
  }
}

/** Addresses of a name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** The way to the internet that the person chose. */
export interface FetchPorts {
  readonly allows: AddressRule;
  readonly resolve: Resolve;
  /** an HTTP proxy, `http://host:port` */
  readonly via: string | undefined;
  /** false: this program's own TLS hello must not be seen on the internet */
  readonly mayShowHello: boolean;
  readonly signal: AbortSignal;
}

/** What is asked for. */
export interface Wanted {
  readonly accept: string;
  readonly mostBytes: number;
  /** what is longer is cut (a page's head comes first), or is not taken at all */
  readonly whenLonger: "cut" | "refuse";
}

/** What came. */
export interface Fetched {
  /** after redirects */
  readonly url: URL;
  /** lower case, with its parameters; empty when none was told */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Addresses of a name that may be connected to. @throws NoPreview when there is none */
async function allowedOf(host: string, { allows, resolve }: FetchPorts): Promise<readonly LookupAddress[]> {
  const allowed = (await resolve(host)).filter(({ address }) => allows(address));
  if (allowed.length === 0) throw new NoPreview("not-public");
  return allowed;
}

/** Resolves a name and hands on only what may be connected to: what is judged is what is connected to. */
function judgedLookup(ports: FetchPorts): LookupFunction {
  const answer = async (host: string, all: boolean, done: Parameters<LookupFunction>[2]): Promise<void> => {
    try {
      const allowed = await allowedOf(host, ports);
      const [first] = allowed;
      if (all) done(null, [...allowed]);
      else done(null, first?.address ?? "", first?.family);
    } catch (error) {
      done(error instanceof Error ? error : new Error("no such name", { cause: error }), "", 0);
    }
  };
  return (host, { all }, done) => void answer(host, all === true, done);
}

/** What an address must be before anything is sent. @throws NoPreview */
function judged(url: URL, { allows, mayShowHello }: FetchPorts): void {
  if (!/^https?:$/u.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new NoPreview("not-a-web-address");
  if (url.protocol === "https:" && !mayShowHello) throw new NoPreview("own-hello");
  const host = url.hostname.replaceAll(/[[\]]/gu, "");
  // Behind a proxy no name is resolved here; these two lead to a machine itself wherever they are resolved.
  const isOwn = /(?:^|\.)localhost\.?$/u.test(host) && !allows("127.0.0.1");
  if (isOwn || (isIP(host) !== 0 && !allows(host))) throw new NoPreview("not-public");
}

function ask(url: URL, accept: string, ports: FetchPorts): Promise<IncomingMessage> {
  const { via, signal } = ports;
  const proxied = via === undefined ? {} : { proxyEnv: { HTTP_PROXY: via, HTTPS_PROXY: via } };
  const lookup = via === undefined ? { lookup: judgedLookup(ports) } : {};
  const common = { headers: { ...HEADERS, accept }, signal, ...lookup };
  return new Promise((give, fail) => {
    const request =
      url.protocol === "https:"
        ? getSealed(url, { ...common, agent: new HttpsAgent(proxied) }, give)
        : getPlain(url, { ...common, agent: new HttpAgent(proxied) }, give);
    request.on("error", fail);
  });
}

async function read(response: IncomingMessage, { mostBytes, whenLonger }: Wanted): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    const left = mostBytes - size;
    if (part.byteLength > left && whenLonger === "refuse") throw new NoPreview("not-a-page");
    parts.push(part.subarray(0, left));
    size += Math.min(part.byteLength, left);
    // Leaving the loop ends the connection.
    if (size === mostBytes && whenLonger === "cut") break;
  }
  return new Uint8Array(Buffer.concat(parts));
}

async function follow(address: URL, wanted: Wanted, ports: FetchPorts): Promise<Fetched> {
  let url = address;
  for (let steps = 0; steps <= MOST_REDIRECTS; steps += 1) {
    judged(url, ports);
    const response = await ask(url, wanted.accept, ports);
    const { statusCode = 0, headers } = response;
    if (statusCode === OK && headers["content-encoding"] === undefined) {
      const contentType = (headers["content-type"] ?? "").toLowerCase();
      return { url, contentType, bytes: await read(response, wanted) };
    }
    response.destroy();
    const next = REDIRECTS.has(statusCode) ? URL.parse(headers.location ?? "", url) : null;
    if (next === null) throw new NoPreview("not-there");
    if (url.protocol === "https:" && next.protocol !== "https:") throw new NoPreview("redirects");
    url = next;
  }
  throw new NoPreview("redirects");
}

/** Fetches one thing. @throws NoPreview */
export async function fetchOne(address: URL, wanted: Wanted, ports: FetchPorts): Promise<Fetched> {
  try {
    return await follow(address, wanted, ports);
  } catch (error) {
    if (error instanceof NoPreview) throw error;
    throw new NoPreview(ports.signal.aborted ? "too-slow" : "unreachable", { cause: error });
  }
}
