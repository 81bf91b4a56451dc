/*
 * R8, QUIC. `gfw` (since April 2024): the first datagram of a UDP flow is opened when its source port is greater than its
 * destination port, and a listed name blocks (client, server, port) from the inside for 180 s. `russia-2022`: everything that
 * looks like version 1 on port 443 from 1001 bytes on. `iran-2025`: no QUIC at all.
 *
 * The port rule saves the censor half of its work and is the first way around it; a hello in two datagrams or any other
 * datagram first are the next. Source: Zohaib et al., "Exposing and Circumventing SNI-based QUIC Censorship of the Great
 * Firewall of China", USENIX Security 2025, and its artifact; net4people/bbs#654, #489.
 */
import { BLOCKED_NAMES } from "../addresses.ts";
import { nameListed } from "../parsers/names.ts";
import { parseQuicClientHello, parseQuicHeader, QUIC_V1 } from "../parsers/quic-initial.ts";
import { ALLOW, block, defineRule, type RuleModule, type Seen, type Verdict } from "../vocabulary.ts";
import type { Primitives } from "../parsers/primitives.ts";

export interface R08Params {
  readonly country: "gfw" | "russia-2022" | "iran-2025";
  readonly names: readonly string[];
  /** QUIC25: 180 s, packets from the inside only */
  readonly residualMs: number;
}

/** bbs#108, from memory: datagrams below this were let through. */
const RUSSIA_MIN_BYTES = 1001;
const HTTPS_PORT = 443;

/** Whether the GFW looks at a datagram of these ports at all. */
export const portsAreInspected = (sourcePort: number, destinationPort: number): boolean => sourcePort > destinationPort;

function gfw({ flow, payload, direction }: Seen, params: R08Params, primitives: Primitives): Verdict {
  // Outbound only since 2025-03-13; the flow's first datagram only, whatever it was.
  if (direction !== "out" || flow.packets !== 1 || !portsAreInspected(flow.inside.port, flow.outside.port))
    return ALLOW;
  const hello = parseQuicClientHello(payload, primitives);
  if (!hello.ok || !nameListed(hello.value.serverName, params.names, "suffix")) return ALLOW;
  return block("3-tuple", params.residualMs, { direction: "out" });
}

/** The rule. */
export const r08: RuleModule<undefined, R08Params> = defineRule<undefined, R08Params>({
  id: "R8",
  title: "QUIC, by name or as such",
  source: "Zohaib et al., USENIX Security 2025; net4people/bbs#654, #489",
  accuracy: [
    {
      what: "blocked when source port > destination port",
      value: "92.4 % of 11,232",
      source: "the artifact's port pairs",
    },
    { what: "blocked otherwise", value: "0 of 11,776", source: "the artifact's port pairs" },
    { what: "delay of the verdict, p10/p50/p90", value: "80/110/189 ms", source: "the artifact, n = 742" },
  ],
  engines: ["router", "monitor"],
  position: "off-path",
  positionOf: ({ country }) => (country === "gfw" ? "off-path" : "in-path"),
  defaults: { country: "gfw", names: BLOCKED_NAMES, residualMs: 180_000 },
  start: () => undefined,
  inspect(seen, _, { params, primitives }) {
    const { flow, payload } = seen;
    if (flow.protocol !== "udp" || payload.byteLength === 0) return ALLOW;
    if (params.country === "gfw") return gfw(seen, params, primitives);
    const header = parseQuicHeader(payload);
    if (!header.ok || header.value.version !== QUIC_V1 || flow.outside.port !== HTTPS_PORT) return ALLOW;
    if (params.country === "russia-2022" && payload.byteLength < RUSSIA_MIN_BYTES) return ALLOW;
    return block("flow", Number.POSITIVE_INFINITY);
  },
});
