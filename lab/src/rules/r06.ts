/*
 * R6, names: SNI of TLS, Host and path of HTTP, and Encrypted SNI as such. Three countries' ways of it are kinds of one rule.
 *
 * `gfw`: three resets to each side on any port; HTTP by Host and path; three quarters of matching requests are hit; (client,
 *   server, port) suffers for 90 s, again not always (2021-rambert). ESNI (0xffce): packets out are dropped, after a full
 *   handshake only, (client, server, port) for 120 to 180 s (net4people/bbs#43).
 * `iran`: one reset to the client; repeatable to 97.4 %; some sources are not filtered at all (bbs#630).
 * `turkmenistan`: both directions; lists match as substrings, so names that are innocent are hit (Nourin et al., WWW 2023).
 *
 * A hello split over several segments is put together here, except with `reassembles: false` (the weak parsers seen in Henan,
 * gfw.report, S&P 2025).
 */
import { BLOCKED_NAMES } from "../addresses.ts";
import { FlowTable } from "../flow-table.ts";
import { parseHttpRequest } from "../parsers/http.ts";
import { nameListed, type NameMatch } from "../parsers/names.ts";
import { Extension, hasExtension, parseClientHello, peekServerName } from "../parsers/tls-hello.ts";
import { ALLOW, type Action, block, defineRule, type RuleModule, type Seen, type Verdict } from "../vocabulary.ts";

export interface R06Params {
  readonly country: "gfw" | "iran" | "turkmenistan";
  readonly names: readonly string[];
  /** words in an HTTP target */
  readonly keywords: readonly string[];
  readonly reassembles: boolean;
  /** addresses inside that are not filtered (bbs#630) */
  readonly unfiltered: readonly string[];
}

/** Share of matching requests hit, and of packets in the time after (2021-rambert: 50-75 %; the middle is taken). */
const GFW = { hitRate: 0.75, residualMs: 90_000, residualRate: 0.625, resets: 3 } as const;
/** bbs#630. */
const IRAN_HIT_RATE = 0.974;
/** bbs#43: 120 or 180 s by place; the longer one. */
const ESNI_RESIDUAL_MS = 180_000;

const MATCH: Readonly<Record<R06Params["country"], NameMatch>> = {
  gfw: "suffix",
  iran: "suffix",
  turkmenistan: "substring",
};

type Finding = "name" | "esni" | undefined;

function look(seen: Seen, params: R06Params): Finding {
  const { flow, payload } = seen;
  const stream = params.reassembles ? (seen.direction === "out" ? flow.headOut : flow.headIn) : payload;
  const hello = parseClientHello(stream);
  const match = MATCH[params.country];
  if (hello.ok) {
    if (params.country === "gfw" && hasExtension(hello.value, Extension.esni)) return "esni";
    return nameListed(hello.value.serverName, params.names, match) ? "name" : undefined;
  }
  if (!params.reassembles && nameListed(peekServerName(payload), params.names, match)) return "name";
  const request = parseHttpRequest(stream);
  if (!request.ok) return undefined;
  const { host, target } = request.value;
  return nameListed(host, params.names, match) || params.keywords.some((word) => target.includes(word))
    ? "name"
    : undefined;
}

function punish(finding: Exclude<Finding, undefined>, params: R06Params, random: () => number): Verdict {
  if (finding === "esni") return block("3-tuple", ESNI_RESIDUAL_MS, { direction: "out" });
  if (params.country === "iran") {
    return random() < IRAN_HIT_RATE ? { pass: false, actions: [{ kind: "reset", toInside: 1, toOutside: 0 }] } : ALLOW;
  }
  const reset: Action = { kind: "reset", toInside: GFW.resets, toOutside: GFW.resets };
  if (params.country === "turkmenistan") return { pass: false, actions: [reset] };
  if (random() >= GFW.hitRate) return ALLOW;
  const after: Action = {
    kind: "block",
    scope: "3-tuple",
    direction: "both",
    forMs: GFW.residualMs,
    how: "reset",
    rate: GFW.residualRate,
  };
  return { pass: true, actions: [reset, after] };
}

/** Looks at the first segments only: a name is said at the beginning. */
const MAX_DATA_PACKETS = 8;

/** The rule. */
export const r06: RuleModule<FlowTable<true>, R06Params> = defineRule<FlowTable<true>, R06Params>({
  id: "R6",
  title: "names in TLS and HTTP",
  source: "Rambert et al. 2021; net4people/bbs#43, #630; Nourin et al., WWW 2023; gfw.report, S&P 2025",
  accuracy: [
    { what: "matching requests hit (GFW)", value: "75 %", source: "2021-rambert" },
    { what: "repeatability (Iran)", value: "97.4 %", source: "net4people/bbs#630" },
  ],
  engines: ["router", "monitor"],
  position: "off-path",
  positionOf: ({ country }) => (country === "gfw" ? "off-path" : "in-path"),
  defaults: { country: "gfw", names: BLOCKED_NAMES, keywords: [], reassembles: true, unfiltered: [] },
  start: () => new FlowTable<true>(16_384, 120_000),
  inspect(seen, judged, { params, nowMs, random }) {
    const { flow, direction, payload, fresh } = seen;
    const fromClient = (direction === "out") === (flow.opener === "inside");
    if (!fresh || flow.protocol !== "tcp" || payload.byteLength === 0 || !fromClient) return ALLOW;
    if (flow.opener === "outside" && params.country !== "turkmenistan") return ALLOW;
    if ((direction === "out" ? flow.dataOut : flow.dataIn) > MAX_DATA_PACKETS) return ALLOW;
    if (
      params.unfiltered.includes(flow.inside.address) ||
      judged.get(`${flow.id} ${flow.openedAtMs}`, nowMs) !== undefined
    )
      return ALLOW;
    const finding = look(seen, params);
    if (finding === undefined || (finding === "esni" && !flow.established)) return ALLOW;
    const verdict = punish(finding, params, random);
    // A connection that was lucky once is not judged again at its next segment.
    judged.set(`${flow.id} ${flow.openedAtMs}`, true, nowMs);
    return verdict;
  },
});
