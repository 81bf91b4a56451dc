/*
 * R16, the border closed but for a list (Iran, 8 January 2026 and 28 February to 26 May): one node at the border drops everything
 * by default; routes stay announced. 2,000 of 11,766,454 inside addresses may pass (0.017 %), and for those the lists of names
 * still hold. Domestic traffic does not cross the border and is untouched. Gaps that were seen are parameters.
 *
 * Source: net4people/bbs#561, #586, #630; Aryapour 2025 (one border node, by TTL).
 */
import { BLOCKED_NAMES } from "../addresses.ts";
import { nameListed } from "../parsers/names.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { parseClientHello } from "../parsers/tls-hello.ts";
import { ALLOW, defineRule, DROP, freeze, type RuleModule } from "../vocabulary.ts";

export interface R16Params {
  /** inside addresses that may pass */
  readonly allowedSources: readonly string[];
  /** outside addresses that everybody may reach: one Google address in June 2025, some resolvers */
  readonly allowedDestinations: readonly string[];
  /** names blocked for those who may pass */
  readonly names: readonly string[];
}

/** The rule. */
export const r16: RuleModule<undefined, R16Params> = defineRule<undefined, R16Params>({
  id: "R16",
  title: "the border closed but for a list",
  source: "net4people/bbs#561, #586, #630; Aryapour 2025",
  accuracy: [{ what: "inside addresses that pass", value: "2,000 of 11,766,454", source: "net4people/bbs#630" }],
  engines: ["nft", "router"],
  position: "in-path",
  defaults: { allowedSources: [], allowedDestinations: [], names: BLOCKED_NAMES },
  start: () => undefined,
  inspect({ flow, direction, payload }, _, { params }) {
    const may =
      inAnyPrefix(flow.inside.address, params.allowedSources) ||
      inAnyPrefix(flow.outside.address, params.allowedDestinations);
    if (!may) return DROP;
    if (flow.protocol !== "tcp" || direction !== "out" || payload.byteLength === 0 || flow.dataOut > 8) return ALLOW;
    const hello = parseClientHello(flow.headOut);
    return hello.ok && nameListed(hello.value.serverName, params.names, "suffix") ? freeze() : ALLOW;
  },
  nft({ allowedSources, allowedDestinations }) {
    // Names are the router's business; nobody who may pass means nothing to read.
    if (allowedSources.length > 0) return undefined;
    const gaps = allowedDestinations.flatMap((prefix) => [`ip daddr ${prefix} accept`, `ip saddr ${prefix} accept`]);
    return [...gaps, "drop"];
  },
});
