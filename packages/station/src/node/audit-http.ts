/*
 * The audit over HTTP (K-43): for whoever has the key of the data folder, and to anyone else a page that does not exist. The key is read
 * for each request, so an operator who deletes its file has closed the door.
 */
import { timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { fromHex, utf8 } from "@chapar/wire/bytes";
import { Hono } from "hono";
import { type AuditSource, answerAudit } from "../audit/answer.ts";
import type { LogNames } from "../audit/log-names.ts";
import { AUDIT_MAX_COUNT, AUDIT_NONCE_BYTES, type AuditQuestion } from "../audit/terms.ts";
import { isStationError } from "../errors.ts";
import { TokenBucket } from "../session/token-bucket.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { readAuditKey } from "./station-files.ts";

const RATE = { ratePerSecond: 0.2, burst: 5 };
const FRESH = { "cache-control": "no-store" };

function isKey(said: string | undefined, dataDir: string): boolean {
  const key = readAuditKey(dataDir);
  if (key === undefined || said === undefined) return false;
  return timingSafeEqual(nodeSha256(utf8(said)), nodeSha256(utf8(`Bearer ${key}`)));
}

function questionOf(nonceText: string | undefined, countText: string | undefined): AuditQuestion | undefined {
  const nonce = /^[0-9a-f]+$/u.test(nonceText ?? "") ? fromHex(nonceText ?? "") : undefined;
  const count = /^[1-9][0-9]?$/u.test(countText ?? "") ? Number(countText) : 0;
  if (nonce?.byteLength !== AUDIT_NONCE_BYTES || count < 1 || count > AUDIT_MAX_COUNT) return undefined;
  return { nonce, count };
}

/** Names the logs of a station that may be audited before it is, so that the first answer is as soon as others. */
export function nameAhead(dataDir: string, names: LogNames): void {
  try {
    if (readAuditKey(dataDir) !== undefined) names.find([]).catch(() => undefined);
  } catch {
    // A damaged key file opens nothing, and whoever asks is told.
  }
}

/** The route of the audit. @param source  undefined until the station runs, and then 503 */
export function auditRoutes(dataDir: string, source: () => AuditSource | undefined): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  let bucket: TokenBucket | undefined;
  app.get("/audit", async (context) => {
    if (!isKey(context.req.header("authorization"), dataDir)) return context.notFound();
    const held = source();
    if (held === undefined) return context.text("not ready\n", 503, FRESH);
    const question = questionOf(context.req.query("nonce"), context.req.query("count"));
    if (question === undefined) return context.text("no question\n", 400, FRESH);
    const nowMs = held.ports.clock.nowMs();
    bucket ??= new TokenBucket(RATE, nowMs);
    if (bucket.take(nowMs) > 0) return context.text("too often\n", 429, FRESH);
    try {
      const answer = new Uint8Array(await answerAudit(held, question));
      return context.body(answer, 200, { ...FRESH, "content-type": "application/octet-stream" });
    } catch (error) {
      if (isStationError(error, "station/not-published")) return context.text("try again\n", 503, FRESH);
      throw error;
    }
  });
  return app;
}
