/* Small sealed things of one size, whatever they hold: nonce[12] ‖ AES-256-GCM(size u32, bytes, zeros). */
import type { CryptoPort } from "@chapar/e2e";
import { ByteReader, ByteWriter, concatBytes } from "@chapar/wire/bytes";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_BYTES = 65_536;

/** Under what something is sealed. */
export interface PaddedUnder {
  readonly key: Uint8Array;
  readonly label: Uint8Array;
}

/** Seals bytes to exactly so many. @throws RangeError when they do not fit */
export async function sealPadded(
  bytes: Uint8Array,
  { key, label, sizeBytes }: PaddedUnder & { readonly sizeBytes: number },
  crypto: CryptoPort,
): Promise<Uint8Array> {
  const body = new ByteWriter().u32(bytes.byteLength).bytes(bytes).finish();
  const plain = new Uint8Array(sizeBytes - NONCE_BYTES - TAG_BYTES);
  if (body.byteLength > plain.byteLength) throw new RangeError("more than fits");
  plain.set(body);
  const nonce = crypto.random(NONCE_BYTES);
  return concatBytes(nonce, await crypto.aeadSeal(key, nonce, label, plain));
}

/** Opens what `sealPadded` made; undefined when it is anything else. */
export async function unsealPadded(
  sealed: Uint8Array,
  { key, label }: PaddedUnder,
  crypto: CryptoPort,
): Promise<Uint8Array | undefined> {
  if (sealed.byteLength <= NONCE_BYTES + TAG_BYTES) return undefined;
  const plain = await crypto.aeadOpen(key, sealed.subarray(0, NONCE_BYTES), label, sealed.subarray(NONCE_BYTES));
  if (plain === undefined) return undefined;
  const reader = new ByteReader(plain);
  const sizeBytes = reader.u32();
  if (sizeBytes > MAX_BYTES) return undefined;
  const bytes = reader.bytes(sizeBytes).slice();
  const isPadded = reader.rest().every((byte) => byte === 0);
  return reader.failed || !isPadded ? undefined : bytes;
}
