/*
 * The station's public page: what it has committed to, who cosigned it and when, how many orders it received and what it removed, counted
 * from its log. HTML in English and Persian, and the same as JSON; no script, and nothing that the log itself does not say.
 */
import type { HttpBindings } from "@hono/node-server";
import { decodeLedgerLeaf } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { Hono } from "hono";
import type { Ledger } from "../ledger/ledger.ts";
import type { StationIdentity } from "../ports.ts";
import type { KeptPolicy } from "./region-policy.ts";
import { TRANSPARENCY_STYLE, transparencyPage, type Transparency } from "./transparency-page.ts";

/** What there is to say now; undefined before the first checkpoint. */
async function gather({ ledger, self, policy }: TransparencyParts): Promise<Transparency | undefined> {
  const { published, witnesses } = ledger.checkpoints;
  const epoch = published && decodeLedgerLeaf(published.leaf);
  if (published === undefined || epoch?.ok !== true || epoch.value.kind !== "epoch") return undefined;
  const { orders, tombstones, unanswered } = await ledger.shown.tally();
  const incidents = (await ledger.shown.incidents()).flatMap(({ leaf }) => {
    const decoded = decodeLedgerLeaf(leaf);
    if (!decoded.ok || decoded.value.kind !== "incident") return [];
    const { what, fromMs, toMs, note } = decoded.value;
    return [{ what, fromMs, toMs, note }];
  });
  return {
    name: self.name,
    region: self.region,
    origin: published.checkpoint.origin,
    generation: ledger.generation,
    size: published.checkpoint.size,
    epoch: epoch.value.number,
    epochTimeMs: epoch.value.timeMs,
    witnesses: witnesses.map(({ party }) => ({
      name: party.key.name,
      region: party.region,
      url: party.url,
      cosignedAtMs: ledger.checkpoints.cosignedAtMs(party.key),
    })),
    orders,
    removed: tombstones,
    unanswered,
    incidents,
    policy: policy && {
      title: policy.policy.title,
      from: policy.policy.from,
      until: policy.policy.until,
      compliance: policy.policy.compliance,
      hash: toHex(policy.hash),
    },
  };
}

type Env = { Bindings: HttpBindings };

/** What the page is made of. */
export interface TransparencyParts {
  readonly ledger: Ledger;
  readonly self: StationIdentity;
  readonly nowMs: () => number;
  /** undefined: the station runs without one */
  readonly policy: KeptPolicy | undefined;
}

/** Routes of the public page and of the region policy. @param parts  undefined until the station runs, and then 503 */
export function transparencyRoutes(parts: () => TransparencyParts | undefined): Hono<Env> {
  const app = new Hono<Env>();
  const fresh = { "cache-control": "no-cache" };
  app.get("/transparency.css", (context) =>
    context.body(TRANSPARENCY_STYLE, 200, { "content-type": "text/css", ...fresh }),
  );
  app.get("/transparency.json", async (context) => {
    const held = parts();
    const said = held && (await gather(held));
    if (said === undefined) return context.text("not ready\n", 503, fresh);
    return context.json(said, 200, { ...fresh, "access-control-allow-origin": "*" });
  });
  app.get("/policy", (context) => {
    const held = parts();
    if (held === undefined) return context.text("not ready\n", 503, fresh);
    if (held.policy === undefined) return context.text("this station runs without a region policy\n", 404, fresh);
    const { bytes } = held.policy;
    const headers = { "content-type": "text/plain; charset=utf-8", ...fresh, "access-control-allow-origin": "*" };
    return context.body(bytes.slice(), 200, headers);
  });
  app.get("/transparency", async (context) => {
    const held = parts();
    const said = held && (await gather(held));
    if (held === undefined || said === undefined) return context.text("not ready\n", 503, fresh);
    const wanted = context.req.query("lang") ?? context.req.header("accept-language") ?? "";
    const language = wanted.trim().toLowerCase().startsWith("fa") ? "fa" : "en";
    return context.html(transparencyPage(said, language, held.nowMs()), 200, { ...fresh, vary: "accept-language" });
  });
  return app;
}
