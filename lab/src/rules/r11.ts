/*
 * R11, policing of handshakes (Russia, "Siberian", June 2026): more than three TLS handshakes to one name, each less than about
 * 400 ms after the one before, within a minute, and further hellos to that name are dropped. It is aimed at browsers' hellos:
 * Chrome without a PSK and Firefox trigger it, Edge, plain curl and hellos without a name did not. The November 2025 variant
 * counts parallel connections to one destination instead (12, elsewhere 24).
 *
 * Source: MHSanaei/3x-ui#5194; hyperion-cs/dpi-checkers; XTLS/Xray-core#6293, #5332. What sets Edge apart from Chrome is not
 * known there, so "browser" here means: GREASE, or Firefox by its JA4 prefix; Edge would be caught too.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { FlowTable } from "../flow-table.ts";
import { ja4 } from "../parsers/ja.ts";
import { inAnyPrefix, subnetOf } from "../parsers/prefix.ts";
import type { Primitives } from "../parsers/primitives.ts";
import { type ClientHello, Extension, hasExtension, isGrease, parseClientHello } from "../parsers/tls-hello.ts";
import { ALLOW, defineRule, DROP, type RuleModule } from "../vocabulary.ts";

export interface R11Params {
  readonly prefixes: readonly string[];
  /** handshakes in a row that still pass */
  readonly handshakes: number;
  /** 350 to 400 ms; the longer one */
  readonly gapMs: number;
  readonly windowMs: number;
  /** which hellos count */
  readonly fingerprints: "browsers" | "any";
  /** connections to one destination at once that still pass; the variant of November 2025. 0 leaves it out */
  readonly parallel: number;
}

/** Firefox offers 17 ciphers without GREASE; the first part of its JA4 since version 120. */
const FIREFOX_JA4 = /^t13d171[3-7]h2_/;

function counts(hello: ClientHello, params: R11Params, primitives: Primitives): boolean {
  if (hello.serverName === undefined || hello.serverName === "") return false;
  if (params.fingerprints === "any") return true;
  if (hello.ciphers.some(isGrease)) return !hasExtension(hello, Extension.preSharedKey);
  return FIREFOX_JA4.test(ja4(hello, "t", primitives));
}

interface Chain {
  lastAtMs: number;
  length: number;
  policedUntilMs: number;
}

interface State {
  readonly chains: FlowTable<Chain>;
  /** flows whose hello was judged, with the verdict, so that a hello in two segments counts once and a resent one stays lost */
  readonly judged: FlowTable<boolean>;
  readonly open: FlowTable<Set<string>>;
}

/** Whether one more handshake of a chain passes. */
function handshakePasses(chain: Chain, params: R11Params, nowMs: number): boolean {
  chain.length = nowMs - chain.lastAtMs < params.gapMs ? chain.length + 1 : 1;
  chain.lastAtMs = nowMs;
  if (chain.length > params.handshakes) chain.policedUntilMs = nowMs + params.windowMs;
  return nowMs >= chain.policedUntilMs;
}

/** The rule. */
export const r11: RuleModule<State, R11Params> = defineRule<State, R11Params>({
  id: "R11",
  title: "policing of TLS handshakes to one name",
  source: "MHSanaei/3x-ui#5194; hyperion-cs/dpi-checkers; XTLS/Xray-core#6293, #5332",
  accuracy: [],
  engines: ["router"],
  position: "in-path",
  defaults: {
    prefixes: [HOSTING_PREFIX],
    handshakes: 3,
    gapMs: 400,
    windowMs: 60_000,
    fingerprints: "browsers",
    parallel: 0,
  },
  start: () => ({
    chains: new FlowTable(16_384, 120_000),
    judged: new FlowTable(16_384, 120_000),
    open: new FlowTable(4096, 600_000),
  }),
  inspect({ flow, direction, payload, tcp }, state, { params, nowMs, primitives }) {
    if (flow.protocol !== "tcp" || flow.opener !== "inside" || !inAnyPrefix(flow.outside.address, params.prefixes))
      return ALLOW;
    const destination = `${flow.inside.address} ${flow.outside.address}`;
    if (params.parallel > 0) {
      const open = state.open.of(destination, nowMs, () => new Set());
      if (tcp?.fin === true || tcp?.rst === true) open.delete(flow.id);
      else if (tcp?.syn === true && !tcp.ack) open.add(flow.id);
      if (open.has(flow.id) && [...open].indexOf(flow.id) >= params.parallel) return DROP;
    }
    if (direction !== "out" || payload.byteLength === 0 || flow.dataOut > 8) return ALLOW;
    const connection = `${flow.id} ${flow.openedAtMs}`;
    const earlier = state.judged.get(connection, nowMs);
    if (earlier !== undefined) return earlier ? ALLOW : DROP;
    const hello = parseClientHello(flow.headOut);
    if (!hello.ok || !counts(hello.value, params, primitives)) return ALLOW;
    const key = `${subnetOf(flow.outside.address)} ${hello.value.serverName ?? ""} ${ja4(hello.value, "t", primitives)}`;
    const chain = state.chains.of(key, nowMs, () => ({
      lastAtMs: Number.NEGATIVE_INFINITY,
      length: 0,
      policedUntilMs: 0,
    }));
    const passes = handshakePasses(chain, params, nowMs);
    state.judged.set(connection, passes, nowMs);
    return passes ? ALLOW : DROP;
  },
});
