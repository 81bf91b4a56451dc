/*
 * The lab's small world: addresses of the documentation ranges (RFC 5737) and names below `.example` (RFC 2606), the same in
 * memory and in namespaces, so that nothing of the lab can be mistaken for a place that exists.
 */

/** Prefix of the foreign hosting provider whose addresses censors list. */
export const HOSTING_PREFIX = "198.51.100.0/24";

/** Where somebody lives. `gateway` is the border's side of the wire; `width` the prefix of the wire. */
export interface Home {
  readonly address: string;
  readonly gateway: string;
  readonly width: number;
  readonly side: "inside" | "outside";
}

/** One of the places. */
export type Place = "client" | "domestic" | "foreign" | "site" | "dns";

/** Where everybody lives. */
export const PLACES: Readonly<Record<Place, Home>> = {
  client: { address: "192.0.2.2", gateway: "192.0.2.1", width: 25, side: "inside" },
  domestic: { address: "192.0.2.130", gateway: "192.0.2.129", width: 25, side: "inside" },
  foreign: { address: "198.51.100.2", gateway: "198.51.100.1", width: 24, side: "outside" },
  site: { address: "203.0.113.2", gateway: "203.0.113.1", width: 25, side: "outside" },
  dns: { address: "203.0.113.130", gateway: "203.0.113.129", width: 25, side: "outside" },
};

/** Names and where they lead. */
export const NAMES: Readonly<Record<string, string>> = {
  /** nobody blocks it: the control */
  "ordinary.example": PLACES.site.address,
  /** an app that did not comply: on every list of names; it stands at the hosting provider */
  "blocked.example": PLACES.foreign.address,
  /** the station abroad, on no list of names */
  "station.example": PLACES.foreign.address,
  "home.example": PLACES.domestic.address,
  /** R15's famous mistake: a short name that is part of others */
  "xt.co": PLACES.site.address,
};

/** Names that are on lists unless a rule is told otherwise. */
export const BLOCKED_NAMES: readonly string[] = ["blocked.example"];
