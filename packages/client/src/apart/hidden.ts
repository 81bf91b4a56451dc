/* Ways on which the station does not see who comes. */
import type { StationRef } from "@chapar/wire";

const RELAY = "relay+";
const SECOND_RELAY = /[?&]via=/u;

/**
 * The ways of lanes (U-3): through two relays where such ways are known, through one where only these are, and the open ones where there is no relay, or
 * none that this platform drives.
 */
export function hidden({ key, urls }: StationRef, relays: boolean): StationRef {
  const one = relays ? urls.filter((url) => url.startsWith(RELAY)) : [];
  const two = one.filter((url) => SECOND_RELAY.test(url));
  const [best = urls] = [two, one].filter(({ length }) => length > 0);
  return { key, urls: best };
}

/** How many relays stand between this device and the station on those ways. */
export function relaysOf(station: StationRef, relays: boolean): number {
  const [first = ""] = hidden(station, relays).urls;
  if (!relays || !first.startsWith(RELAY)) return 0;
  return SECOND_RELAY.test(first) ? 2 : 1;
}
