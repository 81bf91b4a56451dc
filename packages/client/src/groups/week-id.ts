/*
 * The name of a weekly key (F-113), which everybody in the group reads in the commit and nobody else:
 *
 *   id = "chapar week ", conversation[20], drawn u64, SHA-256("chapar week " ‖ secret)[32]
 *
 * It holds whoever draws the key to one secret: what does not hash to the name is no such key, so no two people follow one commit by two.
 */
import type { Psk } from "@chapar/e2e";
import { ID_SIZE_BYTES } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, equalBytes, type Sha256, utf8 } from "@chapar/wire/bytes";

const LABEL = utf8("chapar week ");
const HASH_BYTES = 32;

/** What a name says. */
export interface WeekId {
  readonly conversation: Uint8Array;
  /** the epoch in which the key was drawn: who went by a commit of that epoch or a later one may have been brought it */
  readonly drawn: number;
  readonly hash: Uint8Array;
}

/** A key for a group, drawn in its epoch. */
export function weekKey(conversation: Uint8Array, drawn: number, secret: Uint8Array, sha256: Sha256): Psk {
  const hash = sha256(concatBytes(LABEL, secret));
  return { id: new ByteWriter(80).bytes(LABEL).bytes(conversation).index(drawn).bytes(hash).finish(), secret };
}

/** Reads a name; undefined when it is none of a weekly key. */
export function decodeWeekId(id: Uint8Array): WeekId | undefined {
  const reader = new ByteReader(id);
  const label = reader.bytes(LABEL.byteLength);
  const conversation = reader.bytes(ID_SIZE_BYTES.conversation).slice();
  const drawn = reader.index();
  const decoded = reader.finish({ conversation, drawn, hash: reader.bytes(HASH_BYTES).slice() });
  return decoded.ok && equalBytes(label, LABEL) ? decoded.value : undefined;
}

/** What a key that was brought is of; undefined when the secret is not the one that its name is of. */
export function weekOf({ id, secret }: Psk, sha256: Sha256): WeekId | undefined {
  const week = decodeWeekId(id);
  return week !== undefined && equalBytes(week.hash, sha256(concatBytes(LABEL, secret))) ? week : undefined;
}
