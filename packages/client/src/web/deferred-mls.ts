/*
 * Group encryption (MLS) is about half of all code, and a person on a slow line can join, write and queue without it: sealing
 * begins when a route opens. So in a browser the first group operation brings it. What failed to come is tried again by the
 * next one; until then the operation fails like any other that found no network, and the engine's jobs come back to it.
 */
import type { Mls } from "@chapar/e2e";
import { deferredPart } from "../part.ts";

/**
 * The Mls port over an implementation that may not have arrived yet.
 *
 * @param bring  brings it; asked again only when it failed
 * @throws (by every method) what `bring` throws
 */
export function deferredMls(bring: () => Promise<Mls>): Mls {
  let loaded: Mls | undefined;
  const need = (): Mls => {
    // What may be given up was made or loaded by the implementation itself.
    if (loaded === undefined) throw new TypeError("nothing to give up yet");
    return loaded;
  };
  const given: Pick<Mls, "drop" | "abandon"> = {
    drop: (group, pending) => need().drop(group, pending),
    abandon: (join) => need().abandon(join),
  };
  return Object.assign(Object.create(deferredPart<Mls>(async () => (loaded = await bring()))) as Mls, given);
}
