/*
 * What a station answers over HTTP besides links: health, metrics, the web app, and for every answer the headers that keep
 * a browser strict. The content policy asks for Trusted Types, so the app itself cannot turn a string into code; links
 * may go to any `wss:` station, because routes are something a person pastes.
 */
import { isIP } from "node:net";
import { addressClass } from "@chapar/carrier";
import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import type { StationMetrics } from "./metrics.ts";
import type { WebRoot } from "./web-root.ts";

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self' wss: https:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types chapar",
].join("; ");

const STRICT_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "permissions-policy": "geolocation=(), payment=(), usb=(), interest-cohort=()",
};

/**
 * Of the app's files. They are no pages: what a page may do stands with the page, and on a thin line a first visit reads these headers a dozen times.
 * A worker among them has the policy it came with, and opens no connection (W-72).
 */
const FILE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; script-src 'self'",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};
const FILES = /^\/assets\/|\.(?:svg|png|webmanifest)$/u;

/** What the answers are made from. */
export interface HttpParts {
  readonly metrics: StationMetrics;
  readonly isReady: () => boolean;
  readonly webRoot: WebRoot | undefined;
  /** routes of the station log and the witness */
  readonly ledger: Hono<{ Bindings: HttpBindings }>;
  /** routes of the station's public page */
  readonly transparency: Hono<{ Bindings: HttpBindings }>;
  /** the route of the audit */
  readonly audit: Hono<{ Bindings: HttpBindings }>;
  /** show metrics to others than this machine */
  readonly openMetrics: boolean;
}

type Env = { Bindings: HttpBindings };

/** Whether a request was made on this machine: not from outside, and not passed on by a proxy for somebody outside. */
function isLocal(context: Context<Env>): boolean {
  const address = context.env.incoming.socket.remoteAddress ?? "";
  const isPassedOn = ["forwarded", "x-forwarded-for", "x-real-ip", "via"].some(
    (name) => context.req.header(name) !== undefined,
  );
  return isIP(address) !== 0 && addressClass(address) === "loopback" && !isPassedOn;
}

/** The HTTP side of a station. */
export function httpApp(parts: HttpParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (context, next) => {
    await next();
    const isFile = FILES.test(context.req.path);
    for (const [name, value] of Object.entries(isFile ? FILE_HEADERS : STRICT_HEADERS))
      context.res.headers.set(name, value);
    if (isFile) return;
    // The built app knows the hashes of its own inline script and style.
    const ofApp = parts.webRoot?.contentPolicy;
    if (ofApp !== undefined) context.res.headers.set("content-security-policy", ofApp);
  });
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => (parts.isReady() ? context.text("ready\n") : context.text("not ready\n", 503)));
  app.get("/metrics", async (context) => {
    // Asked from outside it does not exist.
    if (!parts.openMetrics && !isLocal(context)) return context.notFound();
    const { body, contentType } = await parts.metrics.text();
    return context.body(body, 200, { "content-type": contentType, "cache-control": "no-store" });
  });
  app.route("/", parts.ledger);
  app.route("/", parts.transparency);
  app.route("/", parts.audit);
  app.get("/v1/link", (context) => context.text("a link is a WebSocket\n", 426, { upgrade: "websocket" }));
  app.get("*", (context) => {
    const answer = parts.webRoot?.answer(context.req.path, {
      acceptEncoding: context.req.header("accept-encoding") ?? "",
      ifNoneMatch: context.req.header("if-none-match") ?? "",
    });
    if (answer === undefined) return context.notFound();
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  });
  app.notFound((context) => context.text("not found\n", 404));
  app.onError((_error, context) => context.text("failed\n", 500));
  return app;
}
