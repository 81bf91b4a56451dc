/*
 * Bounds of an op chain (protocol/3-identity.md §6). They keep a chain inside one frame and inside a first letter, and
 * bound what checking a stranger's chain may cost: 256 ops are at most 512 signatures, about 50 ms in Node. How many ops, and
 * how large one, stands in ../limits.ts with the other limits of frames.
 */

/** Bytes of all ops of one chain. */
export const MAX_CHAIN_BYTES = 65_536;
/** The last ops of a chain, which only rank 0 may write: whoever steals a lower key cannot fill the chain against its owner. */
export const OPS_KEPT_FOR_RANK_0 = 32;
/** The last bytes of a chain, likewise. */
export const BYTES_KEPT_FOR_RANK_0 = 16_384;
/** Rotation keys of one identity, in order of rank. */
export const MAX_ROTATION_KEYS = 5;
/** Devices that are live at one time. */
export const MAX_LIVE_DEVICES = 16;
/** Anchors of one identity. */
export const MAX_ANCHORS = 4;
