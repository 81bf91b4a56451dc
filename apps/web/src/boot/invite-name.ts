/*
 * The inviter's name out of a link's fragment, for the first paint: before the engine is here there is only this page.
 * It reads just as far as the name (protocol/3-identity.md §6) and checks nothing; the engine checks everything before
 * anything is done with the invite. Total: any text answers a name or undefined.
 */

const PERSON = 1;
const KEY_BYTES = 32;
const REGION_BYTES = 2;
const IDENTITY_BYTES = 20;

/** The name that a personal invite carries, as written; undefined for anything else. */
export function inviterName(hash: string): string | undefined {
  try {
    const text = /^#i\/([\w-]+)/u.exec(hash)?.[1] ?? "";
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
      letter.charCodeAt(0),
    );
    let at = 2;
    const varint = (): number => {
      const first = bytes[at] ?? 0;
      const more = (1 << (first >> 6)) - 1;
      let value = first & 0x3f;
      at += 1;
      for (let byte = 0; byte < more; byte += 1) {
        value = value * 256 + (bytes[at] ?? 0);
        at += 1;
      }
      return value;
    };
    const skip = (): void => {
      const size = varint();
      at += size;
    };
    if (bytes[0] !== 1 || bytes[1] !== PERSON) return undefined;
    at += KEY_BYTES;
    for (let urls = Math.min(varint(), 4); urls > 0; urls -= 1) skip();
    at += REGION_BYTES;
    skip(); // the station's name
    skip(); // the sign-up token
    at += IDENTITY_BYTES;
    const size = varint();
    if (size === 0 || size > 256 || at + size > bytes.length) return undefined;
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(at, at + size));
  } catch {
    return undefined;
  }
}
