/*
 * A relay's page and metrics, for this machine only: it listens on loopback and answers only requests that name it so, or a
 * page of somebody else's could read them under a name that leads here.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { openMetrics, OPEN_METRICS_TYPE } from "./open-metrics.ts";
import type { RelayState } from "./relay-state.ts";
import { PAGE_STYLE, statusPage } from "./status-page.ts";
import type { PageLanguage } from "./status-words.ts";

const REQUEST_LIMIT_MS = 5_000;
const STYLE_HASH = createHash("sha256").update(PAGE_STYLE).digest("base64");
const HEADERS = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

function languageOf({ headers }: IncomingMessage, url: URL): PageLanguage {
  const said = url.searchParams.get("lang");
  if (said === "fa" || said === "en") return said;
  return /^\s*fa\b/i.test(headers["accept-language"] ?? "") ? "fa" : "en";
}

const isLoopbackName = (host: string | undefined): boolean =>
  /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host ?? "");

/** A page that is served. */
export interface StatusServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves the page. @param port 0 for any free one @throws Error `EADDRINUSE` and the like */
export async function startStatusServer(port: number, state: () => RelayState): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? "", "http://localhost");
    const isAsked = isLoopbackName(request.headers.host) && request.method === "GET";
    if (isAsked && url?.pathname === "/") {
      const page = statusPage(state(), languageOf(request, url));
      response.writeHead(200, { ...HEADERS, "content-type": "text/html; charset=utf-8" }).end(page);
    } else if (isAsked && url?.pathname === "/metrics") {
      response.writeHead(200, { ...HEADERS, "content-type": OPEN_METRICS_TYPE }).end(openMetrics(state()));
    } else response.writeHead(404, HEADERS).end();
  });
  server.requestTimeout = server.headersTimeout = REQUEST_LIMIT_MS;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
