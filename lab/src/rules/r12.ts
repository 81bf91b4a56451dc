/*
 * R12, fingerprints of hellos as lists. `deny` drops those listed (Iran: Chrome's hello to AWS in June 2022, Chrome 107 in November,
 * Go's default; Russia: MTProto proxies and pion's DTLS in 2026); `allow` drops all others (Iran, February 2026: only
 * Chrome-like hellos to CDN addresses). An entry is a JA3 (32 hex digits) or a prefix of a JA4.
 *
 * Source: net4people/bbs#118, #153, #603; penguin-rs#154.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { parseDtlsClientHello } from "../parsers/dtls-hello.ts";
import { ja3, ja4 } from "../parsers/ja.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import type { Primitives } from "../parsers/primitives.ts";
import { parseQuicClientHello } from "../parsers/quic-initial.ts";
import { parseClientHello } from "../parsers/tls-hello.ts";
import { ALLOW, block, defineRule, type RuleModule, type Seen } from "../vocabulary.ts";

export interface R12Params {
  readonly mode: "deny" | "allow";
  readonly prefixes: readonly string[];
  readonly fingerprints: readonly string[];
}

/** Node 20's and Node 26's own hellos, measured for the design: 52 to 59 ciphers, unmistakable. */
export const NODE_JA4: readonly string[] = ["t13d5911", "t13d5212", "t13d5211", "t13d5210", "t13i5211", "t13i5210"];
/**
 * In a flow of datagrams either end may greet (RFC 5763 §5), after any number of connectivity checks: Snowflake's hellos came from outside (bbs#603).
 * So many datagrams of a flow are looked at; the number is ours.
 */
const MAX_DATAGRAMS = 200;
/** What Chrome's hellos begin with. */
export const CHROME_JA4: readonly string[] = [
  "t13d1516h2_8daaf6152771",
  "t13d1517h2_8daaf6152771",
  "t13d1516h1_8daaf6152771",
  "t13d1515h1_8daaf6152771",
];

/** The fingerprints of a hello in a packet: none when there is no hello. */
export function fingerprintsOf({ flow, payload }: Seen, primitives: Primitives): readonly string[] {
  if (flow.protocol === "tcp") {
    const hello = parseClientHello(flow.headOut);
    return hello.ok ? [ja3(hello.value, primitives), ja4(hello.value, "t", primitives)] : [];
  }
  const dtls = parseDtlsClientHello(payload);
  if (dtls.ok) return [ja3(dtls.value, primitives), ja4(dtls.value, "d", primitives)];
  const quic = parseQuicClientHello(payload, primitives);
  return quic.ok ? [ja3(quic.value, primitives), ja4(quic.value, "q", primitives)] : [];
}

/** The rule. */
export const r12: RuleModule<undefined, R12Params> = defineRule<undefined, R12Params>({
  id: "R12",
  title: "fingerprints of TLS, QUIC and DTLS hellos",
  source: "net4people/bbs#118, #153, #603; penguin-rs#154",
  accuracy: [],
  engines: ["router"],
  position: "in-path",
  defaults: { mode: "deny", prefixes: [HOSTING_PREFIX], fingerprints: NODE_JA4 },
  start: () => undefined,
  inspect(seen, _, { params, primitives }) {
    const { flow, direction, payload, fresh } = seen;
    if (!fresh || payload.byteLength === 0) return ALLOW;
    const isDatagram = flow.protocol === "udp";
    const isFirstOut = direction === "out" && flow.opener === "inside" && flow.dataOut <= 8;
    if (isDatagram ? flow.packets > MAX_DATAGRAMS : !isFirstOut) return ALLOW;
    if (flow.protocol === "icmp" || !inAnyPrefix(flow.outside.address, params.prefixes)) return ALLOW;
    const found = fingerprintsOf(seen, primitives);
    if (found.length === 0) return ALLOW;
    const listed = found.some((print) => params.fingerprints.some((entry) => print.startsWith(entry)));
    if (listed !== (params.mode === "deny")) return ALLOW;
    return block("flow", Number.POSITIVE_INFINITY, direction === "out" ? { direction } : {});
  },
});
