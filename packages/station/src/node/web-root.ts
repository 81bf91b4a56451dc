/*
 * The built web app as answers. The folder is listed once, at start: a request can only name a file of that list, so no
 * path is ever put together from outside. Files below `assets/` carry a hash in their names and never change; everything
 * else is asked for again each time, and answered 304 when it is the same. `x.br` and `x.gz` beside `x` are `x` compressed.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
  ".map": "application/json; charset=utf-8",
};
const ENCODINGS = [
  { name: "br", suffix: ".br" },
  { name: "gzip", suffix: ".gz" },
] as const;
const IMMUTABLE = "public, max-age=31536000, immutable";
const INDEX = "/index.html";
/** What the built app asks to be sent with it; never served itself. Only its content policy is taken. */
const HEADERS = "/headers.json";
/** An app may name its own inline pieces by hash; it may not open the policy to inline code or foreign scripts. */
const OPEN_POLICY = /'unsafe-(?!hashes)|script-src[^;]*(?:\*|https?:|data:)/;

interface WebFile {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly etag: string;
}

/** What a request may be answered with. */
export interface WebAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer<ArrayBuffer> | null;
}

/** The files of a built web app. Held in memory: an app is a few hundred kilobytes. */
export class WebRoot {
  readonly #files = new Map<string, WebFile>();
  /** the content policy the built app asks for: its own inline pieces by hash; undefined when it names none */
  readonly contentPolicy: string | undefined;

  /** Reads every file below a folder. @throws Error of node:fs when the folder cannot be read */
  constructor(folder: string) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = Buffer.from(readFileSync(path));
      const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
      this.#files.set(`/${relative(folder, path).split(sep).join("/")}`, { bytes, etag });
    }
    this.contentPolicy = policyIn(this.#files.get(HEADERS)?.bytes);
    for (const suffix of ["", ...ENCODINGS.map((encoding) => encoding.suffix)]) this.#files.delete(HEADERS + suffix);
  }

  /** The answer to a GET, or undefined when there is no such file and the path is not a place inside the app. */
  answer(
    path: string,
    headers: { readonly acceptEncoding: string; readonly ifNoneMatch: string },
  ): WebAnswer | undefined {
    const found = this.#files.has(path) && !/\.(br|gz)$/.test(path) ? path : placeInApp(path);
    if (found === undefined || !this.#files.has(found)) return undefined;
    const accepted = ENCODINGS.find(
      ({ name, suffix }) => accepts(headers.acceptEncoding, name) && this.#files.has(found + suffix),
    );
    const file = this.#files.get(found + (accepted?.suffix ?? ""));
    if (file === undefined) return undefined;
    const answerHeaders: Record<string, string> = {
      "content-type": TYPES[extname(found)] ?? "application/octet-stream",
      "cache-control": found.startsWith("/assets/") ? IMMUTABLE : "no-cache",
      vary: "accept-encoding",
      etag: file.etag,
      ...(accepted === undefined ? {} : { "content-encoding": accepted.name }),
    };
    if (headers.ifNoneMatch.split(/\s*,\s*/).includes(file.etag))
      return { status: 304, headers: answerHeaders, body: null };
    return { status: 200, headers: answerHeaders, body: file.bytes };
  }
}

/** @throws Error when the app asks for a policy that would let foreign code in */
function policyIn(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const policy = (JSON.parse(bytes.toString("utf8")) as Record<string, unknown>)["content-security-policy"];
  if (typeof policy !== "string") return undefined;
  if (OPEN_POLICY.test(policy) || !policy.includes("default-src 'none'")) {
    throw new Error("the built app asks for a content policy that lets foreign code in");
  }
  return policy;
}

/** Paths without an extension are places inside the one-page app. */
function placeInApp(path: string): string | undefined {
  return extname(path) === "" && !path.startsWith("/assets/") && !path.startsWith("/v1/") ? INDEX : undefined;
}

/** Whether an Accept-Encoding header takes a coding: named, and not with a weight of 0. */
function accepts(header: string, coding: string): boolean {
  return header.split(",").some((part) => {
    const [name, ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
