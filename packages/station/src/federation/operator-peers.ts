/* Keeps a link to every station on the operator's list (`--peer URL`), dialed again with back-off when it is lost. */
import { backoffMs, type Rng } from "@chapar/carrier";
import type { Clock } from "@chapar/carrier";
import type { Store } from "../store/port.ts";
import type { Peers } from "./peers.ts";

/** Dials the operator's peers until the signal is aborted. */
export async function keepOperatorPeers(
  urls: readonly string[],
  parts: { peers: Peers; store: Store; clock: Clock; jitter: Rng; signal: AbortSignal },
): Promise<void> {
  await Promise.all(urls.map((url) => keepLinked(url, parts)));
}

async function keepLinked(
  url: string,
  { peers, store, clock, jitter, signal }: Parameters<typeof keepOperatorPeers>[1],
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const session = await peers.dial({ key: undefined, urls: [url] });
      failures = 0;
      if (session.peer !== undefined) await store.commit([{ kind: "peer", peer: session.peer }]);
      await session.ended;
    } catch {
      // Not reachable now, or not a station: tried again, later and later.
    }
    failures++;
    await clock.sleep(backoffMs(failures, jitter), signal).catch(() => undefined);
  }
}
