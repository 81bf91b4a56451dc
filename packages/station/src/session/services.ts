/*
 * What handlers work with: the station's parts, by interface, so that a session can be tested with any of them replaced
 * by a small one of its own.
 */
import type {
  DeviceId,
  EntryHeader,
  Hello,
  IdentityId,
  LogId,
  Notice,
  ReadProof,
  Request,
  Response,
  StationKey,
  StationRef,
  WriteProof,
} from "@chapar/wire";
import type { LeaveOrder } from "@chapar/wire/leaving";
import type { LedgerPolicies } from "../ledger/policy.ts";
import type { ShownLog } from "../ledger/shown-log.ts";
import type { Accounts } from "../account/accounts.ts";
import type { BlobRoom } from "../account/blob-room.ts";
import type { KeyShelves } from "../account/key-shelves.ts";
import type { Branches } from "../federation/branches.ts";
import type { Appended } from "../hub/appender.ts";
import type { Access, HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import type { Readers } from "../hub/readers.ts";
import type { Challenges } from "../witness/challenges.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { PushDesk } from "../push/push-desk.ts";
import type { RouteList } from "../account/route-list.ts";
import type { Rates } from "./rates.ts";
import type { StationBorder } from "../residency/border.ts";
import type { TokenDesk } from "../tokens/token-desk.ts";
import type { FrameLink } from "./frame-link.ts";

/** A device that showed its key. */
export interface Account {
  readonly identity: IdentityId;
  readonly device: DeviceId;
}

/** A station that showed its key. */
export interface Peer {
  readonly ref: StationRef;
  readonly region: string;
}

/** What an owner of a peer link hears. */
export interface PeerHandlers {
  push(body: Extract<Notice, { type: "log.push" }>): void;
  gap(body: Extract<Notice, { type: "log.gap" }>): void;
  ended(): void;
}

/** One link as handlers and federation see it; session.ts is the one that there is. */
export interface LinkState {
  readonly services: Services;
  readonly frames: FrameLink;
  /** 32 bytes; every proof on this link signs it */
  readonly nonce: Uint8Array;
  readonly accesses: ReadonlyMap<string, Access>;
  /** what the acceptor said first; for links that we dialed */
  readonly hello: Promise<Hello> | undefined;
  /** resolves when the link has ended */
  readonly ended: Promise<void>;
  account: Account | undefined;
  readonly peer: Peer | undefined;
  /** tokens that were spent on this link and paid for nothing yet (U-10) */
  credit: number;
  /** set by federation for links to peers */
  peerHandlers: PeerHandlers | undefined;
  /** A link that became a peer's is counted as one from here on. @param nonce  32 bytes, what its acceptor said */
  becomePeer(peer: Peer, nonce: Uint8Array): void;
  /** This link's access to a log; made when it is not there. @throws StationError `station/quota` */
  accessTo(log: HotLog): Access;
  /** Takes an access away again when nothing was shown for it. */
  dropIfEmpty(access: Access): void;
  /** The access of a log opened for reading. @throws StationError `station/unknown-log` (W-11) */
  readable(log: LogId): Access;
  /** The account shown. @throws StationError `station/not-authenticated` */
  needAccount(): Account;
}

/** What is passed on and forgotten (W-80). */
export interface EphemeralDesk {
  /** Something came by a link; passed on, or dropped without an answer. */
  hear(session: LinkState, body: Extract<Notice, { type: "ephemeral" }>): void;
  /** A link takes it from now on, or no more. */
  take(session: LinkState, on: boolean): void;
  /** Somebody follows a log: where it is a mirror, its hub is asked for what is passed on in it. */
  wanted(log: HotLog): void;
}

/** What crosses to other stations. */
interface Federation {
  /** Asks another station, without `at` (W-24). @throws StationError `station/peer-unreachable` · `station/peer-refused` */
  forward(at: StationRef, body: Request): Promise<Response>;
  /** Passes an append of a resident to the log's hub. */
  forwardAppend(log: HotLog, entry: Uint8Array, header: EntryHeader): Promise<Appended>;
  /** Keeps a mirror of a room; resolves when it has an entry and is following. */
  mirror(log: LogId, hub: StationRef, read: ReadProof): Promise<HotLog>;
  /** Keeps a grant for a mirrored room and shows it to the hub. */
  grant(log: HotLog, write: WriteProof): Promise<void>;
  /** Asks the hub of a mirrored log. @throws StationError `station/peer-unreachable` */
  askHub(log: LogId, hub: StationKey, body: Request): Promise<Response>;
  /** what residents write while a hub is out of reach (protocol/17-island.md) */
  readonly branches: Pick<Branches, "check" | "made" | "followed">;
  /** A link has become a peer's. */
  joined(session: LinkState): void;
}

/** A map proof, and the epoch it is about. */
export interface LedgerProof {
  readonly epoch: number;
  readonly proof: Uint8Array;
}

/** What links may ask of the station log (protocol/7-station-log.md §5). */
export interface LedgerAnswers {
  freshness(): Promise<{ readonly leaf: Uint8Array; readonly proof: Uint8Array }>;
  headProof(log: LogId): Promise<LedgerProof>;
  identityProof(genesis: Uint8Array): Promise<LedgerProof>;
  /** proofs about the published log */
  readonly shown: Pick<ShownLog, "leaf" | "incidents" | "consistency">;
  /** whose word is enough (S-24) */
  policies(): LedgerPolicies;
}

/** What links may ask of this station's witness. */
export interface WitnessAnswers {
  /** the checkpoint that it cosigned last for an origin, with its cosignature */
  latest(origin: string): Promise<Uint8Array | undefined>;
}

/** Lets people leave; account/leaving.ts is the one that there is. */
export interface LeavingDesk {
  /** Does what is ordered. @returns the signed receipt; undefined when more is to come */
  leave(session: LinkState, order: LeaveOrder, signature: Uint8Array): Promise<Uint8Array | undefined>;
}

/** The parts of a station. */
export interface Services {
  readonly ports: StationPorts;
  readonly self: StationIdentity;
  readonly rates: Rates;
  readonly hub: Hub;
  readonly ephemerals: EphemeralDesk;
  readonly accounts: Accounts;
  readonly keys: KeyShelves;
  readonly routes: RouteList;
  /** the region policy as a signed note, empty without one, and where the station's log has it (K-7) */
  readonly policy: () => { readonly note: Uint8Array; readonly index: number | undefined };
  /** judges what leaves, and takes note of it (protocol/14-residency.md §2) */
  readonly border: StationBorder;
  readonly readers: Readers;
  /** how much may be stored */
  readonly blobs: BlobRoom;
  readonly federation: Federation;
  /** undefined: this station keeps no log of its own */
  readonly ledger: LedgerAnswers | undefined;
  /** A pass to this station's exit for an account (P-84); undefined: it has none */
  readonly exitPass: ((identity: IdentityId) => Uint8Array) | undefined;
  /** Keeps a report for the operator (N-22); undefined: this station takes none. @throws StationError `station/quota` */
  readonly keepReport: ((report: Uint8Array) => Promise<void>) | undefined;
  /** gives and takes blind tokens; undefined: this station has none */
  readonly tokens: TokenDesk | undefined;
  /** wakes devices that have no link (N-33); undefined: this station wakes none */
  readonly push: PushDesk | undefined;
  /** undefined: this station witnesses nobody */
  readonly witness: WitnessAnswers | undefined;
  /** undefined: this station keeps no log to record what is not answered in */
  readonly challenges: Pick<Challenges, "put"> | undefined;
  /** lets people leave (protocol/15-moving.md §4); undefined: this station keeps no log to say so in */
  readonly leavings: LeavingDesk | undefined;
  /** Ends every link of a device that its identity no longer lists. */
  readonly deviceGone: (identity: IdentityId) => Promise<void>;
}
