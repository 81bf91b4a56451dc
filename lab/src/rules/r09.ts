/*
 * R9, Iran's protocol filter (February 2020): on ports 53, 80 and 443 only DNS, HTTP and TLS may be spoken, any of them on any
 * of the ports. The first two data packets from the client are looked at, each for itself (no reassembly, no checksums); when
 * neither is one of the three, everything after the first packet is dropped for 60 s.
 *
 * Source: Bock et al., "Detecting and Evading Censorship-in-Depth: A Case Study of Iran's Protocol Filter", FOCI 2020;
 * net4people/bbs#49.
 */
import { FlowTable } from "../flow-table.ts";
import { latin1 } from "../parsers/cursor.ts";
import { parseDnsQuery, parseDnsQueryTcp } from "../parsers/dns.ts";
import { ALLOW, block, defineRule, type RuleModule } from "../vocabulary.ts";

export interface R09Params {
  readonly ports: readonly number[];
  /** 60 s; begins anew with each bad flow of the same four numbers */
  readonly dropMs: number;
}

const METHODS = ["GET", "POST", "HEAD", "CONNECT", "OPTIONS", "DELETE", "PUT"];
/** Shorter requests were not taken for HTTP. */
const MIN_HTTP_BYTES = 8;

/** Whether one packet is in a permitted protocol as this filter sees it. */
export function isPermittedProtocol(payload: Uint8Array): boolean {
  if (payload[0] === 0x16 && payload[1] === 0x03) return true;
  const begin = latin1(payload.subarray(0, 8));
  if (payload.byteLength >= MIN_HTTP_BYTES && METHODS.some((method) => begin.startsWith(method))) return true;
  return parseDnsQueryTcp(payload).ok || parseDnsQuery(payload).ok;
}

/** The rule. */
export const r09: RuleModule<FlowTable<boolean>, R09Params> = defineRule<FlowTable<boolean>, R09Params>({
  id: "R9",
  title: "Iran's protocol filter",
  source: "Bock et al., FOCI 2020; net4people/bbs#49",
  accuracy: [{ what: "of 20,000 popular destinations behind it", value: "18 %", source: "FOCI 2020" }],
  engines: ["router"],
  position: "in-path",
  defaults: { ports: [53, 80, 443], dropMs: 60_000 },
  start: () => new FlowTable<boolean>(16_384, 60_000),
  inspect({ flow, direction, payload, fresh }, firstWasGood, { params, nowMs }) {
    if (
      !fresh ||
      direction !== "out" ||
      flow.protocol !== "tcp" ||
      flow.opener !== "inside" ||
      payload.byteLength === 0
    )
      return ALLOW;
    if (!params.ports.includes(flow.outside.port) || flow.dataOut > 2) return ALLOW;
    const isGood = isPermittedProtocol(payload);
    if (flow.dataOut === 1) {
      firstWasGood.set(flow.id, isGood, nowMs);
      return ALLOW;
    }
    return isGood || firstWasGood.get(flow.id, nowMs) === true
      ? ALLOW
      : block("flow", params.dropMs, { direction: "out" });
  },
});
