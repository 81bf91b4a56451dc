/*
 * What a station says it has of a range of a log, signed (E-11, E-14, E-15). It speaks only of bodies that it had: where a
 * mirror began behind a hole of its hub, the hub is asked (E-18).
 */
import { MAX_TOMBSTONES, signManifest, type ManifestFields } from "@chapar/evidence";
import { MAX_MANIFEST_ITEMS } from "@chapar/wire";
import { stationError } from "../errors.ts";
import type { StationPorts } from "../ports.ts";
import type { Hole } from "../store/port.ts";
import { readableSize, type Access } from "./hot-log.ts";
import type { Hub } from "./hub.ts";

type Items = Pick<ManifestFields, "items" | "tombstones">;

/** A manifest; or how many bodies from the first on never were here. */
export type ManifestOutcome = { readonly manifest: Uint8Array } | { readonly absent: number };

/**
 * Makes a manifest of at most `count` entries from `first` on.
 *
 * Cost: leaf hashes of the log are loaded when they are not in memory; one signature.
 * @throws StationError `station/out-of-range`
 */
export async function makeManifest(
  parts: { readonly ports: StationPorts; readonly hub: Hub },
  access: Access,
  range: { readonly reader: Uint8Array | undefined; readonly first: number; readonly count: number },
): Promise<ManifestOutcome> {
  const { ports, hub } = parts;
  const { reader, first } = range;
  const { log } = access;
  const size = readableSize(access);
  if (first >= size) throw stationError("station/out-of-range", size);
  const leaves = await hub.cache.leaves(log);
  const end = Math.min(size, first + Math.min(range.count, MAX_MANIFEST_ITEMS));
  const { value, timeMs } = await hub.time.word(async () => {
    // Holes are read before the ack: an ack that justifies a hole is on disk before the hole is.
    const holes = await ports.store.holes(log.id, first, end - first);
    const held = reader === undefined ? undefined : await ports.store.reader(log.id, reader);
    return { holes, ack: held?.ack ?? new Uint8Array(0) };
  });
  const { holes, ack } = value;
  const [hole] = holes;
  if (hole?.status === "absent" && hole.first <= first)
    return { absent: Math.min(hole.first + hole.count, end) - first };
  const leafAt = (index: number): Uint8Array => leaves.bytes.subarray(32 * index, 32 * index + 32);
  const said = itemsOf(holes, first, end, leafAt);
  const fields: ManifestFields = {
    log: log.id,
    reader,
    timeMs,
    size,
    root: log.tree().root(size),
    first,
    ack,
    ...said,
  };
  return { manifest: await signManifest(fields, ports.signer) };
}

/** What is said of each entry; ends before a body that never was here, and before one tombstone too many. */
function itemsOf(holes: readonly Hole[], first: number, end: number, leafAt: (index: number) => Uint8Array): Items {
  const items: ManifestFields["items"][number][] = [];
  const tombstones: ManifestFields["tombstones"][number][] = [];
  let at = 0;
  for (let index = first; index < end; index++) {
    while (at < holes.length && endOf(holes[at]) <= index) at++;
    const hole = holes[at];
    const inside = hole !== undefined && hole.first <= index ? hole : undefined;
    const status = inside?.status ?? "present";
    if (status === "absent") break;
    if (inside?.tombstone !== undefined) {
      if (tombstones.length === MAX_TOMBSTONES) break;
      tombstones.push({ offset: index - first, ...inside.tombstone });
    }
    items.push({ status, leafHash: leafAt(index) });
  }
  return { items, tombstones };
}

function endOf(hole: Hole | undefined): number {
  return hole === undefined ? 0 : hole.first + hole.count;
}
