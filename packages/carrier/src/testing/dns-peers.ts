/* The conformance peers behind name servers on loopback, each with a domain of its own; and what a dialer is told of them. */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { DnsAcceptor } from "../dns/dns-acceptor.ts";
import { formatDnsRoute } from "../dns/dns-route.ts";
import { openSealedLink, sealingIdentity, startDnsServer, systemClock, type SealingIdentity } from "../node/index.ts";
import type { Link } from "../port.ts";
import { conformancePeers, type PeerName } from "./peers.ts";

/** Where the peers are. */
export interface DnsPeers extends AsyncDisposable {
  route(peer: PeerName): string;
  /** a server that says of every link that there is none */
  readonly refusingRoute: string;
  readonly silentRoute: string;
}

/** What a link of these carries in the suite's tests of bulk: at 16 bytes a query 4 MiB would be a quarter of a million queries. */
export const DNS_BULK_BYTES: number = 6 * 1024;

/** Takes links over DNS at a port of loopback. */
export async function dnsDoor(
  domain: string,
  identity: SealingIdentity,
  accept: (link: Link, drop: () => void) => void,
): Promise<{ readonly acceptor: DnsAcceptor; readonly port: number; close(): Promise<void> }> {
  const acceptor: DnsAcceptor = new DnsAcceptor({
    domain: domain.split("."),
    station: identity.publicKey,
    clock: systemClock(),
    sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
    closeLimitMs: 4_000,
    accept: (link) => accept(link, () => acceptor.drop()),
  });
  const server = await startDnsServer({ acceptor, port: 0, host: "127.0.0.1" });
  return {
    acceptor,
    port: server.port,
    async close() {
      acceptor.drop();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Starts them. @param isSealed whether they open what is sealed to them */
export async function startDnsPeers(isSealed: boolean): Promise<DnsPeers> {
  const identity = sealingIdentity(new Uint8Array(32).fill(5));
  const peers = conformancePeers(systemClock(), DNS_BULK_BYTES);
  const doors = await Promise.all(
    Object.entries(peers).map(async ([name, act]) => {
      const door = await dnsDoor("t.example", identity, (link, drop) => {
        if (!isSealed) return act(link, drop);
        void openSealedLink(link, identity, { closeLimitMs: 4_000 }).then(
          (inner) => act(inner, drop),
          () => undefined,
        );
        return undefined;
      });
      return [name, door] as const;
    }),
  );
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  const ports = new Map<string, number>(doors.map(([name, { port }]) => [name, port]));
  const at = (port: number | undefined, domain = "t.example"): string =>
    formatDnsRoute(domain, identity.publicKey, [`127.0.0.1:${port ?? 0}`]);
  return {
    route: (peer) => at(ports.get(peer)),
    // The server is another zone's: REFUSED, whatever is asked.
    refusingRoute: at(ports.get("echo"), "other.example"),
    silentRoute: at(silent.address().port),
    async [Symbol.asyncDispose]() {
      silent.close();
      await Promise.all(doors.map(([, door]) => door.close()));
    },
  };
}
