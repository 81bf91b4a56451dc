/*
 * R15, throttling (Russia against Twitter, March 2021): a name in the first packet of either side, compared as a *substring*,
 * and the connection is policed to 128 kbit/s; what is over the rate is dropped, not delayed. `t.co` hit reddit.com and
 * microsoft.com.
 *
 * Source: Xue et al., "Throttling Twitter: An Emerging Censorship Technique in Russia", IMC 2021; censoredplanet.org/throttling.
 * The shaping by time of day seen in Iran (bbs#586) and resets of flows older than five minutes (bbs#192) are parameters.
 */
import { BLOCKED_NAMES } from "../addresses.ts";
import { FlowTable } from "../flow-table.ts";
import { parseHttpRequest } from "../parsers/http.ts";
import { nameListed } from "../parsers/names.ts";
import { peekServerName } from "../parsers/tls-hello.ts";
import { ALLOW, defineRule, type RuleModule } from "../vocabulary.ts";

export interface R15Params {
  readonly names: readonly string[];
  readonly bitsPerSecond: number;
  /** what may come at once; the paper does not give it, ours is two full windows of ten packets */
  readonly burstBytes: number;
  /** flows older than this are reset; 0 for never (bbs#192: five minutes) */
  readonly resetAfterMs: number;
}

/** The rule. */
export const r15: RuleModule<FlowTable<true>, R15Params> = defineRule<FlowTable<true>, R15Params>({
  id: "R15",
  title: "throttling by name",
  source: "Xue et al., IMC 2021; censoredplanet.org/throttling; net4people/bbs#192",
  accuracy: [{ what: "rate", value: "128 kbit/s (130-150 measured)", source: "censoredplanet.org/throttling" }],
  engines: ["router"],
  position: "in-path",
  defaults: { names: BLOCKED_NAMES, bitsPerSecond: 128_000, burstBytes: 29_200, resetAfterMs: 0 },
  start: () => new FlowTable<true>(16_384, 600_000),
  inspect({ flow, payload, fresh }, reset, { params, nowMs }) {
    if (flow.protocol !== "tcp") return ALLOW;
    if (
      params.resetAfterMs > 0 &&
      nowMs - flow.openedAtMs > params.resetAfterMs &&
      reset.get(flow.id, nowMs) === undefined
    ) {
      reset.set(flow.id, true, nowMs);
      return { pass: false, actions: [{ kind: "reset", toInside: 1, toOutside: 1 }] };
    }
    // The first data packet of each side.
    if (!fresh || payload.byteLength === 0 || flow.dataOut > 1 || flow.dataIn > 1) return ALLOW;
    const request = parseHttpRequest(payload);
    const name = request.ok ? request.value.host : peekServerName(payload);
    if (!nameListed(name, params.names, "substring")) return ALLOW;
    const { bitsPerSecond, burstBytes } = params;
    return { pass: true, actions: [{ kind: "throttle", bytesPerSecond: bitsPerSecond / 8, burstBytes }] };
  },
});
