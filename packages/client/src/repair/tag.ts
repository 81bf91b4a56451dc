/* Under which tag messages of repair travel: known wherever the secrets are, also where nothing is repaired yet. */
import { concatBytes, type Sha256, utf8 } from "@chapar/wire/bytes";

const LABEL = utf8("chapar repair tag v1");

/** Bytes of a tag. */
export const TAG_BYTES = 16;

/** The tag under which a secret's messages travel: 16 bytes. @see protocol/9-rule-r.md §7 */
export function repairTag(secret: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(LABEL, secret)).slice(0, TAG_BYTES);
}
