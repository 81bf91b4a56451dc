/*
 * R20, replay in the path: the client's first packet is held back, the censor says the same bytes to the server first, and then
 * lets the packet go. A server with a replay filter has now seen these bytes and turns the real client away: the defence
 * against R2 becomes the weapon.
 *
 * Source: shadowsocks/shadowsocks-org#184.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { ALLOW, defineRule, type RuleModule } from "../vocabulary.ts";

export interface R20Params {
  readonly prefixes: readonly string[];
  /** time for the replay: two round trips of a far server; ours */
  readonly holdMs: number;
}

/** The rule. */
export const r20: RuleModule<undefined, R20Params> = defineRule<undefined, R20Params>({
  id: "R20",
  title: "replay before the client",
  source: "shadowsocks/shadowsocks-org#184",
  accuracy: [],
  engines: ["router", "prober"],
  position: "in-path",
  defaults: { prefixes: [HOSTING_PREFIX], holdMs: 400 },
  start: () => undefined,
  inspect({ flow, direction, payload, fresh }, _, { params }) {
    if (!fresh || direction !== "out" || flow.protocol !== "tcp" || flow.opener !== "inside" || flow.dataOut !== 1)
      return ALLOW;
    if (payload.byteLength === 0 || !inAnyPrefix(flow.outside.address, params.prefixes)) return ALLOW;
    return {
      pass: true,
      actions: [
        { kind: "probe", probe: { rule: "R20", server: flow.outside, sample: payload.slice() } },
        { kind: "hold", forMs: params.holdMs },
      ],
    };
  },
});
