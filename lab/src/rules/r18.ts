/*
 * R18, unknown TCP by sizes (Russia, 2024, seen in part): a connection in no known protocol whose client sends three packets of
 * at least 411 bytes, with the server answering in between, stands still.
 *
 * Source: net4people/bbs#363. The exact pattern of the server's answers was not worked out there; "at least one data packet
 * from the server before the third" is what is coded, and the design marks the rule as partly seen.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { FlowTable } from "../flow-table.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { ALLOW, defineRule, freeze, type RuleModule } from "../vocabulary.ts";
import { judgeFirstPayload } from "./r01.ts";

export interface R18Params {
  readonly prefixes: readonly string[];
  readonly minBytes: number;
  readonly packets: number;
}

interface State {
  isUnknown: boolean;
  large: number;
}

/** The rule. */
export const r18: RuleModule<FlowTable<State>, R18Params> = defineRule<FlowTable<State>, R18Params>({
  id: "R18",
  title: "unknown TCP by packet sizes",
  source: "net4people/bbs#363",
  accuracy: [],
  engines: ["router", "monitor"],
  position: "off-path",
  defaults: { prefixes: [HOSTING_PREFIX], minBytes: 411, packets: 3 },
  start: () => new FlowTable<State>(16_384, 120_000),
  inspect({ flow, direction, payload, fresh }, flows, { params, nowMs }) {
    if (
      !fresh ||
      direction !== "out" ||
      flow.protocol !== "tcp" ||
      flow.opener !== "inside" ||
      payload.byteLength === 0
    )
      return ALLOW;
    if (!inAnyPrefix(flow.outside.address, params.prefixes)) return ALLOW;
    const state = flows.of(flow.id, nowMs, () => ({ isUnknown: judgeFirstPayload(payload) === "block", large: 0 }));
    if (payload.byteLength >= params.minBytes) state.large++;
    return state.isUnknown && state.large >= params.packets && flow.dataIn > 0 ? freeze() : ALLOW;
  },
});
