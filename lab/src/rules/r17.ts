/*
 * R17, what is neither web nor DNS (Iran, June 2025): ICMP is dropped after a few packets, and then everything else of that client
 * too; UDP that is no known protocol is dropped; in some places the ServerHello was dropped while packets out still passed.
 *
 * Source: net4people/bbs#489 and reports linked there. How long a client suffers is not reported: 60 s is ours.
 */
import { FlowTable } from "../flow-table.ts";
import { parseDnsQuery } from "../parsers/dns.ts";
import { Cursor } from "../parsers/cursor.ts";
import { ALLOW, block, defineRule, DROP, type RuleModule, type Seen } from "../vocabulary.ts";

export interface R17Params {
  /** ICMP packets of a client that pass: 2 to 3 */
  readonly icmpPackets: number;
  readonly clientBlockMs: number;
  readonly dropsUnknownUdp: boolean;
  readonly dropsServerHello: boolean;
}

const DNS_PORT = 53;
const NTP_PORT = 123;
const SERVER_HELLO = 2;

/** Whether bytes begin with a TLS ServerHello. */
function isServerHello(bytes: Uint8Array): boolean {
  const cursor = new Cursor(bytes);
  const isHandshake = cursor.u8() === 22 && cursor.u8() === 3;
  cursor.bytes(3);
  return isHandshake && cursor.u8() === SERVER_HELLO && !cursor.failed;
}

function isKnownUdp({ flow, payload, direction }: Seen): boolean {
  if (flow.outside.port === NTP_PORT) return true;
  if (flow.outside.port !== DNS_PORT) return false;
  return direction === "in" || parseDnsQuery(payload).ok;
}

/** The rule. */
export const r17: RuleModule<FlowTable<{ packets: number }>, R17Params> = defineRule<
  FlowTable<{ packets: number }>,
  R17Params
>({
  id: "R17",
  title: "ICMP, unknown UDP and ServerHello dropped",
  source: "net4people/bbs#489",
  accuracy: [],
  engines: ["router"],
  position: "in-path",
  defaults: { icmpPackets: 3, clientBlockMs: 60_000, dropsUnknownUdp: true, dropsServerHello: false },
  start: () => new FlowTable<{ packets: number }>(65_536, 60_000),
  inspect(seen, clients, { params, nowMs }) {
    const { flow, direction, payload } = seen;
    if (flow.protocol === "icmp") {
      if (direction !== "out") return ALLOW;
      const client = clients.of(flow.inside.address, nowMs, () => ({ packets: 0 }));
      return ++client.packets > params.icmpPackets ? block("client", params.clientBlockMs) : ALLOW;
    }
    if (flow.protocol === "udp") return params.dropsUnknownUdp && !isKnownUdp(seen) ? DROP : ALLOW;
    return params.dropsServerHello && direction === "in" && isServerHello(payload) ? DROP : ALLOW;
  },
});
