/*
 * What a relay may dial, as one signed object (protocol/8-road.md P-62). A volunteer lends bandwidth to stations, not to
 * whoever asks for whatever: without an entry there is no way to name a place.
 *
 * `version u8, issuer[32], number varint, issued u64, expires u64, entries list<1024> of (kind u8, key[32], urls list<4>
 * of text<256>), signature[64]`
 */
import {
  ByteReader,
  ByteWriter,
  concatBytes,
  equalBytes,
  toHex,
  utf8,
  type Decoded,
  type Signer,
  type Verifier,
} from "@chapar/wire/bytes";

const VERSION = 1;
const LABEL = utf8("chapar relay list v1\0");
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const MAX_ENTRIES = 1024;
const MAX_URLS = 4;
const MAX_URL_BYTES = 256;
const URL_FORM = /^(?:https?|wss?):\/\/[!-~]+$/;

/** How long a list may hold: 90 days. */
export const MAX_LIST_LIFE_MS: number = 90 * 24 * 3600 * 1000;
/** The longest list that is read. */
export const MAX_LIST_BYTES: number = 1024 * 1024;

/** What an entry leads to. */
export type ListedKind = "station" | "relay";

/** One place that a relay may dial. */
export interface ListedPlace {
  readonly kind: ListedKind;
  /** Ed25519, 32 bytes */
  readonly key: Uint8Array;
  /** best first, at most four */
  readonly urls: readonly string[];
}

/** A list, read. */
export interface RelayList {
  readonly issuer: Uint8Array;
  /** a later list of one issuer has a higher one */
  readonly number: number;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly places: readonly ListedPlace[];
}

function listBody(list: RelayList): Uint8Array {
  const out = new ByteWriter(1024).u8(VERSION).bytes(list.issuer).varint(list.number);
  out.index(list.issuedAtMs).index(list.expiresAtMs);
  out.list(list.places, (to, { kind, key, urls }) => {
    to.u8(kind === "station" ? 0 : 1)
      .bytes(key)
      .list(urls, (each, url) => void each.text(url));
  });
  return out.take();
}

/** Signs a list in the name of its issuer, whose key the signer must have. @throws RangeError when it breaks the rules of a list */
export async function signRelayList(list: Omit<RelayList, "issuer">, signer: Signer): Promise<Uint8Array> {
  const body = listBody({ ...list, issuer: signer.publicKey });
  if (!readList(body).ok) throw new RangeError("not a list that anybody would read");
  return concatBytes(body, await signer.sign(concatBytes(LABEL, body)));
}

function readPlace(from: ByteReader): ListedPlace {
  const kind = from.u8();
  if (kind > 1) from.fail("wire/range");
  const key = from.bytes(KEY_BYTES).slice();
  const urls = from.list(MAX_URLS, (each) => {
    const url = each.text(MAX_URL_BYTES);
    if (!each.failed && !URL_FORM.test(url)) each.fail("wire/range");
    return url;
  });
  return { kind: kind === 0 ? "station" : "relay", key, urls };
}

function readList(body: Uint8Array): Decoded<RelayList> {
  const from = new ByteReader(body);
  if (from.u8() !== VERSION) from.fail("wire/range");
  const issuer = from.bytes(KEY_BYTES).slice();
  const [number, issuedAtMs, expiresAtMs] = [from.varint(), from.index(), from.index()];
  if (!(expiresAtMs > issuedAtMs && expiresAtMs - issuedAtMs <= MAX_LIST_LIFE_MS)) from.fail("wire/range");
  const places = from.list(MAX_ENTRIES, readPlace);
  if (new Set(places.map(({ key }) => toHex(key))).size !== places.length) from.fail("wire/not-canonical");
  return from.finish({ issuer, number, issuedAtMs, expiresAtMs, places });
}

/**
 * Reads a list and checks its signature; whether it holds today is the caller's to see.
 *
 * @param bytes untrusted
 * @param issuer whose list it has to be
 * @returns undefined when it does not decode or is not signed by that issuer. Never throws
 */
export async function openRelayList(
  bytes: Uint8Array,
  issuer: Uint8Array,
  verify: Verifier,
): Promise<RelayList | undefined> {
  if (bytes.byteLength > MAX_LIST_BYTES || bytes.byteLength < SIGNATURE_BYTES) return undefined;
  const body = bytes.subarray(0, -SIGNATURE_BYTES);
  const list = readList(body);
  if (!list.ok || !equalBytes(list.value.issuer, issuer)) return undefined;
  const isSigned = await verify(issuer, concatBytes(LABEL, body), bytes.subarray(-SIGNATURE_BYTES));
  return isSigned ? list.value : undefined;
}
