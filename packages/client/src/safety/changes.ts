/* What changed of a person between two states of their chain. */
import type { IdentityState } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ChangeRow } from "./person-row.ts";

/** Changes from a held state to a later one, oldest first. @param sinceMs  when their station's log first had them, if known */
export function chainChanges(
  held: IdentityState,
  next: IdentityState,
  sinceMs: number | undefined,
): readonly ChangeRow[] {
  const has = (state: IdentityState, device: Uint8Array): boolean =>
    state.devices.some((one) => equalBytes(one.device, device));
  const fresh = next.ops.slice(held.ops.length).map(({ op }) => op.body.kind);
  const changes: ChangeRow["what"][] = [];
  if (fresh.includes("override")) changes.push("op-overridden");
  if (next.devices.some(({ device }) => !has(held, device))) changes.push("device-added");
  if (held.devices.some(({ device }) => !has(next, device))) changes.push("device-revoked");
  if (!equalBytes(held.home.station.key, next.home.station.key)) changes.push("home-moved");
  if (fresh.includes("rotate")) changes.push("keys-rotated");
  if (next.closed && !held.closed) changes.push("left");
  return changes.map((what) => ({ what, sinceMs }));
}
