/*
 * The station log and the witness over HTTP (S-20, S-22): static resources of tlog-tiles, and add-checkpoint of tlog-witness. A tile
 * of a width never changes, so it may be kept for ever; a checkpoint is asked for again each time. Any web origin may read:
 * whoever checks a station should not need its leave.
 */
import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerPolicies } from "../ledger/policy.ts";
import { MAX_WITNESS_REQUEST_BYTES, type StationWitness } from "../witness/station-witness.ts";

const PLAIN = "text/plain; charset=utf-8";
const IMMUTABLE = "public, max-age=31536000, immutable";
/** How long an answer that nothing is there may be kept: tiles come. */
const FRESH = "no-cache";

/** What the answers are made from. */
export interface LedgerHttpParts {
  readonly ledger: Ledger;
  readonly witness: StationWitness;
  readonly policies: () => LedgerPolicies;
}

type Env = { Bindings: HttpBindings };

function answer(body: Uint8Array | string, type: string, cache: string, status = 200): Response {
  const headers = { "content-type": type, "cache-control": cache, "access-control-allow-origin": "*" };
  return new Response(typeof body === "string" ? body : new Uint8Array(body), { status, headers });
}

const missing = (): Response => answer("not found\n", PLAIN, FRESH, 404);

/** A request's body of at most `maxBytes`; undefined when there is more. */
async function boundedBody(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return undefined;
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of request.body ?? []) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > maxBytes) return undefined;
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** Routes below `/log` and `/witness`. @param parts  undefined until the station runs, and then 503 */
export function ledgerRoutes(parts: () => LedgerHttpParts | undefined): Hono<Env> {
  const app = new Hono<Env>();
  const serve =
    (make: (parts: LedgerHttpParts, context: Context<Env>) => Promise<Response> | Response) =>
    async (context: Context<Env>): Promise<Response> => {
      const held = parts();
      return held === undefined ? answer("not ready\n", PLAIN, FRESH, 503) : await make(held, context);
    };

  app.get(
    "/log/checkpoint",
    serve(({ ledger }) => {
      const { bytes } = ledger.checkpoints;
      return bytes === undefined ? missing() : answer(bytes, PLAIN, FRESH);
    }),
  );
  app.get(
    "/log/tile/*",
    serve(async ({ ledger }, context) => {
      const bytes = await ledger.resource(context.req.path.slice("/log/".length));
      return bytes === undefined ? missing() : answer(bytes, "application/octet-stream", IMMUTABLE);
    }),
  );
  app.get(
    "/log/policy/live",
    serve(({ policies }) => answer(policies().live, PLAIN, FRESH)),
  );
  app.get(
    "/log/policy/final",
    serve(({ policies }) => {
      const { final } = policies();
      return final === undefined ? missing() : answer(final, PLAIN, FRESH);
    }),
  );
  app.get(
    "/witness/key",
    serve(({ witness }) => answer(witness.keyText, PLAIN, FRESH)),
  );
  app.get(
    "/witness/*",
    serve(async ({ witness }, context) => {
      const bytes = await witness.checkpoint(context.req.path.slice("/witness/".length));
      return bytes === undefined ? missing() : answer(bytes, PLAIN, FRESH);
    }),
  );
  app.post(
    "/witness/add-checkpoint",
    serve(async ({ witness }, context) => {
      const body = await boundedBody(context.req.raw, MAX_WITNESS_REQUEST_BYTES);
      if (body === undefined) return answer("too large\n", PLAIN, FRESH, 413);
      const { status, contentType, body: text } = await witness.addCheckpoint(body);
      return answer(text, contentType, FRESH, status);
    }),
  );
  app.get("/log/*", missing);
  for (const path of ["/log/*", "/witness/*"]) app.all(path, () => answer("not allowed\n", PLAIN, FRESH, 405));
  return app;
}
