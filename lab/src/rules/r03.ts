/*
 * R3, probes against probe-resistant proxies: a server that answers no probe at all, but closes after a fixed time or after a
 * fixed number of bytes, is a proxy that hides. Nearly every honest server answers at least one probe.
 *
 * Source: Frolov, Wampler, Wustrow, "Detecting Probe-resistant Proxies", NDSS 2020; net4people/bbs#26. The probes and the
 * judgement stand in ../probes.ts; the rule says which servers are asked: those that many connections go to.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { FlowTable } from "../flow-table.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { ALLOW, defineRule, type RuleModule } from "../vocabulary.ts";

export interface R03Params {
  readonly prefixes: readonly string[];
  /** connections to a server before it is asked; ours */
  readonly connections: number;
}

interface Server {
  connections: number;
  isAsked: boolean;
}

/** The rule. */
export const r03: RuleModule<FlowTable<Server>, R03Params> = defineRule<FlowTable<Server>, R03Params>({
  id: "R3",
  title: "probes against servers that answer nothing",
  source: "Frolov et al., NDSS 2020; net4people/bbs#26",
  accuracy: [{ what: "false positives", value: "negligible", source: "the paper's abstract" }],
  engines: ["monitor", "prober"],
  position: "off-path",
  defaults: { prefixes: [HOSTING_PREFIX], connections: 1 },
  start: () => new FlowTable<Server>(4096, 86_400_000),
  inspect({ flow, direction, payload, fresh }, servers, { params, nowMs }) {
    if (!fresh || direction !== "out" || flow.protocol !== "tcp" || flow.dataOut !== 1 || payload.byteLength === 0)
      return ALLOW;
    if (flow.opener !== "inside" || !inAnyPrefix(flow.outside.address, params.prefixes)) return ALLOW;
    const key = `${flow.outside.address}:${flow.outside.port}`;
    const server = servers.of(key, nowMs, () => ({ connections: 0, isAsked: false }));
    if (++server.connections < params.connections || server.isAsked) return ALLOW;
    server.isAsked = true;
    return {
      pass: true,
      actions: [{ kind: "probe", probe: { rule: "R3", server: flow.outside, sample: payload.slice() } }],
    };
  },
});
