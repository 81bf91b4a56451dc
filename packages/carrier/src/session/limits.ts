/*
 * Every bound of the session layer in one place. Those that both ends must agree on are constants (protocol/8-road.md
 * §2); those that one end may choose are SessionLimits.
 */

/** The version that a challenge names. */
export const SESSION_VERSION = 1;
/** The longest frame body that is read; longer ends the link before any of it is kept. */
export const MAX_FRAME_BODY_BYTES: number = 32 * 1024;
/** Payload of the longest segment. */
export const MAX_SEGMENT_BYTES: number = 16 * 1024;
/** Payload of the shortest segment that is cut while more waits. */
export const MIN_SEGMENT_BYTES = 512;
/** The most padding that one segment carries. */
export const MAX_PAD_BYTES: number = 8 * 1024;
/** What a segment costs in credit beyond its payload, so that a million one-byte segments are not free to hold. */
export const SEGMENT_COST_BYTES = 64;
/** Streams that one end may have open, of those it opened. */
export const MAX_STREAMS = 128;
/** Bytes of a stream's label. */
export const MAX_LABEL_BYTES = 512;
/** Credit of stream 0 before the first acknowledgement. */
export const PRIMARY_WINDOW_BYTES: number = 256 * 1024;
/** Credit of every other stream before the first acknowledgement. */
export const STREAM_WINDOW_BYTES: number = 64 * 1024;
/** Bytes of one echo. */
export const MAX_ECHO_BYTES: number = 16 * 1024;
/** Bytes of a message by which a volunteer is asked for; the longest that can be written has 500. */
export const MAX_FIND_BYTES = 1024;
/** Bytes that one link may ask to be echoed before it is attached: what a probe of a route needs, twice. */
export const MAX_PROBE_BYTES: number = 128 * 1024;
/** Padding that one link may ask for before it is attached (P-143). */
export const MAX_PREAMBLE_BYTES: number = 64 * 1024;
/** Bytes that have to come back before a route is believed (3-road.md §3.2). */
export const PROBE_BYTES: number = 64 * 1024;

/** What one end may choose for its sessions. */
export interface SessionLimits {
  /** bytes sent and not acknowledged, kept to be sent again; at least 1 MiB */
  readonly resendBytes: number;
  /** the largest window of one stream */
  readonly windowBytes: number;
  /** by how much all windows together may grow beyond where they began */
  readonly growthBytes: number;
  /** silence with something outstanding after which a link counts as frozen: at least this, at least three round trips */
  readonly freezeMs: number;
  /** … while a spare link waits */
  readonly warmFreezeMs: number;
  /** such silence after which it is given up */
  readonly deadMs: number;
  /** after sending nothing for so long, a ping; up to a quarter earlier at random */
  readonly keepAliveMs: number;
  /** for a close to be answered, counted from the last progress */
  readonly closeLimitMs: number;
  /** without any link, until a session is given up */
  readonly resumeLimitMs: number;
  /** for a link to be attached once it is open */
  readonly attachLimitMs: number;
  /** for an acceptor to answer an attach over a link on which it has spoken, at the dialer; a link that paces itself has all of `attachLimitMs` */
  readonly answerLimitMs: number;
  /** a link is replaced after a random time between this and three times as long; 0 never */
  readonly retireMs: number;
  /** … or after so many bytes */
  readonly retireBytes: number;
  /** how long after its last use a session keeps a spare link; 0 never */
  readonly spareMs: number;
}

/** Chosen for phones on bad networks; a session costs at most resendBytes to send and 24 MiB to receive, and usually nothing. */
export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  resendBytes: 4 * 1024 * 1024,
  windowBytes: 4 * 1024 * 1024,
  growthBytes: 8 * 1024 * 1024,
  freezeMs: 2_000,
  warmFreezeMs: 750,
  deadMs: 30_000,
  keepAliveMs: 25_000,
  closeLimitMs: 5_000,
  resumeLimitMs: 300_000,
  attachLimitMs: 10_000,
  answerLimitMs: 4_000,
  retireMs: 600_000,
  retireBytes: 200_000_000,
  spareMs: 300_000,
};
