/* UDP sockets for links over DNS: one for each family of addresses, on a port of the system's choice. */
import { createSocket, type Socket } from "node:dgram";
import { getServers } from "node:dns";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Datagrams, OpenDatagrams } from "../dns/dns-carrier.ts";
import { resolverAddress, type ResolverAddress } from "../dns/dns-route.ts";
import { CarrierError } from "../errors.ts";

/** What is sent and received in a moment must not be lost on this machine. */
const BUFFER_BYTES: number = 512 * 1024;

/** The machine's own resolvers. */
export function systemResolvers(): readonly ResolverAddress[] {
  const read = getServers().map((text) => resolverAddress(isIPv6(text) ? `[${text}]` : text));
  return read.filter((address) => address !== undefined);
}

async function open(isV6: boolean, came: (host: string, port: number, bytes: Uint8Array) => void): Promise<Socket> {
  const socket = createSocket({ type: isV6 ? "udp6" : "udp4", recvBufferSize: BUFFER_BYTES });
  // One resolver that cannot be reached is no reason to give up the others; that nothing comes is noticed anyway.
  socket.on("error", () => undefined);
  socket.on("message", (bytes, { address, port }) => came(address, port, new Uint8Array(bytes)));
  socket.bind(0);
  await once(socket, "listening");
  return socket;
}

/** Sockets over node:dgram. @throws CarrierError `carrier/unreachable` when none can be opened */
export const openNodeDatagrams: OpenDatagrams = async (resolvers, came) => {
  const known = new Map(resolvers.map((each) => [`${each.host} ${each.port}`, each]));
  const take = (host: string, port: number, bytes: Uint8Array): void => {
    const from = known.get(`${host} ${port}`);
    if (from !== undefined) came(from, bytes);
  };
  const families = [...new Set(resolvers.map(({ host }) => isIPv6(host)))];
  const sockets = new Map<boolean, Socket>();
  try {
    for (const isV6 of families) sockets.set(isV6, await open(isV6, take));
  } catch (error) {
    for (const socket of sockets.values()) socket.close();
    throw new CarrierError("carrier/unreachable", (error as NodeJS.ErrnoException).code, { cause: error });
  }
  const datagrams: Datagrams = {
    send: ({ host, port }, bytes) => sockets.get(isIPv6(host))?.send(bytes, port, host, () => undefined),
    close: () => {
      for (const socket of sockets.values()) socket.close();
    },
  };
  return datagrams;
};
