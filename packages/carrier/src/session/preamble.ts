/*
 * What a link that will carry other people's TLS does first: it seems to load some pages. Who looks for a handshake inside another
 * connection sees its sizes only near the beginning, 25 packets or 40 records (3-road.md R4), and for lack of memory will not
 * look at all of every flow; so a tunnel's links begin with what most connections begin with. Server flights of 10 to 14 kB
 * are outside of every model that was published.
 */
import { CarrierError } from "../errors.ts";
import type { Link } from "../port.ts";
import { encodeFrame } from "./frames.ts";
import type { FramedLink } from "./framed-link.ts";

const PAGE_BYTES = { least: 10_000, most: 14_000 } as const;
const REQUEST_BYTES = { least: 436, most: 500 } as const;
/** A page comes in pieces of a packet's size. */
const PIECE_BYTES = 1_300;
const HEAD_BYTES = 3;

function between({ least, most }: { readonly least: number; readonly most: number }, random: () => number): number {
  return least + Math.floor(random() * (most - least));
}

/** The acceptor's half: padding of so many bytes. */
export function sendPage(link: Link, sizeBytes: number): void {
  for (let leftBytes = sizeBytes; leftBytes > 0; leftBytes -= PIECE_BYTES) {
    link.send(encodeFrame.padding(Math.max(0, Math.min(leftBytes, PIECE_BYTES) - HEAD_BYTES)));
  }
}

/**
 * The dialer's half, before it attaches: one page. Cost: a round trip and some 12 kB.
 *
 * @throws CarrierError `carrier/unusable` when something else comes, or the link ended
 */
export async function loadPage(framed: FramedLink, random: () => number): Promise<void> {
  const wantedBytes = between(PAGE_BYTES, random);
  framed.link.send(encodeFrame.ask(wantedBytes, between(REQUEST_BYTES, random)));
  for (let pieces = Math.ceil(wantedBytes / PIECE_BYTES); pieces > 0; pieces--) {
    const frame = await framed.next();
    if (frame?.type !== "padding") throw new CarrierError("carrier/unusable", "no page");
  }
}
