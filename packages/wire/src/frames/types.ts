/*
 * Every frame of the protocol, as values. Byte layouts: protocol/1-wire.md; codecs: the files beside this one.
 *
 * Client-station and station-station links speak the same frames. A link is a byte stream of `u32 length, frame`; the
 * acceptor speaks first (`hello`). Requests carry an id chosen by whoever asks; the answer carries the same id. Notices
 * (`hello`, `log.push`, `goodbye`) have no id and are not answered.
 *
 * Nothing here names a sender of a message: logs are opened by capability (read key, write key), accounts are only
 * needed to hold an inbox, publish keys and create logs.
 */
import type { WireErrorCode } from "../errors.ts";
import type { BlobHash, DeviceId, IdentityId, LogId, StationKey } from "../ids.ts";

/** Where a station can be reached: its key and up to four URLs, best first. */
export interface StationRef {
  readonly key: StationKey;
  readonly urls: readonly string[];
}

/** Spoken by the acceptor of a link as its first frame. */
export interface Hello {
  readonly type: "hello";
  /** lowest and highest protocol version spoken */
  readonly versions: readonly [min: number, max: number];
  readonly station: StationKey;
  /** ISO 3166-1 alpha-2, upper case, of the region whose law the station keeps */
  readonly region: string;
  readonly name: string;
  /** 32 bytes, new for every link; every proof on this link signs it */
  readonly nonce: Uint8Array;
  readonly timeMs: number;
}

/** A capability shown on this link: a signature by the log's read or write key over label, log, station key and nonce. */
export interface ReadProof {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

/** As ReadProof, for writing in one epoch; the station holds the epoch's public write key. */
export interface WriteProof {
  readonly epoch: number;
  readonly signature: Uint8Array;
}

/** What a request may ask. */
export type Request =
  /** The first request of a dialer: which version it speaks. Answer: done. */
  | { readonly type: "greet"; readonly version: number }
  /** The acceptor proves its station key over the dialer's 32-byte nonce. Answer: proof. */
  | { readonly type: "prove"; readonly nonce: Uint8Array }
  /** Makes an account from an op chain whose home is this station; again with the same chain: done. Answer: done. */
  | { readonly type: "account.register"; readonly ops: readonly Uint8Array[]; readonly token: Uint8Array }
  /** A device of an account shows its key. Answer: done. */
  | {
      readonly type: "account.auth";
      readonly identity: IdentityId;
      readonly device: DeviceId;
      readonly signature: Uint8Array;
    }
  /** The dialer is a station; from here on both sides may ask. Answer: done. */
  | { readonly type: "peer.auth"; readonly self: StationRef; readonly region: string; readonly signature: Uint8Array }
  /** The region policy that this station keeps (K-7), for anyone. Answer: region.policy. */
  | { readonly type: "region.policy" }
  /** From the answer on both sides send cells of one size, at ticks (U-5). The last thing asked before it. Answer: done. */
  | { readonly type: "cells" }
  /** A token for what an account may make, on a link that shows none (U-10). Answer: done. */
  | { readonly type: "token.spend"; readonly token: Uint8Array }
  /** The station's key for blind tokens, when `request` is empty; otherwise one token for the account on this link (U-10). Answer: token. */
  | { readonly type: "token.issue"; readonly request: Uint8Array }
  /** Further routes to this station, for those who have an account here (P-50). Answer: routes. */
  | { readonly type: "routes.get" }
  /** Appends ops to the chain of the account shown on this link. Answer: done. */
  | { readonly type: "identity.put"; readonly ops: readonly Uint8Array[] }
  /** An identity's whole op chain. Answer: identity.ops. */
  | { readonly type: "identity.get"; readonly identity: IdentityId; readonly at: StationRef | undefined }
  /** Publishes key packages of the device shown on this link, all of one MLS suite. Answer: keys.count, of that suite. */
  | { readonly type: "keys.put"; readonly suite: number; readonly packages: readonly Uint8Array[] }
  /** How many of this device's key packages of a suite are left. Answer: keys.count. */
  | { readonly type: "keys.count"; readonly suite: number }
  /** Takes one key package of a suite of every device of an identity; each is given once. Answer: keys.taken. */
  | {
      readonly type: "keys.take";
      readonly identity: IdentityId;
      readonly suite: number;
      readonly at: StationRef | undefined;
    }
  /** Makes a log from its genesis entry; again with the same genesis: the same answer. Answer: log.state. */
  | { readonly type: "log.create"; readonly genesis: Uint8Array }
  /** Shows capabilities for a log that rests here. Answer: log.state. */
  | {
      readonly type: "log.open";
      readonly log: LogId;
      readonly read: ReadProof | undefined;
      readonly write: WriteProof | undefined;
    }
  /** Appends an entry to a room; a mirror passes it to the hub. The same bytes again: the first receipt. Answer: receipt. */
  | { readonly type: "log.append"; readonly log: LogId; readonly entry: Uint8Array }
  /** Leaves an entry in an inbox, here or at another station. Answer: receipt. */
  | {
      readonly type: "inbox.append";
      readonly inbox: LogId;
      readonly at: StationRef | undefined;
      readonly entry: Uint8Array;
    }
  /** Entries from an index on. Answer: log.entries. */
  | { readonly type: "log.read"; readonly log: LogId; readonly from: number; readonly maxBytes: number }
  /** As log.read, then `log.push` for whatever comes, until `log.unfollow` or the end of the link. Answer: done. */
  | { readonly type: "log.follow"; readonly log: LogId; readonly from: number }
  | { readonly type: "log.unfollow"; readonly log: LogId }
  /** Inclusion of an index in the tree of a size. Answer: log.hashes. */
  | { readonly type: "log.inclusion"; readonly log: LogId; readonly index: number; readonly size: number }
  /** Consistency between two sizes. Answer: log.hashes. */
  | { readonly type: "log.consistency"; readonly log: LogId; readonly from: number; readonly to: number }
  /** The log's head as a C2SP checkpoint. Answer: log.checkpoint. */
  | { readonly type: "log.checkpoint"; readonly log: LogId }
  /**
   * Asks one's home to keep a mirror of a room whose hub is elsewhere. `read` is signed for the home's station key
   * instead of a nonce, so that the home can show it to the hub. Answer: log.state.
   */
  | { readonly type: "room.mirror"; readonly log: LogId; readonly hub: StationRef; readonly read: ReadProof }
  /** Lets the home pass on writes of one epoch to the hub; `write` is signed for the home's station key. Answer: done. */
  | { readonly type: "room.grant"; readonly log: LogId; readonly write: WriteProof }
  /** Station to hub: the room from an index on, then pushes. Answer: log.state. */
  | { readonly type: "peer.mirror"; readonly log: LogId; readonly from: number; readonly read: ReadProof }
  /** Station to hub: may pass on writes of this epoch. Answer: done. */
  | { readonly type: "peer.grant"; readonly log: LogId; readonly write: WriteProof }
  /**
   * Keeps a sealed chunk; again: done. `lock`, 32 bytes: who shows what hashes to it may have the chunk deleted (protocol/15-moving.md
   * M-23). Answer: blob.stored.
   */
  | { readonly type: "blob.put"; readonly bytes: Uint8Array; readonly lock: Uint8Array | undefined }
  /** Which of these chunks do not rest here. Answer: blob.missing. */
  | { readonly type: "blob.have"; readonly hashes: readonly BlobHash[] }
  /** How much may be stored. Answer: blob.room. */
  | { readonly type: "blob.room" }
  /** Answer: blob. */
  | { readonly type: "blob.get"; readonly hash: BlobHash; readonly at: StationRef | undefined }
  /** The newest epoch commit of a station's log and the proof that witnesses have seen it. Answer: ledger.freshness. */
  | { readonly type: "ledger.freshness"; readonly at: StationRef | undefined }
  /** The head of a log that was opened for reading, as that epoch has it; of the hub's log. Answer: ledger.proof. */
  | { readonly type: "ledger.head-proof"; readonly log: LogId }
  /** How many ops an identity has, and which, as that epoch has it. Answer: ledger.proof. */
  | {
      readonly type: "ledger.identity-proof";
      readonly identity: IdentityId;
      readonly at: StationRef | undefined;
    }
  /** Deletes what rests here of a person who left (protocol/15-moving.md §4), as they order it (leaving/order.ts). Answer: done, then account.left. */
  | { readonly type: "account.leave"; readonly order: Uint8Array }
  /** An identity's op chain with the station's signed word on it (E-16). Answer: identity.word. */
  | { readonly type: "identity.word"; readonly identity: IdentityId; readonly at: StationRef | undefined }
  /**
   * Keeps a chain at a station that it names as an anchor, here or passed on for the account shown; where an earlier part of it is kept
   * already, from anybody (I-17). Answer: done.
   */
  | { readonly type: "identity.anchor"; readonly ops: readonly Uint8Array[]; readonly at: StationRef | undefined }
  /** What the station has of a range of a log, signed (E-11). `reader`: the asker's reader key. Answer: log.manifest. */
  | {
      readonly type: "log.manifest";
      readonly log: LogId;
      readonly reader: Uint8Array | undefined;
      readonly first: number;
      readonly count: number;
    }
  /** Registers a reader key from an index on (E-10); signed by it. Answer: log.reader. */
  | {
      readonly type: "log.reader";
      readonly log: LogId;
      readonly reader: Uint8Array;
      readonly from: number;
      readonly signature: Uint8Array;
    }
  /** A reader needs no body below an index any more (E-12). Answer: done. */
  | { readonly type: "log.ack"; readonly log: LogId; readonly ack: Uint8Array }
  /** A policy file of a station's log: 0 live, 1 final (S-24). Answer: ledger.policy, empty when there is none. */
  | { readonly type: "ledger.policy"; readonly at: StationRef | undefined; readonly which: number }
  /** A leaf of a station's log, proved under the published checkpoint. Answer: ledger.leaf. */
  | { readonly type: "ledger.leaf"; readonly at: StationRef | undefined; readonly index: number }
  /** Incidents that a station logged (E-3), newest last. Answer: ledger.incidents. */
  | { readonly type: "ledger.incidents"; readonly at: StationRef | undefined }
  /** Consistency between two sizes of a station's log. Answer: log.hashes. */
  | {
      readonly type: "ledger.consistency";
      readonly at: StationRef | undefined;
      readonly from: number;
      readonly to: number;
    }
  /** The checkpoint that the asked station's witness cosigned last for an origin. Answer: witness.checkpoint. */
  | { readonly type: "witness.latest"; readonly origin: string }
  /** Puts a challenge to another station through this one (E-41). Answer: challenge.answered or challenge.unanswered. */
  | {
      readonly type: "challenge.put";
      readonly accused: StationRef;
      readonly challenge: Uint8Array;
      readonly read: ReadProof | undefined;
    }
  /** A witness asks the accused; `read` is signed for the witness's key (as `peer.mirror`). Answer: challenge.answered. */
  | { readonly type: "challenge.ask"; readonly challenge: Uint8Array; readonly read: ReadProof | undefined }
  /** Whether this link takes `ephemeral` of the logs that it follows; `done` says that the other side knows them (W-83). Answer: done. */
  | { readonly type: "ephemeral.take"; readonly on: number }
  /** A message that a resident reports to the operator (N-20); the station keeps it as it is. Again: done. Answer: done. */
  | { readonly type: "report.put"; readonly report: Uint8Array }
  /** The key under which this station wakes devices (N-30). Answer: push.key. */
  | { readonly type: "push.key" }
  /** Where the device that showed its key can be woken; empty: nowhere (N-31). Again: done. Answer: done. */
  | { readonly type: "push.put"; readonly endpoint: string }
  /** A pass to the station's exit, for the account shown (P-84). Answer: exit.pass. */
  | { readonly type: "exit.pass" }
  | { readonly type: "ping" };

/** A leaf of a station's log and its compact proof (S-15). */
export interface LoggedLeaf {
  readonly leaf: Uint8Array;
  readonly proof: Uint8Array;
}

/** One device's entry in an answer to keys.take. */
export interface TakenKeys {
  readonly device: DeviceId;
  readonly package: Uint8Array;
}

/** What an answer may say. */
export type Response =
  | { readonly type: "done" }
  | { readonly type: "proof"; readonly signature: Uint8Array }
  | { readonly type: "identity.ops"; readonly ops: readonly Uint8Array[] }
  | { readonly type: "keys.count"; readonly count: number }
  | { readonly type: "keys.taken"; readonly ops: readonly Uint8Array[]; readonly devices: readonly TakenKeys[] }
  /** `epoch` is 0 for an inbox; `head` is a signed head (protocol/2-log.md), of the hub when this is a mirror */
  | { readonly type: "log.state"; readonly log: LogId; readonly epoch: number; readonly head: Uint8Array }
  /** a receipt (protocol/2-log.md) signed by the station whose log it is: the hub, or the inbox's home */
  | { readonly type: "receipt"; readonly receipt: Uint8Array }
  | {
      readonly type: "log.entries";
      readonly first: number;
      readonly entries: readonly Uint8Array[];
      readonly head: Uint8Array;
    }
  | { readonly type: "log.hashes"; readonly hashes: readonly Uint8Array[] }
  | { readonly type: "log.checkpoint"; readonly note: string }
  | { readonly type: "blob.stored"; readonly hash: BlobHash }
  | { readonly type: "blob"; readonly bytes: Uint8Array }
  /** `bitmap`: a bit for each hash asked for, the first highest; 1: it does not rest here (W-70) */
  | { readonly type: "blob.missing"; readonly bitmap: Uint8Array }
  /** Bytes of the largest file, and bytes of chunks that the account may still store now (W-71) */
  | { readonly type: "blob.room"; readonly fileBytes: number; readonly leftBytes: number }
  /** `leaf`: an epoch leaf (protocol/7-station-log.md); `proof`: a compact proof that it is the log's last (S-15) */
  | { readonly type: "ledger.freshness"; readonly leaf: Uint8Array; readonly proof: Uint8Array }
  /** `epoch`: number of the epoch whose root the map proof leads to */
  | { readonly type: "ledger.proof"; readonly epoch: number; readonly proof: Uint8Array }
  /** `receipt`: the station's signed word on what it deleted (protocol/15-moving.md M-22) */
  | { readonly type: "account.left"; readonly receipt: Uint8Array }
  /** `word`: an identity word (protocol/9-rule-r.md §2) about these ops */
  | { readonly type: "identity.word"; readonly ops: readonly Uint8Array[]; readonly word: Uint8Array }
  | { readonly type: "log.manifest"; readonly manifest: Uint8Array }
  /** a reader word */
  | { readonly type: "log.reader"; readonly word: Uint8Array }
  | { readonly type: "ledger.policy"; readonly text: Uint8Array }
  | { readonly type: "ledger.leaf"; readonly leaf: Uint8Array; readonly proof: Uint8Array }
  | { readonly type: "ledger.incidents"; readonly incidents: readonly LoggedLeaf[] }
  | { readonly type: "witness.checkpoint"; readonly note: string }
  /** what E-40 says an answer is; untrusted as everything a station says */
  | { readonly type: "challenge.answered"; readonly answer: Uint8Array }
  /** `index` of the leaf that the witness recorded; undefined when the accused could not be reached */
  | { readonly type: "challenge.unanswered"; readonly index: number | undefined }
  | { readonly type: "exit.pass"; readonly pass: Uint8Array }
  | { readonly type: "push.key"; readonly key: Uint8Array }
  | { readonly type: "pong" }
  /** The key, and where the station's log has its id, once it has; or what a blinded message was answered with. */
  | { readonly type: "token"; readonly issued: Uint8Array; readonly index: number | undefined }
  /** The policy as a signed note, empty when the station has none, and where its log has the hash, once it has. */
  | { readonly type: "region.policy"; readonly note: Uint8Array; readonly index: number | undefined }
  /** Further routes, best first, signed by the station until a time (P-50); an empty list says that there are none. */
  | {
      readonly type: "routes";
      readonly issuedMs: number;
      readonly expiresMs: number;
      readonly routes: readonly string[];
      readonly signature: Uint8Array;
    }
  /** `code` is one of WireErrorCode; `detail` a number whose meaning the code's table names (an epoch, ms to wait) */
  | { readonly type: "error"; readonly code: WireErrorCode; readonly detail: number | undefined };

/** Unasked frames. */
export type Notice =
  | Hello
  /** Entries after what the link has; `head` is the signed head after the last of them. */
  | {
      readonly type: "log.push";
      readonly log: LogId;
      readonly first: number;
      readonly entries: readonly Uint8Array[];
      readonly head: Uint8Array;
    }
  /** While following: bodies from `first` on are not here; the manifest says why (E-17). Pushes go on after them. */
  | { readonly type: "log.gap"; readonly log: LogId; readonly first: number; readonly count: number }
  /** Between stations: what came by this link up to here is what a tally of this number is about (K-20). */
  | { readonly type: "egress.mark"; readonly number: number }
  /** Between stations: what the sender handed to this link up to a mark; a tally word. */
  | { readonly type: "egress.sent"; readonly word: Uint8Array }
  /** Between stations: what came up to a mark, by the word of whom it came to. */
  | { readonly type: "egress.received"; readonly word: Uint8Array }
  /** What is passed on to who follows the log now, and kept nowhere (W-80); both ways. `sealed` is EPHEMERAL_BYTES long. */
  | { readonly type: "ephemeral"; readonly log: LogId; readonly sealed: Uint8Array }
  /** The link will close; `code` says why. */
  | { readonly type: "goodbye"; readonly code: WireErrorCode };

/** A frame as decoded: who it belongs to and what it says. */
export type Frame =
  | { readonly kind: "request"; readonly id: number; readonly body: Request }
  | { readonly kind: "response"; readonly id: number; readonly body: Response }
  | { readonly kind: "notice"; readonly body: Notice };
