/*
 * The border of a station (protocol/14-residency.md §2): the one place that knows the law of its region and judges everything that would
 * rest abroad. Links to peers hand it every frame before it leaves and after it came; requests to other stations come by here before
 * they are sent, so that what residents write rests at home first.
 *
 *   resident --write--> home store --fsync--> border --permit--> link to a peer
 */
import type { CrossingClass, PolicyMode, RegionPolicy } from "@chapar/evidence";
import { blobHash, type Frame, type Request, type StationKey } from "@chapar/wire";
import { stationError } from "../errors.ts";
import type { StationPorts } from "../ports.ts";
import type { Abroad, Crossing } from "./crossing.ts";
import { EgressBook } from "./egress-book.ts";
import type { EgressNotice, LinkLedger } from "./link-ledger.ts";
import { cargoOf, wantedClasses } from "./classes.ts";

/** The border as one link to a peer sees it. */
export interface LinkBorder {
  /** Whether a frame may leave by this link. */
  allows(frame: Frame): boolean;
  /** A frame of so many bytes, without its length, was handed to the link. */
  left(frame: Frame, sizeBytes: number): void;
  /** A frame of so many bytes, without its length, came by the link. */
  came(frame: Frame, sizeBytes: number): void;
  /** The other side speaks of what crossed. */
  hear(notice: EgressNotice): void;
}

/** What a border judges by. */
export interface BorderParts {
  readonly ports: StationPorts;
  /** of this station */
  readonly key: StationKey;
  readonly region: string;
  /** undefined: nothing is asked */
  readonly policy: RegionPolicy | undefined;
}

/** Judges what may leave. */
export interface BorderRules {
  /** Whether a class may rest in a region. */
  mayLeave(of: CrossingClass, region: string): boolean;
  /** Has what residents wrote rest at home before it is sent. @throws StationError `station/region-refused` · of the store */
  homeFirst(region: string, body: Request): Promise<void>;
  /** Whether a peer of a region may be given what it asks for. */
  mayAsk(region: string, type: Request["type"]): boolean;
}

/** What a station's other parts have of its border. */
export interface StationBorder extends BorderRules {
  /** The border for a link that has become a peer's. @param nonce  32 bytes, what its acceptor said @param say  sends by it */
  link(peer: Abroad, nonce: Uint8Array, say: (notice: EgressNotice) => void): LinkBorder;
}

/** The border of one station. */
export class Border implements StationBorder {
  readonly #parts: BorderParts;

  /** what crossed */
  readonly book: EgressBook;

  constructor(parts: BorderParts) {
    this.#parts = parts;
    this.book = new EgressBook(parts.ports, parts.key);
  }

  /** What the law asks for a class; `none` without a policy, and for what a person does with their own (K-12). */
  mode(of: CrossingClass): PolicyMode {
    return of === "own-act" ? "none" : (this.#parts.policy?.data[of].mode ?? "none");
  }

  mayLeave(of: CrossingClass, region: string): boolean {
    const { policy } = this.#parts;
    if (region === this.#parts.region || policy === undefined) return true;
    if (of === "commitment" && !policy.saltedCommitmentsMayLeave) return false;
    return this.mode(of) !== "exclusive";
  }

  mayAsk(region: string, type: Request["type"]): boolean {
    return wantedClasses(type).every((of) => this.mayLeave(of, region));
  }

  link(peer: Abroad, nonce: Uint8Array, say: (notice: EgressNotice) => void): LinkBorder {
    return linkBorder(this, peer, this.book.open(peer, nonce, say));
  }

  async homeFirst(region: string, body: Request): Promise<void> {
    const cargo = cargoOf({ kind: "request", id: 1, body });
    if (cargo === undefined) return;
    if (!this.mayLeave(cargo.of, region)) throw stationError("station/region-refused");
    // Everything else that is passed on rests here already: op chains, blobs, what mirrors hold.
    if (region === this.#parts.region || this.mode(cargo.of) === "none") return;
    if (body.type !== "log.append" && body.type !== "inbox.append") return;
    const { store, sha256 } = this.#parts.ports;
    const bytes = body.entry.slice();
    await store.commit([{ kind: "blob", hash: blobHash(sha256(bytes)), bytes }]);
  }
}

/** The border as a link to a peer sees it. */
function linkBorder(rules: BorderRules, peer: Abroad, notes: LinkLedger): LinkBorder {
  const crossing = (frame: Frame, bytes: number): Crossing | undefined => {
    const cargo = cargoOf(frame);
    return cargo && { ...cargo, bytes };
  };
  return {
    allows: (frame) => {
      const cargo = cargoOf(frame);
      return cargo === undefined || rules.mayLeave(cargo.of, peer.region);
    },
    left: (frame, sizeBytes) => {
      const one = crossing(frame, sizeBytes);
      if (one !== undefined) notes.sent(one);
    },
    came: (frame, sizeBytes) => {
      const one = crossing(frame, sizeBytes);
      if (one !== undefined) notes.received(one);
    },
    hear: (notice) => notes.hear(notice),
  };
}
