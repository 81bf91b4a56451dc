/*
 * R7, Encrypted Client Hello (Russia, 5 November 2024): a hello is dropped when its outer name is Cloudflare's *and* it has the
 * ECH extension. Neither alone is enough: browsers send ECH as GREASE to everybody. TCP and QUIC.
 *
 * Source: net4people/bbs#417.
 */
import { nameListed } from "../parsers/names.ts";
import { parseQuicClientHello } from "../parsers/quic-initial.ts";
import { Extension, hasExtension, parseClientHello } from "../parsers/tls-hello.ts";
import { ALLOW, block, defineRule, type RuleModule } from "../vocabulary.ts";

export interface R07Params {
  readonly outerNames: readonly string[];
}

/** The rule. */
export const r07: RuleModule<undefined, R07Params> = defineRule<undefined, R07Params>({
  id: "R7",
  title: "Encrypted Client Hello to Cloudflare",
  source: "net4people/bbs#417",
  accuracy: [],
  engines: ["router"],
  position: "in-path",
  defaults: { outerNames: ["cloudflare-ech.com"] },
  start: () => undefined,
  inspect({ flow, direction, payload, fresh }, _, { params, primitives }) {
    if (!fresh || direction !== "out" || flow.opener !== "inside" || payload.byteLength === 0 || flow.dataOut > 8)
      return ALLOW;
    const hello = flow.protocol === "udp" ? parseQuicClientHello(payload, primitives) : parseClientHello(flow.headOut);
    if (!hello.ok || !hasExtension(hello.value, Extension.ech)) return ALLOW;
    return nameListed(hello.value.serverName, params.outerNames, "exact")
      ? block("flow", Number.POSITIVE_INFINITY, { direction: "out" })
      : ALLOW;
  },
});
