/*
 * R14, lists of addresses and providers. Listed destinations do not exist. New ones get onto the list: an outside address that
 * insiders have used for `listAfterMs` is listed from then on (hours for Reality servers in Iran, bbs#277; 3 to 12 h for tunnels
 * from a domestic data centre, bbs#187; about a month for Outline).
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { FlowTable } from "../flow-table.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { ALLOW, defineRule, DROP, type RuleModule } from "../vocabulary.ts";

export interface R14Params {
  readonly prefixes: readonly string[];
  /** where new servers are looked for; empty: the list stays as it is */
  readonly watched: readonly string[];
  readonly listAfterMs: number;
}

const HOUR_MS = 3_600_000;

/** The rule. */
export const r14: RuleModule<FlowTable<number>, R14Params> = defineRule<FlowTable<number>, R14Params>({
  id: "R14",
  title: "lists of addresses and providers",
  source: "net4people/bbs#277, #187",
  accuracy: [],
  engines: ["nft", "router"],
  position: "in-path",
  defaults: { prefixes: [HOSTING_PREFIX], watched: [], listAfterMs: 12 * HOUR_MS },
  start: () => new FlowTable<number>(65_536, 30 * 24 * HOUR_MS),
  inspect({ flow }, firstUseMs, { params, nowMs }) {
    const { address } = flow.outside;
    if (inAnyPrefix(address, params.prefixes)) return DROP;
    if (!inAnyPrefix(address, params.watched)) return ALLOW;
    const since = firstUseMs.of(address, nowMs, () => nowMs);
    return nowMs - since >= params.listAfterMs ? DROP : ALLOW;
  },
  nft: ({ prefixes, watched }) =>
    watched.length > 0 || prefixes.length === 0
      ? undefined
      : [`ip daddr { ${prefixes.join(", ")} } drop`, `ip saddr { ${prefixes.join(", ")} } drop`],
});
