/*
 * Every way in which something is refused on the wire or by a station, as one table. Codes are stable API and compared as
 * strings; a code with a number crosses a link under that number, one without stays on the side that read the bytes.
 * Printed into docs/errors.md.
 *
 * A new code comes with a new protocol version: a number that a version does not define is `wire/malformed`.
 */
import type { ByteFault } from "./bytes/index.ts";

interface CodeRow {
  /** how the code crosses a link; never given to another code */
  readonly number?: number;
  /** one sentence: what was refused */
  readonly what: string;
  /** who can do something about it */
  readonly whose: "us" | "peer" | "network" | "user";
  /** whether the same request may work later */
  readonly retry: boolean;
  /** what the number beside the code means, when there is one */
  readonly detail?: string;
}

/** What each code means, whose fault it is, whether the same again may work, and what `detail` counts. */
export const WIRE_CODES = {
  "wire/truncated": { what: "bytes end before their last field", whose: "peer", retry: false },
  "wire/too-long": { what: "a length or count is above its field's limit", whose: "peer", retry: false },
  "wire/not-canonical": { what: "a number is not written in its shortest form", whose: "peer", retry: false },
  "wire/bad-utf8": { what: "text is not well-formed UTF-8", whose: "peer", retry: false },
  "wire/trailing": { what: "bytes follow the last field", whose: "peer", retry: false },
  "wire/range": { what: "a value is outside what its field allows", whose: "peer", retry: false },
  "wire/link-ended": { what: "the link ended before the answer came", whose: "network", retry: true },

  "wire/malformed": { number: 1, what: "a frame does not decode", whose: "peer", retry: false },
  "wire/too-large": { number: 2, what: "a frame is above the size limit", whose: "peer", retry: false },
  "wire/unknown-version": {
    number: 3,
    what: "the protocol version is not one both sides speak; the older side needs an update",
    whose: "user",
    retry: false,
  },
  "wire/unknown-frame": {
    number: 4,
    what: "the other side does not know this frame type",
    whose: "peer",
    retry: false,
  },
  "wire/unexpected-frame": {
    number: 5,
    what: "this frame is not allowed now on this link",
    whose: "peer",
    retry: false,
  },
  "wire/idle": { number: 6, what: "the link was silent for too long", whose: "network", retry: true },

  "station/not-authenticated": {
    number: 32,
    what: "the request needs an account, and none was shown on this link",
    whose: "us",
    retry: false,
  },
  "station/bad-signature": { number: 33, what: "a proof does not verify", whose: "peer", retry: false },
  "station/bad-token": { number: 34, what: "the sign-up token is not accepted here", whose: "user", retry: false },
  "station/unknown-identity": {
    number: 35,
    what: "no such identity rests at this station",
    whose: "peer",
    retry: false,
  },
  "station/bad-ops": { number: 36, what: "an op chain does not verify", whose: "peer", retry: false },
  "station/stale-ops": {
    number: 37,
    what: "the op chain does not extend the one held",
    whose: "us",
    retry: false,
    detail: "ops held",
  },
  "station/not-home": { number: 38, what: "the op chain names another station as home", whose: "user", retry: false },
  "station/no-key-packages": { number: 39, what: "a device has no key package to give", whose: "peer", retry: true },
  "station/too-many-key-packages": {
    number: 40,
    what: "more key packages than are kept for one device",
    whose: "us",
    retry: false,
    detail: "key packages held",
  },
  "station/unknown-log": {
    number: 41,
    what: "no such log rests here, or it was not opened on this link",
    whose: "peer",
    retry: false,
  },
  "station/not-allowed": {
    number: 42,
    what: "the capability shown does not cover this request",
    whose: "us",
    retry: false,
  },
  "station/bad-entry": {
    number: 43,
    what: "an entry is malformed or not of a kind this log takes",
    whose: "us",
    retry: false,
  },
  "station/stale-epoch": {
    number: 44,
    what: "the entry is of another epoch than the room",
    whose: "us",
    retry: false,
    detail: "the room's epoch",
  },
  "station/lost-race": {
    number: 45,
    what: "another commit for the epoch came first",
    whose: "us",
    retry: false,
    detail: "the room's epoch",
  },
  "station/out-of-range": {
    number: 46,
    what: "an index or size is outside the log",
    whose: "us",
    retry: false,
    detail: "the log's size",
  },
  "station/unknown-blob": { number: 47, what: "no such chunk rests here", whose: "peer", retry: false },
  "station/quota": {
    number: 48,
    what: "the account has used up its room at this station",
    whose: "user",
    retry: false,
    detail: "bytes allowed",
  },
  "station/rate-limited": {
    number: 49,
    what: "too many requests",
    whose: "us",
    retry: true,
    detail: "milliseconds to wait",
  },
  "station/storage-full": {
    number: 50,
    what: "the station's disk is full; nothing was stored",
    whose: "peer",
    retry: true,
  },
  "station/storage-failed": {
    number: 51,
    what: "the station could not write to its disk; nothing was acknowledged",
    whose: "peer",
    retry: true,
  },
  "station/peer-unreachable": {
    number: 52,
    what: "the other station cannot be reached",
    whose: "network",
    retry: true,
  },
  "station/peer-refused": { number: 53, what: "the other station refused the link", whose: "peer", retry: false },
  "station/shutting-down": { number: 54, what: "the station is stopping", whose: "peer", retry: true },
  "station/internal": {
    number: 55,
    what: "the station failed in a way it did not foresee",
    whose: "peer",
    retry: true,
  },
  "station/pruned": {
    number: 56,
    what: "bodies of this range are not kept any more; the manifest says why",
    whose: "peer",
    retry: false,
    detail: "how many entries from the one asked for on",
  },
  "station/region-refused": {
    number: 57,
    what: "the law of the station's region keeps this in the region, and it would have left it",
    whose: "user",
    retry: false,
  },
  "station/token-refused": {
    number: 58,
    what: "a blind token is not taken",
    whose: "peer",
    retry: false,
    detail: "1 malformed, 2 of another key, 3 false, 4 spent",
  },

  // Op chains (protocol/3-identity.md); no number: chains are checked by whoever reads them
  "identity/bad-op": { what: "bytes are not an op of any known layout", whose: "peer", retry: false },
  "identity/unknown-version": { what: "an op of a version this program does not know", whose: "peer", retry: false },
  "identity/unknown-kind": { what: "an op of a kind this program does not know", whose: "peer", retry: false },
  "identity/too-large": { what: "an op or a chain has more bytes than allowed", whose: "peer", retry: false },
  "identity/too-many-ops": {
    what: "a chain has more ops than its signer's rank may write",
    whose: "peer",
    retry: false,
  },
  "identity/empty-chain": { what: "a chain without a single op", whose: "peer", retry: false },
  "identity/bad-genesis": {
    what: "a chain does not begin with a genesis op of sequence 0 signed by rank 0, or has another later",
    whose: "peer",
    retry: false,
  },
  "identity/wrong-identity": {
    what: "a chain is of another identity than the one asked for",
    whose: "peer",
    retry: false,
  },
  "identity/wrong-seq": {
    what: "an op's sequence is not the one after its predecessor's",
    whose: "peer",
    retry: false,
  },
  "identity/wrong-prev": { what: "an op does not name the hash of its predecessor", whose: "peer", retry: false },
  "identity/unknown-signer": { what: "an op names a rank that has no key", whose: "peer", retry: false },
  "identity/not-allowed": { what: "the signer's rank may not do what the op says", whose: "peer", retry: false },
  "identity/bad-signature": { what: "an op is not signed by the key of its rank", whose: "peer", retry: false },
  "identity/bad-device-proof": {
    what: "a device did not agree to be listed in this identity",
    whose: "peer",
    retry: false,
  },
  "identity/duplicate-device": {
    what: "a device was listed before; a revoked one never returns",
    whose: "peer",
    retry: false,
  },
  "identity/unknown-device": { what: "an op revokes a device that is not live", whose: "peer", retry: false },
  "identity/too-many-devices": {
    what: "an identity has as many live devices as it can hold",
    whose: "user",
    retry: false,
  },
  "identity/key-reuse": { what: "a key appears a second time in the chain", whose: "peer", retry: false },
  "identity/bad-override": {
    what: "an override voids the genesis, or ops that are not there",
    whose: "peer",
    retry: false,
  },
  "identity/closed": { what: "an op follows the tombstone that ended the chain", whose: "peer", retry: false },
  "identity/stale-ops": { what: "a chain lacks ops that were seen before", whose: "peer", retry: true },
  "identity/forked": {
    what: "a chain differs from one seen before: its keys signed two histories",
    whose: "peer",
    retry: false,
  },

  // Message content (protocol/5-content.md); no number: a station never sees content
  "content/bad-cbor": { what: "bytes are not one well-formed CBOR item", whose: "peer", retry: false },
  "content/not-deterministic": {
    what: "CBOR is not in the one deterministic encoding, or a map key repeats",
    whose: "peer",
    retry: false,
  },
  "content/too-deep": { what: "parts or extensions are nested deeper than allowed", whose: "peer", retry: false },
  "content/too-large": { what: "content, a part list or a topic is larger than allowed", whose: "peer", retry: false },
  "content/bad-shape": { what: "CBOR does not have the shape of MIMI content", whose: "peer", retry: false },
  "content/unknown-hash": { what: "a message id names a hash that is not known", whose: "peer", retry: false },
  "content/unknown-semantics": { what: "a part list says neither choose, unit nor all", whose: "peer", retry: false },
  "content/implausible-expiry": {
    what: "a message expires more than a year before or after it was accepted",
    whose: "peer",
    retry: false,
  },
  "content/false-header": {
    what: "content names another sender or room than the group it came through",
    whose: "peer",
    retry: false,
  },
  "content/bad-letter": { what: "bytes inside a sealed message are not a letter", whose: "peer", retry: false },
  "content/unknown-version": { what: "a letter of a version this program does not know", whose: "peer", retry: false },
  "content/bad-reaction": { what: "a reaction is not one emoji", whose: "peer", retry: false },
  "content/bad-uri": { what: "text is not a chapar: URI of the kind asked for", whose: "peer", retry: false },
  "content/bad-name": { what: "a name has nothing to show, or more than 64 characters", whose: "user", retry: false },
} as const;

/** Every code of the table. */
export type WireCode = keyof typeof WIRE_CODES;

/** Codes that cross a link in `error` and `goodbye`. */
export type WireErrorCode = {
  [Code in WireCode]: (typeof WIRE_CODES)[Code] extends { readonly number: number } ? Code : never;
}[WireCode];

// The rows again, as what they must be: well-formed, and with one for every fault of the byte reader.
const ROWS: Readonly<Record<string, CodeRow> & Record<ByteFault, CodeRow>> = WIRE_CODES;

const CODE_OF_NUMBER: ReadonlyMap<number, WireErrorCode> = new Map(
  Object.entries(ROWS).flatMap(([code, { number }]) =>
    number === undefined ? [] : [[number, code as WireErrorCode] as const],
  ),
);

/** @returns the code that crosses a link as this number, or undefined when this version defines none */
export function wireErrorCode(number: number): WireErrorCode | undefined {
  return CODE_OF_NUMBER.get(number);
}

/** A refusal as an exception: the other side's answer, or a link that ended before it. */
export class WireError extends Error {
  readonly code: WireCode;
  /** what the code's row says it counts */
  readonly detail: number | undefined;

  constructor(code: WireCode, detail?: number, options?: { readonly cause?: unknown }) {
    super(detail === undefined ? code : `${code} (${detail})`, options);
    this.name = "WireError";
    this.code = code;
    this.detail = detail;
  }
}

/** Whether a caught value is a WireError, optionally with one code; works on clones that came from a worker. */
export function isWireError(error: unknown, code?: WireCode): error is WireError {
  if (!(typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")) return false;
  return Object.hasOwn(ROWS, error.code) && (code === undefined || error.code === code);
}
