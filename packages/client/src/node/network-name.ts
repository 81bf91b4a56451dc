/*
 * A name for the network that this machine is in, where it costs nothing to know: the gateway's address and hardware address, as
 * Linux shows them in /proc. Two cafés with the same private addresses have different gateways.
 */
import { readFile } from "node:fs/promises";

const UP_AND_GATEWAY = 0x3;

/** The gateway of the default route in /proc/net/route: device and little-endian address. */
function defaultGateway(table: string): { readonly device: string; readonly address: string } | undefined {
  for (const line of table.split("\n").slice(1)) {
    const [device = "", destination, gateway = "", flags = "0"] = line.split("\t");
    const isDefault = destination === "00000000" && (Number.parseInt(flags, 16) & UP_AND_GATEWAY) === UP_AND_GATEWAY;
    if (!isDefault || !/^[0-9A-F]{8}$/.test(gateway)) continue;
    const bytes = gateway.match(/../g) ?? [];
    const address = bytes.map((byte) => Number.parseInt(byte, 16)).toReversed();
    return { device, address: address.join(".") };
  }
  return undefined;
}

/** The hardware address that /proc/net/arp has for an address. */
function hardwareAddress(table: string, address: string): string | undefined {
  const fields = table.split("\n").map((line) => line.trim().split(/\s+/));
  return fields.find(([ip]) => ip === address)?.[3];
}

/**
 * Names a network from what Linux tells of it.
 *
 * @returns undefined when there is no default route over IPv4
 */
export function networkOf(routes: string, neighbours: string): string | undefined {
  const gateway = defaultGateway(routes);
  if (gateway === undefined) return undefined;
  return `${gateway.address} ${hardwareAddress(neighbours, gateway.address) ?? gateway.device}`;
}

/** The network this machine is in; undefined where the system does not tell. Cost: two small reads. */
export async function networkName(): Promise<string | undefined> {
  try {
    const [routes, neighbours] = await Promise.all([
      readFile("/proc/net/route", "utf8"),
      readFile("/proc/net/arp", "utf8"),
    ]);
    return networkOf(routes, neighbours);
  } catch {
    // Not Linux.
    return undefined;
  }
}
