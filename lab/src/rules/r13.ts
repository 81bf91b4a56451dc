/*
 * R13, DNS. `iran`: a forged answer (10.10.34.34 and its neighbours) overtakes the real one, which still arrives; since 2026
 * queries over 72 bytes are dropped. `gfw`: a forged answer from a pool of other people's addresses. Both drop DNS over TLS on
 * port 853 and TLS to the names of DNS-over-HTTPS resolvers.
 *
 * Source: OONI, Iran and DNS over TLS, 2020; Anonymous et al., "Triplet Censors", FOCI 2020 (the pool); net4people/bbs#586.
 */
import { BLOCKED_NAMES } from "../addresses.ts";
import { parseDnsQuery } from "../parsers/dns.ts";
import { nameListed } from "../parsers/names.ts";
import { parseClientHello } from "../parsers/tls-hello.ts";
import { ALLOW, block, defineRule, DROP, type RuleModule } from "../vocabulary.ts";

export interface R13Params {
  readonly country: "iran" | "gfw";
  readonly names: readonly string[];
  /** drop DNS over TLS (port 853) and the names of DNS-over-HTTPS resolvers */
  readonly dropsEncryptedDns: boolean;
  readonly resolverNames: readonly string[];
  /** longest query that passes: 72 bytes (bbs#586); 0 lets all pass */
  readonly maxQueryBytes: number;
}

const IRAN_POOL = ["10.10.34.34", "10.10.34.35", "10.10.34.36"];
/** Three of the many addresses of the GFW's pool, all foreign companies'. */
const GFW_POOL = ["31.13.94.37", "67.228.102.32", "199.59.148.9"];
const DNS_PORT = 53;
const DNS_OVER_TLS_PORT = 853;
const TYPE_A = 1;

/** The rule. */
export const r13: RuleModule<undefined, R13Params> = defineRule<undefined, R13Params>({
  id: "R13",
  title: "forged DNS answers, and encrypted DNS dropped",
  source: "OONI 2020 (Iran, DNS over TLS); Anonymous et al., FOCI 2020; net4people/bbs#586",
  accuracy: [],
  engines: ["router", "monitor"],
  position: "in-path",
  defaults: {
    country: "iran",
    names: BLOCKED_NAMES,
    dropsEncryptedDns: true,
    resolverNames: ["cloudflare-dns.com", "dns.google", "dns.quad9.net"],
    maxQueryBytes: 0,
  },
  start: () => undefined,
  inspect({ flow, direction, payload, fresh }, _, { params, random }) {
    if (direction !== "out" || flow.opener !== "inside") return ALLOW;
    const { port } = flow.outside;
    if (params.dropsEncryptedDns && port === DNS_OVER_TLS_PORT && flow.protocol !== "icmp") return DROP;
    if (flow.protocol === "tcp" && params.dropsEncryptedDns && fresh && payload.byteLength > 0 && flow.dataOut <= 8) {
      const hello = parseClientHello(flow.headOut);
      if (hello.ok && nameListed(hello.value.serverName, params.resolverNames, "exact"))
        return block("flow", Number.POSITIVE_INFINITY);
    }
    if (flow.protocol !== "udp" || port !== DNS_PORT) return ALLOW;
    if (params.maxQueryBytes > 0 && payload.byteLength > params.maxQueryBytes) return DROP;
    const question = parseDnsQuery(payload);
    if (!question.ok || question.value.type !== TYPE_A || !nameListed(question.value.name, params.names, "suffix"))
      return ALLOW;
    const pool = params.country === "iran" ? IRAN_POOL : GFW_POOL;
    const address = pool[Math.floor(random() * pool.length)] ?? "10.10.34.34";
    return { pass: true, actions: [{ kind: "answer-dns", address }] };
  },
});
