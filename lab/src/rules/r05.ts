/*
 * R5, OpenVPN by its packet kinds: the first packet from the client is a reset, the server's first is a reset, a few kinds
 * follow, and resets are not seen again. Works for most "obfuscated" configurations, because they move the bytes and keep
 * the order.
 *
 * Source: Xue et al., "OpenVPN is Open to VPN Fingerprinting", USENIX Security 2022, Algorithm 1; nDPI `openvpn.c`. The
 * paper's second filter (sizes of acknowledgements in bins of ten packets) and its probe of the server are not built.
 */
import { FlowTable } from "../flow-table.ts";
import { CLIENT_RESETS, parseOpenvpnOpcode, SERVER_RESETS } from "../parsers/openvpn.ts";
import { ALLOW, block, defineRule, type RuleModule } from "../vocabulary.ts";

export interface R05Params {
  /** packets of a flow that have to fit before it is called OpenVPN: 10 (nDPI, `OPENVPN_HEUR_MAX_NUM_MSGS`) */
  readonly packets: number;
  /** distinct kinds beside the two resets in that window: at least 2, at most 4 in nDPI and 10 in the paper */
  readonly minKinds: number;
  readonly maxKinds: number;
  readonly residualMs: number;
}

interface FlowState {
  kinds: Set<number>;
  packets: number;
  serverReset: boolean;
  isForeign: boolean;
}

/** The rule. */
export const r05: RuleModule<FlowTable<FlowState>, R05Params> = defineRule<FlowTable<FlowState>, R05Params>({
  id: "R5",
  title: "OpenVPN by its packet kinds",
  source: "Xue et al., USENIX Security 2022, Algorithm 1; ntop/nDPI src/lib/protocols/openvpn.c",
  accuracy: [
    { what: "flows recognised", value: "> 85 %", source: "the paper; from memory, check before quoting" },
    {
      what: "obfuscated configurations recognised",
      value: "34 of 41",
      source: "the paper; from memory, check before quoting",
    },
  ],
  engines: ["router", "monitor"],
  position: "off-path",
  defaults: { packets: 10, minKinds: 2, maxKinds: 4, residualMs: 180_000 },
  start: () => new FlowTable<FlowState>(16_384, 120_000),
  inspect({ flow, direction, payload, fresh }, flows, { params, nowMs }) {
    if (!fresh || payload.byteLength === 0 || flow.protocol === "icmp") return ALLOW;
    const state = flows.of(flow.id, nowMs, () => ({
      kinds: new Set(),
      packets: 0,
      serverReset: false,
      isForeign: false,
    }));
    if (state.isForeign || state.packets >= params.packets) return ALLOW;
    const opcode = parseOpenvpnOpcode(payload, flow.protocol);
    const fromClient = (direction === "out") === (flow.opener === "inside");
    const isFirst = state.packets === 0;
    state.packets++;
    if (!opcode.ok || (isFirst && !(fromClient && CLIENT_RESETS.includes(opcode.value)))) state.isForeign = true;
    else if (!fromClient && !state.serverReset) {
      state.serverReset = SERVER_RESETS.includes(opcode.value);
      state.isForeign = !state.serverReset;
    } else if (!isFirst && state.serverReset && SERVER_RESETS.includes(opcode.value)) state.isForeign = true;
    if (state.isForeign || !opcode.ok) return ALLOW;
    if (![...CLIENT_RESETS, ...SERVER_RESETS].includes(opcode.value)) state.kinds.add(opcode.value);
    const fits = state.serverReset && state.kinds.size >= params.minKinds && state.kinds.size <= params.maxKinds;
    return state.packets === params.packets && fits ? block("3-tuple", params.residualMs) : ALLOW;
  },
});
