/* IPv4 prefixes (`198.51.100.0/24`) and sets of them: what address lists and provider lists are made of. */
import { addressNumber } from "./ip.ts";

/** Whether an address lies in a prefix; a plain address is a /32, a malformed one lies nowhere. */
export function inPrefix(address: string, prefix: string): boolean {
  const [base = "", width = "32"] = prefix.split("/");
  const wanted = addressNumber(base);
  const given = addressNumber(address);
  if (wanted === undefined || given === undefined || !/^\d{1,2}$/.test(width) || Number(width) > 32) return false;
  const spanned = 2 ** (32 - Number(width));
  return Math.floor(given / spanned) === Math.floor(wanted / spanned);
}

/** Whether an address lies in one of several prefixes. */
export function inAnyPrefix(address: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => inPrefix(address, prefix));
}

/** The /24 of an address: what censors list when an address is not enough. */
export function subnetOf(address: string): string {
  return `${address.split(".").slice(0, 3).join(".")}.0/24`;
}
