/*
 * R10, the 25-packet curtain (Russia, June 2025 on; "16-20 KB", l4-25): flows to listed hosting providers stand still after 25
 * packets, both directions together, TCP and UDP, without any reset. Names on a short list pass. 25 full packets are 16 to
 * 20 kB, hence the name; small packets carry far less.
 *
 * Source: net4people/bbs#490; hyperion-cs/dpi-checkers (documentation of l4-25).
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { nameListed } from "../parsers/names.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { parseClientHello } from "../parsers/tls-hello.ts";
import { ALLOW, defineRule, freeze, type RuleModule } from "../vocabulary.ts";

export interface R10Params {
  readonly prefixes: readonly string[];
  /** packets of one flow that pass, both directions together */
  readonly packets: number;
  /** names that are not counted: 266 of 10,000 tried (dpi-checkers) */
  readonly allowedNames: readonly string[];
}

/** The rule. */
export const r10: RuleModule<undefined, R10Params> = defineRule<undefined, R10Params>({
  id: "R10",
  title: "flows to listed providers freeze after 25 packets",
  source: "net4people/bbs#490; hyperion-cs/dpi-checkers",
  accuracy: [{ what: "names of 10,000 that pass", value: "266", source: "dpi-checkers" }],
  engines: ["nft", "router"],
  position: "in-path",
  defaults: { prefixes: [HOSTING_PREFIX], packets: 25, allowedNames: [] },
  start: () => undefined,
  inspect({ flow }, _, { params }) {
    if (flow.packets <= params.packets || flow.protocol === "icmp") return ALLOW;
    if (!inAnyPrefix(flow.outside.address, params.prefixes)) return ALLOW;
    const hello = params.allowedNames.length > 0 ? parseClientHello(flow.headOut) : undefined;
    return hello?.ok === true && nameListed(hello.value.serverName, params.allowedNames, "suffix") ? ALLOW : freeze();
  },
  // nft cannot read a name: with allowed names the router has to do it.
  nft: ({ prefixes, packets, allowedNames }) =>
    allowedNames.length > 0
      ? undefined
      : prefixes.flatMap((prefix) => [
          `ip daddr ${prefix} meta l4proto { tcp, udp } ct packets > ${packets} drop`,
          `ip saddr ${prefix} meta l4proto { tcp, udp } ct packets > ${packets} drop`,
        ]),
});
