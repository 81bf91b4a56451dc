/*
 * What handlers work with: the station's parts, by interface, so that a session can be tested with any of them replaced
 * by a small one of its own.
 */
import type { EntryHeader, IdentityId, LogId, ReadProof, Request, Response, StationRef, WriteProof } from "@chapar/wire";
import type { Accounts } from "../account/accounts.ts";
import type { KeyShelves } from "../account/key-shelves.ts";
import type { Appended } from "../hub/appender.ts";
import type { HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { Rates } from "./rates.ts";
import type { Session } from "./session.ts";

/** What crosses to other stations. */
export interface Federation {
  /** Asks another station, without `at` (W-24). @throws StationError `station/peer-unreachable` · `station/peer-refused` */
  forward(at: StationRef, body: Request): Promise<Response>;
  /** Passes an append of a resident to the log's hub. */
  forwardAppend(log: HotLog, entry: Uint8Array, header: EntryHeader): Promise<Appended>;
  /** Keeps a mirror of a room; resolves when it has an entry and is following. */
  mirror(log: LogId, hub: StationRef, read: ReadProof): Promise<HotLog>;
  /** Keeps a grant for a mirrored room and shows it to the hub. */
  grant(log: HotLog, write: WriteProof): Promise<void>;
  /** A link has become a peer's. */
  joined(session: Session): void;
}

/** The parts of a station. */
export interface Services {
  readonly ports: StationPorts;
  readonly self: StationIdentity;
  readonly rates: Rates;
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly keys: KeyShelves;
  readonly federation: Federation;
  /** Ends every link of a device that its identity no longer lists. */
  readonly deviceGone: (identity: IdentityId) => Promise<void>;
}
