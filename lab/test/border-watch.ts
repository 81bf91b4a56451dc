/* What passes the border of the client's, counted by the border's kernel: outside the machine that is tested. */
import { PLACES } from "../src/addresses.ts";
import type { ControlBench } from "../src/testing/netns.ts";

/** What the border sees of the client, by kind; the tunnel itself is TCP to the station's port 443. */
const KINDS = {
  names: "meta l4proto { tcp, udp } th dport { 53, 853 }",
  datagrams: "ip protocol != tcp",
  begun: "tcp flags & (syn | ack) == syn",
  elsewhere: `ip daddr != { ${PLACES.foreign.address}, 198.51.100.3, 198.51.100.4 }`,
  six: "meta nfproto ipv6 ip6 daddr != { fe80::/10, ff00::/8 } icmpv6 type != { nd-neighbor-solicit, nd-neighbor-advert }",
  sixOther: "meta nfproto ipv6 meta l4proto { tcp, udp }",
} as const;
/** A kind of packet. */
type Kind = keyof typeof KINDS;

/** Begins to count at the border. */
export function watchBorder(bench: ControlBench): void {
  const rules = Object.entries(KINDS).map(([kind, what]) => `iifname "in-client" ${what} counter name ${kind}`);
  const counters = Object.keys(KINDS).map((kind) => `counter ${kind} { }`);
  const chain = ["type filter hook prerouting priority raw; policy accept;", ...rules].join("\n");
  bench.network.run(
    "border",
    "nft",
    ["-f", "-"],
    `table inet watch {\n${counters.join("\n")}\nchain came {\n${chain}\n}\n}\n`,
  );
}

/** Packets of each kind since it was asked last. */
export function seenAtBorder(bench: ControlBench): Readonly<Record<Kind, number>> {
  const out = bench.network.run("border", "nft", ["-j", "reset", "counters", "table", "inet", "watch"]);
  const { nftables } = JSON.parse(out) as { nftables: { counter?: { name: string; packets: number } }[] };
  return Object.fromEntries(
    nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, counter.packets]])),
  ) as Record<Kind, number>;
}

/** As seenAtBorder says it of a client that sends nothing. */
export const NOTHING: Readonly<Record<Kind, number>> = {
  names: 0,
  datagrams: 0,
  begun: 0,
  elsewhere: 0,
  six: 0,
  sixOther: 0,
};
