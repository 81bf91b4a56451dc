/*
 * What stands at the other end in the conformance suite: one behaviour for each route, written over the Link port, so
 * that the same peers serve the memory network and a WebSocket server.
 */
import { concatBytes } from "@chapar/wire/bytes";
import type { Clock, Link } from "../port.ts";

/** How long `late` reads nothing. */
const LATE_MS = 200;
const NEVER = new AbortController().signal;

/** Bytes of the pattern that `flood` sends, and of the test's own bulk. */
export const BULK_BYTES: number = 4 * 1024 * 1024;

/** A pattern in which every misplaced stretch shows. */
export function pattern(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16)) & 0xff;
  return bytes;
}

/** A count as the peers report it. */
function countBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, count);
  return bytes;
}

/** Behaviours by the name that a route carries. */
export type PeerName = "echo" | "flood" | "late" | "deaf" | "count" | "ledger" | "hangs-up" | "drops" | "greets";

/** How a peer acts on a link; `drop` breaks the link without a word. */
export type Peer = (link: Link, drop: () => void) => void;

/** A set of peers that share a ledger. @param bulkBytes what `flood` sends, smaller where a route is slow by nature */
export function conformancePeers(clock: Clock, bulkBytes: number = BULK_BYTES): Readonly<Record<PeerName, Peer>> {
  const ended = { count: Promise.resolve(0) };
  return {
    /** Gives back what comes. */
    echo: (link) => link.receive((chunk) => link.send(chunk)),
    /** Sends a bulk of its own at once. */
    flood(link) {
      link.receive(() => undefined);
      link.send(pattern(bulkBytes));
    },
    /** Reads nothing for a while; says at each chunk how many bytes it has had. */
    late(link) {
      let count = 0;
      link.receive((chunk) => link.send(countBytes((count += chunk.byteLength))));
      link.pause();
      void clock.sleep(LATE_MS, NEVER).then(() => link.resume());
    },
    /** Never reads and never answers, not even a close. */
    deaf(link) {
      link.receive(() => undefined);
      link.pause();
    },
    /** Counts until the link ends, then puts the count into the ledger. */
    count(link) {
      const { promise, resolve } = Promise.withResolvers<number>();
      ended.count = promise;
      let count = 0;
      link.receive((chunk) => (count += chunk.byteLength));
      void link.ended.then(() => resolve(count));
    },
    /** Says what the last `count` counted, once its link has ended, and closes. */
    ledger(link) {
      void ended.count.then((count) => {
        link.send(countBytes(count));
        return link.close();
      });
    },
    /** Closes in order at the first chunk. */
    "hangs-up": (link) =>
      link.receive((chunk) => {
        link.send(concatBytes(chunk, chunk));
        link.close();
      }),
    /** Breaks the link at the first chunk. */
    drops: (link, drop) => link.receive(drop),
    /** Speaks first, before anyone listens. */
    greets(link) {
      for (const byte of [1, 2, 3]) link.send(Uint8Array.of(byte));
      link.receive(() => undefined);
    },
  };
}
