/* The key of the backup, kept when the words are gone from the device: it opens no more than the backup, and signs nothing (D-40). */
import { decodeBundle, wipeBundle } from "@chapar/e2e";
import { backupKeyBytes } from "@chapar/e2e/devices";
import { utf8 } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";

const KEY = utf8("backup-key");

/** Keeps the key within a transaction. */
export function putBackupKey(draft: Draft, key: Uint8Array): void {
  draft.put("meta", KEY, key);
}

/** The key that this device has; undefined when it never had the words and nobody gave it. */
export async function backupKey(member: Member): Promise<Uint8Array | undefined> {
  const held = await member.store.get("meta", KEY);
  if (held !== undefined) return held;
  const secrets = decodeBundle(member.profile.row.bundle);
  try {
    if (secrets.entropy === undefined) return undefined;
    const key = backupKeyBytes(secrets.entropy, member.crypto);
    const draft = new Draft();
    putBackupKey(draft, key);
    await draft.commit(member.store);
    return key;
  } finally {
    wipeBundle(secrets);
  }
}
