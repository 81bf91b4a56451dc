/* Where a person's backup rests, and what seals it: all of it follows from the recovery words (protocol/10-devices.md §5). */
import { ID_SIZE_BYTES } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import type { RecoveryEntropy } from "../identity/recovery-words.ts";

const KEY_BYTES = 32;

/** The keys of a backup; secret. They open the backup and sign no op. */
export interface BackupKeys {
  /** seals marks */
  readonly sealingKey: Uint8Array;
  /** of the log of marks */
  readonly nonce: Uint8Array;
  readonly writeSeed: Uint8Array;
  readonly readSeed: Uint8Array;
}

const NONCE_BYTES = ID_SIZE_BYTES.conversation;

/** All bytes of the keys together, as they are kept: 116. */
export const BACKUP_KEY_BYTES: number = 3 * KEY_BYTES + NONCE_BYTES;

/** The backup's keys, as bytes to keep. A device may keep them when the words are gone: they open no more than what it has. */
export function backupKeyBytes(
  entropy: RecoveryEntropy,
  crypto: Pick<CryptoPort, "hkdfExtract" | "hkdfExpand">,
): Uint8Array {
  const root = crypto.hkdfExtract("sha256", new Uint8Array(0), entropy.expose());
  return crypto.hkdfExpand("sha256", root, utf8("chapar backup v1"), BACKUP_KEY_BYTES);
}

/** The keys in their bytes. */
export function backupKeysOf(bytes: Uint8Array): BackupKeys {
  const nonceEnd = KEY_BYTES + NONCE_BYTES;
  return {
    sealingKey: bytes.slice(0, KEY_BYTES),
    nonce: bytes.slice(KEY_BYTES, nonceEnd),
    writeSeed: bytes.slice(nonceEnd, nonceEnd + KEY_BYTES),
    readSeed: bytes.slice(nonceEnd + KEY_BYTES, nonceEnd + 2 * KEY_BYTES),
  };
}
