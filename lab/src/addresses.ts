/*
 * The lab's small world: addresses of the documentation ranges (RFC 5737) and names below `.example` (RFC 2606), the same in
 * memory and in namespaces, so that nothing of the lab can be mistaken for a place that exists.
 */

/** Prefix of the foreign hosting provider whose addresses censors list. */
export const HOSTING_PREFIX = "198.51.100.0/24";

/** Where somebody lives. `gateway` is the border's side of the wire; `width` the prefix of the wire. */
export interface Home {
  readonly address: string;
  /** where IPv6 is on (RFC 3849); the border's side of the wire ends in ::1 */
  readonly ipv6: string;
  readonly gateway: string;
  readonly width: number;
  readonly side: "inside" | "outside";
}

/** One of the places. */
export type Place = "client" | "domestic" | "foreign" | "site" | "dns";

/** Where everybody lives. */
export const PLACES: Readonly<Record<Place, Home>> = {
  client: { ipv6: "2001:db8:1::2", address: "192.0.2.2", gateway: "192.0.2.1", width: 25, side: "inside" },
  domestic: { ipv6: "2001:db8:2::2", address: "192.0.2.130", gateway: "192.0.2.129", width: 25, side: "inside" },
  foreign: { ipv6: "2001:db8:3::2", address: "198.51.100.2", gateway: "198.51.100.1", width: 24, side: "outside" },
  site: { ipv6: "2001:db8:4::2", address: "203.0.113.2", gateway: "203.0.113.1", width: 25, side: "outside" },
  dns: { ipv6: "2001:db8:5::2", address: "203.0.113.130", gateway: "203.0.113.129", width: 25, side: "outside" },
};

/** Further addresses of the foreign place: other fronts of the same station, as other rented hosts would be. */
export const FURTHER_FRONTS: readonly string[] = ["198.51.100.3", "198.51.100.4"];

/** Names and where they lead. */
export const NAMES: Readonly<Record<string, string>> = {
  /** nobody blocks it: the control */
  "ordinary.example": PLACES.site.address,
  /** an app that did not comply: on every list of names; it stands at the hosting provider */
  "blocked.example": PLACES.foreign.address,
  /** the station abroad, on no list of names */
  "station.example": PLACES.foreign.address,
  "front.example": FURTHER_FRONTS[0] ?? "",
  "other.example": FURTHER_FRONTS[1] ?? "",
  "home.example": PLACES.domestic.address,
  /** R15's famous mistake: a short name that is part of others */
  "xt.co": PLACES.site.address,
};

/** Names that are on lists unless a rule is told otherwise. */
export const BLOCKED_NAMES: readonly string[] = ["blocked.example"];
