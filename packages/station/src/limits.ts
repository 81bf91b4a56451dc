/*
 * Limits of this station's own making: what it holds in memory, how much one link may ask. Limits that both sides must
 * agree on are in @chapar/wire.
 */

/** Entry bytes after which a chunk is closed: one push and one row, well below MAX_FRAME_BYTES. */
export const MAX_CHUNK_BYTES: number = 256 * 1024;
/** Entries after which a chunk is closed. */
export const MAX_CHUNK_ENTRIES = 1024;
/** Appends of one group commit; its batch tree then has at most 14 levels. */
export const MAX_BATCH_APPENDS = 8192;
/** Logs held in memory that nobody uses; those in use are not counted out. */
export const MAX_IDLE_LOGS = 20_000;
/** Leaf hashes held in memory for logs that nobody uses: 40 bytes each. */
export const MAX_IDLE_LEAVES = 4_000_000;

/** Logs one link may have open. */
export const MAX_OPEN_LOGS = 4096;
/** Requests of one link that wait for an answer; above it the link is not read. */
export const MAX_OPEN_REQUESTS = 1024;
/** What the open requests of one link and their answers may take; above it the link is not read. */
export const MAX_OPEN_REQUEST_BYTES: number = 8 * 1024 * 1024;
/** What is passed on and forgotten is not sent behind more than this (W-82): late it would be false. */
export const MAX_OFFER_BEHIND_BYTES: number = 16 * 1024;
/** Links that have a log open, above which nothing is passed on in it (W-82). */
export const MAX_EPHEMERAL_LINKS = 256;
/** How long a new link may take to say `greet`. */
export const GREET_LIMIT_MS = 15_000;
/** Bytes of one `log.entries` answer at most, whatever was asked. */
export const MAX_READ_BYTES: number = 512 * 1024;

/** Key packages kept for one device. */
export const MAX_DEVICE_KEY_PACKAGES = 100;
/** How long an answer from a peer is waited for. */
export const PEER_ANSWER_LIMIT_MS = 20_000;
/** How long a dial to a peer may take. */
export const PEER_DIAL_LIMIT_MS = 10_000;

/** Reader keys of one log (E-10). */
export const MAX_LOG_READERS = 4096;
/** How long a body is kept that nobody acknowledged (E-13); an operator may say longer. */
export const DEFAULT_TIME_TO_LIVE_MS: number = 180 * 24 * 3_600_000;
