/*
 * Which addresses a preview may be fetched from (protocol/5-content.md C-104): those that are public on the internet, and those that the
 * person named. A link of a stranger must not make this machine ask a router, a printer or a program on the machine itself.
 */
import { BlockList, isIPv6 } from "node:net";

/** Judges an address, IPv4 or IPv6 as text. */
export type AddressRule = (address: string) => boolean;

/** What no router on the open internet leads to (IANA IPv4 Special-Purpose Address Registry, multicast and what is reserved). */
const NOT_PUBLIC: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** Of 2000::/3, the only public part of IPv6: what carries an IPv4 address in itself, and documentation. */
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const refused = new BlockList();
for (const [net, bits] of NOT_PUBLIC) refused.addSubnet(net, bits, "ipv4");
const refused6 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_6) refused6.addSubnet(net, bits, "ipv6");
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

const isPublic = (address: string): boolean =>
  isIPv6(address)
    ? global6.check(address, "ipv6") && !refused6.check(address, "ipv6")
    : !refused.check(address, "ipv4");

/** Reads `ADDRESS` or `ADDRESS/BITS` into a list. @returns whether it is one */
function addTo(list: BlockList, text: string): boolean {
  const [net = "", bits] = text.split("/");
  const family = isIPv6(net) ? "ipv6" : "ipv4";
  try {
    if (bits === undefined) list.addAddress(net, family);
    else if (/^\d{1,3}$/u.test(bits)) list.addSubnet(net, Number(bits), family);
    else return false;
    return true;
  } catch {
    return false;
  }
}

/** Whether a text names addresses: one, or a range as CIDR. */
export const isRange = (text: string): boolean => addTo(new BlockList(), text);

/** What may be fetched from: public addresses, and the ranges that the person named. */
export function ruleWith(also: readonly string[]): AddressRule {
  const named = new BlockList();
  for (const range of also) addTo(named, range);
  return (address) => isPublic(address) || named.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
