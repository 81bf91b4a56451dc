/*
 * What the kernel is told so that everything a machine sends goes into the tunnel or nowhere (protocol/8-road.md §12). One
 * nft table of its own, one routing rule, one routing table:
 *
 *   leave   output        marks what is to be carried; marked packets are routed to this machine itself
 *   came    prerouting    gives those to the helpers that listen for them (TPROXY), or drops them when none does
 *   refuse  output        tells programs at once what is not carried
 *   through forward       tells guests behind this machine's bridges the same
 *   guard   postrouting   the kill switch: drops whatever the others let leave in error, also when routes or helpers are gone
 *
 * The tunnel's own connections are known by the group that its process runs in, whatever route they take and whatever it
 * changes to; those that others opened to this machine by their first packet.
 */

/** Marks what is carried, and the connections that are let be. "CHVP". */
const MARK = "0x43485650";
/** The group of the tunnel's process, which nobody else is in: no file names it. */
export const OWN_GROUP = 1_128_812_624;
/** Who the helpers run as, and their group: nobody else either, and not let out. */
export const HELPER_ID = 1_128_812_625;
/** The routing table, which leads everything to this machine. */
const ROUTE_TABLE = "43485";
const RULE_PREFERENCE = "4348";
/** The nft table. */
export const CAPTURE_TABLE = "chapar_vpn";

/** The networks around a machine (RFC 6890): they are reached as before, and an exit does not reach them. */
const NEAR_4 = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/24",
  "239.255.255.250",
  "255.255.255.255",
];
const NEAR_6 = ["fe80::/10", "fc00::/7", "ff01::/16", "ff02::/16", "ff05::c"];

/** Where the helpers listen on loopback. */
export interface CapturePorts {
  readonly connections: number;
  readonly datagrams: number;
}

/** What is neither name nor payload of a program: addresses of this machine, neighbours, routers (RFC 2131, 8415, 4861). */
const HOUSEKEEPING = [
  "udp sport 68 udp dport 67 accept",
  "udp sport 546 udp dport 547 accept",
  "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-report, mld2-listener-report, mld-listener-done } accept",
];
const NAMES_KEPT = [
  `meta l4proto tcp th dport { 53, 853 } counter name held reject with tcp reset`,
  `meta l4proto udp th dport { 53, 853 } counter name held reject with icmpx admin-prohibited`,
];
const NEAR = ["ip daddr @near4 accept", "ip6 daddr @near6 accept"];
const OWN = [`meta skgid ${OWN_GROUP} accept`, `meta l4proto tcp ct mark ${MARK} accept`];
const REJECT = "counter name held reject with icmpx admin-prohibited";

function chain(name: string, hook: string, rules: readonly string[]): string {
  return [
    `  chain ${name} {`,
    ...(hook === "" ? [] : [`    ${hook}`]),
    ...rules.map((rule) => `    ${rule}`),
    "  }",
  ].join("\n");
}

function captured({ connections, datagrams }: CapturePorts, hasIpv6: boolean): readonly string[] {
  const to = (family: "ip" | "ip6", protocol: string, port: number): string => {
    const [version, address] = family === "ip" ? ["ipv4", "127.0.0.1"] : ["ipv6", "[::1]"];
    const what = `meta nfproto ${version} meta l4proto ${protocol}`;
    return `${what} tproxy ${family} to ${address}:${port} counter name carried accept`;
  };
  const families = hasIpv6 ? (["ip", "ip6"] as const) : (["ip"] as const);
  return families.flatMap((family) => [to(family, "tcp", connections), to(family, "udp", datagrams)]);
}

/**
 * The table as text for `nft -f`, which takes it whole or not at all: an older one is replaced without a moment between.
 *
 * @param hasIpv6 whether this machine has IPv6 on loopback; without it IPv6 is refused instead of carried
 */
export function captureRules(ports: CapturePorts, hasIpv6: boolean): string {
  const families = hasIpv6 ? "{ ipv4, ipv6 }" : "ipv4";
  const mark = `meta nfproto ${families} meta l4proto { tcp, udp }`;
  const set = (name: string, type: string, elements: readonly string[]): string =>
    `  set ${name} {\n    type ${type}\n    flags interval\n    elements = { ${elements.join(", ")} }\n  }`;
  return [
    `table inet ${CAPTURE_TABLE}`,
    `delete table inet ${CAPTURE_TABLE}`,
    `table inet ${CAPTURE_TABLE} {`,
    set("near4", "ipv4_addr", NEAR_4),
    set("near6", "ipv6_addr", NEAR_6),
    "  counter carried { }",
    "  counter held { }",
    chain("came", "type filter hook prerouting priority mangle; policy accept;", [
      `iifname "lo" meta mark ${MARK} jump captured`,
      // Only where somebody listens, and before anything of ours went there: nobody can open a way for our packets.
      `iifname != "lo" tcp flags & (fin | syn | rst | ack) == syn ct state new socket wildcard { 0, 1 } ct mark set ${MARK}`,
    ]),
    chain("captured", "", [...captured(ports, hasIpv6), "counter name held drop"]),
    chain("leave", "type route hook output priority mangle; policy accept;", [
      // An end in order outlives the socket, whose group is not known then.
      `meta skgid ${OWN_GROUP} meta l4proto tcp ct mark set ${MARK}`,
      ...OWN,
      "fib daddr type local accept",
      ...HOUSEKEEPING,
      `${mark} th dport 53 meta mark set ${MARK} accept`,
      ...NEAR,
      `${mark} meta mark set ${MARK}`,
    ]),
    chain("refuse", "type filter hook output priority filter; policy accept;", [
      `meta mark ${MARK} accept`,
      "fib daddr type local accept",
      ...OWN,
      ...HOUSEKEEPING,
      ...NAMES_KEPT,
      ...NEAR,
      REJECT,
    ]),
    chain("through", "type filter hook forward priority filter; policy accept;", [...NAMES_KEPT, ...NEAR, REJECT]),
    chain("guard", "type filter hook postrouting priority 300; policy drop;", [
      'oifname "lo" accept',
      ...OWN,
      ...HOUSEKEEPING,
      "meta l4proto { tcp, udp } th dport { 53, 853 } counter name held drop",
      ...NEAR,
      "counter name held",
    ]),
    "}",
    "",
  ].join("\n");
}

/** Words for `ip`, for each family: first what lets the route be made, then what undoes it. */
export function routeWords(family: "-4" | "-6"): { readonly make: string[][]; readonly undo: string[][] } {
  const rule = ["fwmark", MARK, "lookup", ROUTE_TABLE, "pref", RULE_PREFERENCE];
  return {
    make: [
      [family, "route", "replace", "local", "default", "dev", "lo", "table", ROUTE_TABLE],
      [family, "rule", "add", ...rule],
    ],
    undo: [
      [family, "rule", "del", ...rule],
      [family, "route", "flush", "table", ROUTE_TABLE],
    ],
  };
}

/** Whether a line of `ip monitor rule` says that our rule was taken away. */
export const isOurRuleGone = (line: string): boolean => line.startsWith(`Deleted ${RULE_PREFERENCE}:`);
