/*
 * Which addresses may be dialed for others (W-25, P-63, P-82). A client names stations by URL; without this rule a station on
 * the open internet would knock on whatever stands behind its own firewall for anybody who asks. Classes are ordered by
 * who can reach them: loopback < link-local < private < public; a station dials its own class and wider ones only.
 *
 * Names are not resolved here: a name is `public` by form, and the dialer checks again what it resolves to
 * (node/guarded-lookup.ts), so a name that points inward gains nothing.
 */

/** Who can reach an address, narrowest first. */
const ADDRESS_CLASSES = ["loopback", "link-local", "private", "public"] as const;
/** Who can reach an address. */
export type AddressClass = (typeof ADDRESS_CLASSES)[number];

type Ipv4 = readonly [number, number, number, number];

function parseIpv4(host: string): Ipv4 | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = parts;
  return [a, b, c, d];
}

function classOfIpv4([a, b, c]: Ipv4): AddressClass {
  // RFC 6890: 0/8 means this host; 100.64/10 is shared with a carrier's NAT.
  if (a === 127 || a === 0) return "loopback";
  if (a === 169 && b === 254) return "link-local";
  if (a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168)) return "private";
  if (a === 100 && b >= 64 && b <= 127) return "private";
  // Multicast, reserved, broadcast, benchmarks: nothing a station could live at.
  if (a >= 224 || (a === 198 && (b === 18 || b === 19)) || (a === 192 && b === 0 && c === 0)) return "loopback";
  return "public";
}

function hexGroups(half: string | undefined): number[] {
  return half === undefined || half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16));
}

/** The eight groups of an IPv6 address, or undefined. */
export function parseIpv6(host: string): number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(host);
  const v4 = dotted?.[2] === undefined ? undefined : parseIpv4(dotted[2]);
  if (dotted !== null && v4 === undefined) return undefined;
  const tail = v4 && `${((v4[0] << 8) | v4[1]).toString(16)}:${((v4[2] << 8) | v4[3]).toString(16)}`;
  const text = tail === undefined ? host : `${dotted?.[1] ?? ""}${tail}`;
  const halves = text.split("::");
  if (halves.length > 2 || !/^[0-9a-f:]+$/i.test(text)) return undefined;
  const left = hexGroups(halves[0]);
  const right = hexGroups(halves[1]);
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...left, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...right];
  return all.every((group) => Number.isInteger(group) && group <= 0xffff) ? all : undefined;
}

/** The 4 or 16 bytes of an address; none when it is no address. */
export function addressBytes(host: string): Uint8Array {
  const four = parseIpv4(host);
  const groups = four === undefined ? (parseIpv6(host) ?? []) : [];
  return Uint8Array.from(four ?? groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function embeddedIpv4(groups: readonly number[]): Ipv4 {
  return ipv4Of(groups[6] ?? 0, groups[7] ?? 0);
}

function ipv4Of(high: number, low: number): Ipv4 {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff];
}

function classOfIpv6(groups: readonly number[]): AddressClass {
  const first = groups[0] ?? 0;
  const leadingZeros = groups.findIndex((group) => group !== 0);
  // ::, ::1, IPv4-compatible and IPv4-mapped (::ffff:a.b.c.d), and NAT64 (64:ff9b::/96) say where they lead at the end.
  if (leadingZeros === -1 || (leadingZeros === 7 && groups[7] === 1)) return "loopback";
  if (leadingZeros >= 6 || (leadingZeros === 5 && groups[5] === 0xffff)) return classOfIpv4(embeddedIpv4(groups));
  if (first === 0x64 && groups[1] === 0xff9b) return classOfIpv4(embeddedIpv4(groups));
  // 6to4 carries the IPv4 address of its gateway in front; Teredo leads wherever its server says.
  if (first === 0x2002) return classOfIpv4(ipv4Of(groups[1] ?? 0, groups[2] ?? 0));
  if (first === 0x2001 && groups[1] === 0) return "loopback";
  if ((first & 0xffc0) === 0xfe80) return "link-local";
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfec0) return "private";
  return (first & 0xff00) === 0xff00 ? "loopback" : "public";
}

/** The class of a host as a URL writes it: an IPv4 or IPv6 address, or a name. */
export function addressClass(host: string): AddressClass {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const name = bare.toLowerCase().replace(/\.$/, "");
  const v4 = parseIpv4(name);
  if (v4 !== undefined) return classOfIpv4(v4);
  const v6 = name.includes(":") ? parseIpv6(name) : undefined;
  if (v6 !== undefined) return classOfIpv6(v6);
  if (name === "localhost" || name.endsWith(".localhost")) return "loopback";
  return name.endsWith(".local") || name.endsWith(".internal") || name.endsWith(".home.arpa") ? "private" : "public";
}

/** Whether a station of one class may dial an address of another. */
export function mayDial(own: AddressClass, target: AddressClass): boolean {
  return ADDRESS_CLASSES.indexOf(target) >= ADDRESS_CLASSES.indexOf(own);
}

/** The class of a route URL's host; undefined when it is no URL with a host. */
export function routeClass(route: string): AddressClass | undefined {
  try {
    const { hostname } = new URL(route);
    return hostname === "" ? undefined : addressClass(hostname);
  } catch {
    return undefined;
  }
}
