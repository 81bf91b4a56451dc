/*
 * Serves a built folder as a station does (its strict headers, brotli where there is one), for screenshots and
 * measurements. Loopback only.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
};

/** What a station sends with every answer (packages/station/src/node/http-app.ts). */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src blob:; font-src 'self'; connect-src 'self' wss: https:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types chapar",
  "x-content-type-options": "nosniff",
};

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}

/** Serves a folder on a free port of loopback. */
export async function serveFolder(folder: string): Promise<Served> {
  const server: Server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    // A path without an ending is a place inside the app.
    const file = extname(path) === "" ? "/index.html" : path;
    const answer = async (): Promise<void> => {
      const packed =
        request.headers["accept-encoding"]?.includes("br") === true
          ? await bytesOf(join(folder, `${file}.br`))
          : undefined;
      const bytes = packed ?? (await bytesOf(join(folder, file)));
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.setHeader(
        "cache-control",
        file.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      );
      if (packed !== undefined) response.setHeader("content-encoding", "br");
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
    };
    answer().catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    // A name, not an address: secure contexts and service workers know "localhost".
    url: `http://localhost:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
