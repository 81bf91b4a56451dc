/* What this device knows of a station by its key: its own home, or the home that somebody's invite named. */
import type { StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { AccusedRow } from "./alert-row.ts";

/** A station with the region and name under which it is known; empty when it is not. */
export function knownStation(member: Pick<Member, "profile" | "book">, ref: StationRef): AccusedRow {
  const homes = [member.profile.row.home, ...member.book.all().flatMap(({ peerHome }) => peerHome ?? [])];
  const home = homes.find(({ station }) => equalBytes(station.key, ref.key));
  return { ref, region: home?.region ?? "", name: home?.name ?? "" };
}
