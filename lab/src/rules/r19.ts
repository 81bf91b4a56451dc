/*
 * R19, a bought appliance (Pakistan 2024-25, Geedge's Tiangou): signatures and address lists in one box. It is R5 and R14 with
 * WireGuard's first message added; tried for six hours on more than twenty VPN brands.
 *
 * Source: reports on Geedge Networks and Pakistan's firewall, 2025 (Amnesty International, InterSecLab). The appliance's own
 * signatures are not public; these three are what was seen from outside.
 */
import { ALLOW, type ArmedRule, block, combine, defineRule, type RuleModule } from "../vocabulary.ts";
import { isWireguardInitiation } from "../parsers/wireguard.ts";
import { r05 } from "./r05.ts";
import { r14 } from "./r14.ts";

export interface R19Params {
  /** addresses of VPN brands */
  readonly prefixes: readonly string[];
  readonly residualMs: number;
}

/** The rule. */
export const r19: RuleModule<readonly ArmedRule[], R19Params> = defineRule<readonly ArmedRule[], R19Params>({
  id: "R19",
  title: "an appliance: OpenVPN, WireGuard and address lists",
  source: "Amnesty International and InterSecLab on Geedge Networks, 2025",
  accuracy: [],
  engines: ["router"],
  position: "in-path",
  defaults: { prefixes: [], residualMs: 180_000 },
  start: ({ prefixes, residualMs }) => [r05.arm({ residualMs }), r14.arm({ prefixes })],
  inspect(seen, parts, around) {
    const { flow, payload, direction } = seen;
    const isWireguard = direction === "out" && flow.protocol === "udp" && isWireguardInitiation(payload);
    const own = isWireguard ? block("3-tuple", around.params.residualMs) : ALLOW;
    return combine([own, ...parts.map((part) => part.inspect(seen, around))]);
  },
});
