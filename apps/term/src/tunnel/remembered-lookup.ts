/*
 * Addresses of the tunnel's own routes, looked up before a machine is closed and kept: while it is closed nothing is asked
 * of a resolver outside, and the one on this machine would have to ask through the tunnel that is to be found.
 */
import type { LookupAddress } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { isIP, type LookupFunction } from "node:net";
import { callbackify } from "node:util";

/** Whom systemd's resolver asks in turn. */
const BEHIND_STUB = "/run/systemd/resolve/resolv.conf";
const ASK_LIMIT = { timeout: 2_000, tries: 2 };

/** The hosts that a route names, as far as its text tells: names only. */
export function hostsOf(route: string): readonly string[] {
  const [, authority = ""] = /^[a-z0-9+]+:\/\/([^/?#]*)/i.exec(route) ?? [];
  return authority
    .slice(authority.lastIndexOf("@") + 1)
    .split(",")
    .map((host) => host.replace(/:\d+$/, ""))
    .filter((host) => /^[a-z0-9.-]+$/i.test(host) && isIP(host) === 0);
}

/** The servers that a resolv.conf names, without those of this machine. */
export function serversOf(text: string): readonly string[] {
  const named = Array.from(text.matchAll(/^nameserver[ \t]+(\S+)/gm), ([, address = ""]) => address);
  return named.filter((address) => isIP(address) !== 0 && !/^127\.|^::1$/.test(address));
}

/**
 * Asks past a resolver on this machine: one that runs as another program asks outside by itself, and a machine that stayed
 * closed after a kill lets it not. What this process asks is the tunnel's own.
 */
async function askBehind(name: string): Promise<readonly LookupAddress[]> {
  let servers: readonly string[] = [];
  try {
    servers = serversOf(readFileSync(BEHIND_STUB, "utf8"));
  } catch {
    // Another kind of system: there is nobody behind.
  }
  if (servers.length === 0) return [];
  const resolver = new Resolver(ASK_LIMIT);
  resolver.setServers(servers);
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const of = (found: PromiseSettledResult<string[]>, family: number): LookupAddress[] =>
    found.status === "fulfilled" ? found.value.map((address) => ({ address, family })) : [];
  return [...of(four, 4), ...of(six, 6)];
}

/** A look-up that asks once for each name. */
export class RememberedLookup {
  readonly #known = new Map<string, readonly LookupAddress[]>();

  /** Looks names up ahead; those that have no address now are asked again when they are needed. Never rejects. */
  async prepare(routes: readonly string[]): Promise<void> {
    const names = new Set(routes.flatMap(hostsOf));
    const ask = (name: string): Promise<void> =>
      new Promise((resolve) => this.lookup(name, { all: true }, () => resolve()));
    await Promise.all(Array.from(names, ask));
  }

  /** As `node:net` asks it. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    const answer = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses;
      if (options.all === true) callback(null, [...addresses]);
      else callback(null, first?.address ?? "", first?.family ?? 0);
    };
    const known = this.#known.get(name);
    if (known !== undefined) return answer(known);
    this.#find(name, (error, addresses) => (error === null ? answer(addresses) : callback(error, "")));
    return undefined;
  };

  readonly #find = callbackify(async (name: string): Promise<readonly LookupAddress[]> => {
    const found = await lookup(name, { all: true }).catch(async (error: unknown) => {
      const behind = await askBehind(name);
      if (behind.length === 0) throw error;
      return behind;
    });
    this.#known.set(name, found);
    return found;
  });
}
