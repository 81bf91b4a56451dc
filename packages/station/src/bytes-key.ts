/*
 * Ids as keys of a Map: JavaScript compares arrays by reference, so ids become short strings, one UTF-16 unit for two
 * bytes. Not for people, logs or disk (that is `idText` of @chapar/wire); this one is cheap enough for every append.
 */

/** A string that is equal exactly when the bytes are equal, for inputs of one length. Cost: O(length), about 100 ns for 32 bytes. */
export function bytesKey(bytes: Uint8Array): string {
  let key = "";
  let at = 0;
  for (; at + 7 < bytes.length; at += 8) {
    key += String.fromCharCode(pair(bytes, at), pair(bytes, at + 2), pair(bytes, at + 4), pair(bytes, at + 6));
  }
  for (; at < bytes.length; at += 2) key += String.fromCharCode(pair(bytes, at));
  return key;
}

function pair(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
