/*
 * Every limit of the protocol, in one place: decoders refuse what is above them, encoders never send it. A number that
 * two sides must agree on stands here and nowhere else. Rules: protocol/1-wire.md.
 */

/** Lowest and highest protocol version this code speaks (W-2). */
export const PROTOCOL_VERSIONS: readonly [min: number, max: number] = [1, 1];

/** A frame without its u32 length (W-3). */
export const MAX_FRAME_BYTES: number = 1024 * 1024;
/** Highest request id; ids begin at 1 (W-5). */
export const MAX_REQUEST_ID: number = 2 ** 31 - 1;
/** A dialer silent for this long may be closed (W-6). */
export const IDLE_LIMIT_MS = 120_000;
/** How long after its last frame a dialer sends `ping`: well within IDLE_LIMIT_MS, two may be lost. */
export const PING_AFTER_MS = 45_000;
/** Bytes waiting on a link above which its sender stops reading from it and pushing to it (W-7). */
export const MAX_UNSENT_BYTES: number = 4 * 1024 * 1024;

/** Ops in one frame, and bytes of one op. A whole chain fits one frame. */
export const MAX_OPS = 256;
/** Bytes of one op. */
export const MAX_OP_BYTES = 2048;
/** URLs of one station, best first. */
export const MAX_URLS = 4;
/** Bytes of one URL. */
export const MAX_URL_BYTES = 256;
/** Further routes to a station in one list, as many as an invite holds. */
export const MAX_ROUTES = 16;
/** UTF-8 bytes of a station's name. */
export const MAX_NAME_BYTES = 128;
/** Bytes of a pass to a station's exit (protocol/8-road.md P-84). */
export const EXIT_PASS_BYTES = 32;
/** Bytes of a sign-up token. */
export const MAX_TOKEN_BYTES = 1024;

/** Devices of one identity. */
export const MAX_DEVICES = 32;
/** Bytes of one MLS KeyPackage; an X-Wing hybrid package takes about 3 KiB. */
export const MAX_KEY_PACKAGE_BYTES: number = 16 * 1024;
/** Key packages in one `keys.put`. */
export const MAX_KEY_PACKAGES = 100;

/** Sizes of a sealed message in bytes: a message entry's frame is exactly one of them (W-34). */
export const BUCKETS_BYTES: readonly number[] = [512, 2048, 8192, 32768];
/** Bytes of the MLS frame of a message entry: the largest bucket. */
export const MAX_MESSAGE_FRAME_BYTES = 32768;
/** Bytes of the MLS frame of a commit entry. */
export const MAX_COMMIT_FRAME_BYTES: number = 512 * 1024;
/** Bytes of the frame of a knock entry. */
export const MAX_KNOCK_FRAME_BYTES: number = 128 * 1024;
/** Bytes of the genesis entry of a room or an inbox. */
export const GENESIS_ENTRY_BYTES = 87;
/** Bytes of the longest genesis entry: that of a branch. */
export const MAX_GENESIS_BYTES: number = GENESIS_ENTRY_BYTES + 40;
/** Bytes of the largest entry: a commit with its keys. */
export const MAX_ENTRY_BYTES: number = MAX_COMMIT_FRAME_BYTES + 79;

/** Bytes of a signed head or a receipt (protocol/2-log.md). */
export const MAX_STATEMENT_BYTES = 1024;
/** Bytes of a checkpoint note with its cosignatures. */
export const MAX_NOTE_BYTES: number = 16 * 1024;
/** Entries in one answer or push: as many of the smallest bucket as fill a frame. */
export const MAX_ENTRIES = 2048;
/** Bytes of all entries of one answer or push, each with its length (up to 4 bytes); leaves room for the rest of the frame. */
export const MAX_ENTRIES_BYTES: number = MAX_FRAME_BYTES - 2 * MAX_STATEMENT_BYTES;
/** Hashes of one inclusion or consistency proof; a tree of 2^53 leaves needs at most 54. */
export const MAX_PROOF_HASHES = 64;

/** Bytes of the largest leaf of a station log. */
export const MAX_LEDGER_LEAF_BYTES = 1200;
/** UTF-8 bytes of a reason, a reference or a note in such a leaf. */
export const MAX_LEDGER_TEXT_BYTES = 512;
/** Bytes of a proof about the station log: a map proof of 256 levels, or a compact proof with 64 cosignatures (S-17). */
export const MAX_LEDGER_PROOF_BYTES: number = 16 * 1024;

/** Bytes of a signed word of a station about a reader or an identity, and of an ack (protocol/9-rule-r.md §2). */
export const MAX_WORD_BYTES = 256;
/** A tally word (protocol/14-residency.md K-20): two amounts of nine bytes each for seven classes are most of it. */
export const MAX_TALLY_BYTES = 400;
/** Bytes of what a station passes on and forgets: always as many, whatever is said (protocol/1-wire.md W-80). */
export const EPHEMERAL_BYTES = 160;
/** Bytes of a reader's acknowledgement. */
export const MAX_ACK_BYTES = 256;
/** Items of one manifest. */
export const MAX_MANIFEST_ITEMS = 256;
/** Bytes of a manifest of so many items, its ack and its tombstones. */
export const MAX_MANIFEST_BYTES: number = 16 * 1024;
/** Bytes of a challenge with what it rests on. */
export const MAX_CHALLENGE_BYTES = 4096;
/** Bytes of an answer to a challenge: the largest entry and its inclusion proof. */
export const MAX_ANSWER_BYTES: number = MAX_ENTRY_BYTES + 2048 + 64;
/** Bytes of the origin line of a log. */
export const MAX_ORIGIN_BYTES = 256;
/** Bytes of a policy file on a link. */
export const MAX_POLICY_BYTES: number = 64 * 1024;
/** Longest signed region policy (14-residency.md): its text of 64 KiB and the signatures. */
export const MAX_REGION_POLICY_BYTES: number = 80 * 1024;
/** Incidents that are told at once, the newest. */
export const MAX_INCIDENTS = 32;

/** Bytes of a report to the operator (protocol/11-chats.md N-20). */
export const MAX_REPORT_BYTES: number = 256 * 1024;

/** Bytes of the address of a push service (protocol/13-notifications.md N-31). */
export const MAX_ENDPOINT_BYTES = 1024;
/** Bytes of a VAPID key: an uncompressed point of P-256 (RFC 8292). */
export const VAPID_KEY_BYTES = 65;

/** Chunks that one `blob.have` asks for. */
export const MAX_BLOBS_ASKED = 512;
/** Plain bytes of one chunk of a blob. */
export const BLOB_CHUNK_BYTES: number = 64 * 1024;
/** Bytes of one sealed chunk: the chunk, and at most 64 bytes of nonce, tag and header. */
export const MAX_SEALED_CHUNK_BYTES: number = BLOB_CHUNK_BYTES + 64;
