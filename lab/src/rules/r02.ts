/*
 * R2, active probing of Shadowsocks-like servers (GFW, May 2019 on): the first data packet's length and entropy make a server
 * interesting; hours of probes decide. The probes and their order of delays are data in ../probes.ts; the reactions of a
 * server are judged there too; this rule says which servers are asked.
 *
 * Source: Alice et al., "How China Detects and Blocks Shadowsocks", IMC 2020; net4people/bbs#22.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { ALLOW, defineRule, type RuleModule } from "../vocabulary.ts";
import { FlowTable } from "../flow-table.ts";

export interface R02Params {
  readonly prefixes: readonly string[];
  /** lengths that were replayed: 161-999 bytes */
  readonly minBytes: number;
  readonly maxBytes: number;
  /** how likely a packet of an interesting length leads to a probe, at full entropy */
  readonly rate: number;
  /** probes of one server begin at most this often */
  readonly pauseMs: number;
}

/** Lengths mod 16 that were replayed most: 9 from 168 to 263 bytes, 2 from 384 to 687 (IMC 2020, §4.2). */
const PREFERRED = [
  { from: 168, to: 263, remainder: 9 },
  { from: 384, to: 687, remainder: 2 },
] as const;
/** High entropy made a replay about four times likelier (same section). */
const LOW_ENTROPY_FACTOR = 0.25;
/** What lengths outside of the preferred ones get. The paper draws it and does not number it; ours. */
const OTHER_LENGTH_FACTOR = 0.1;
/** Shannon entropy per byte above which a short packet counts as high; ours, from the paper's Figure 9. */
const HIGH_ENTROPY_BITS = 6;

/** Shannon entropy of the byte values, in bits per byte. */
export function entropyBits(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / bytes.byteLength) * Math.log2(count / bytes.byteLength);
  }
  return bits;
}

/** How interesting a first packet is, from 0 to 1. */
export function interest(payload: Uint8Array, params: Pick<R02Params, "minBytes" | "maxBytes">): number {
  const size = payload.byteLength;
  if (size < params.minBytes || size > params.maxBytes) return 0;
  const preferred = PREFERRED.find(({ from, to }) => size >= from && size <= to);
  const byLength = preferred !== undefined && size % 16 === preferred.remainder ? 1 : OTHER_LENGTH_FACTOR;
  return byLength * (entropyBits(payload) >= HIGH_ENTROPY_BITS ? 1 : LOW_ENTROPY_FACTOR);
}

/** The rule. */
export const r02: RuleModule<FlowTable<true>, R02Params> = defineRule<FlowTable<true>, R02Params>({
  id: "R2",
  title: "active probing of Shadowsocks-like servers",
  source: "Alice et al., IMC 2020; net4people/bbs#22",
  accuracy: [{ what: "connections until the first probe", value: "as few as 13", source: "IMC 2020" }],
  engines: ["monitor", "prober"],
  position: "off-path",
  defaults: { prefixes: [HOSTING_PREFIX], minBytes: 161, maxBytes: 999, rate: 1, pauseMs: 10_000 },
  start: () => new FlowTable<true>(1024, 3_600_000),
  inspect({ flow, direction, payload, fresh }, asked, { params, nowMs, random }) {
    if (!fresh || direction !== "out" || flow.protocol !== "tcp" || flow.dataOut !== 1 || payload.byteLength === 0)
      return ALLOW;
    if (flow.opener !== "inside" || !inAnyPrefix(flow.outside.address, params.prefixes)) return ALLOW;
    if (random() >= params.rate * interest(payload, params)) return ALLOW;
    const server = `${flow.outside.address}:${flow.outside.port} ${Math.floor(nowMs / params.pauseMs)}`;
    if (asked.get(server, nowMs) !== undefined) return ALLOW;
    asked.set(server, true, nowMs);
    return {
      pass: true,
      actions: [{ kind: "probe", probe: { rule: "R2", server: flow.outside, sample: payload.slice() } }],
    };
  },
});
