/*
 * All statements of one group commit carry the same signature over the same body. A reader that gets many of them pays
 * for it once: this wraps a verifier and remembers what it found right. Only right answers are kept, under the whole of
 * key, message and signature, so a cache can never turn a wrong one into a right one.
 */
import type { Verifier } from "@chapar/wire/bytes";

const DEFAULT_CAPACITY = 256;

function toKey(parts: readonly Uint8Array[]): string {
  // Lengths in front: the parts of two different triples never run together.
  return parts.map((part) => `${part.byteLength}:${String.fromCharCode(...part)}`).join("");
}

/**
 * A verifier that checks each right signature once.
 *
 * @param capacity  right answers kept; the oldest goes first. About 0.5 KiB each
 * Long messages (above 1 KiB) are passed through and not remembered. @see L-21
 */
export function cachingVerifier(verify: Verifier, capacity: number = DEFAULT_CAPACITY): Verifier {
  const right = new Set<string>();
  return async (publicKey, message, signature) => {
    if (message.byteLength + publicKey.byteLength + signature.byteLength > 1024) {
      return verify(publicKey, message, signature);
    }
    const key = toKey([publicKey, message, signature]);
    if (right.has(key)) return true;
    const isRight = await verify(publicKey, message, signature);
    if (!isRight) return false;
    right.add(key);
    const [oldest] = right;
    if (right.size > capacity && oldest !== undefined) right.delete(oldest);
    return true;
  };
}
