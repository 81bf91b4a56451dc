/*
 * The vault of a Node profile: 32 random bytes in `profile.key`, mode 0600, beside the database. From them two keys by
 * HKDF (RFC 5869): one for AES-256-GCM, one for HMAC. Whoever can read the file can read the profile; a passphrase that
 * wraps it is another VaultHolder.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ClientError } from "../errors.ts";
import type { Vault, VaultHolder } from "../store/sealed.ts";

const FILE_NAME = "profile.key";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function derive(key: Uint8Array, label: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, new Uint8Array(0), label, KEY_BYTES));
}

/** A vault over 32 bytes of key. */
export function createVault(key: Uint8Array): Vault {
  const sealing = derive(key, "chapar profile seal v1");
  const hashing = derive(key, "chapar profile index v1");
  return {
    seal: (plain, aad) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", sealing, nonce).setAAD(aad);
      return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
    },
    open: (sealed, aad) => {
      if (sealed.byteLength < NONCE_BYTES + TAG_BYTES) return undefined;
      const tagAt = sealed.byteLength - TAG_BYTES;
      const decipher = createDecipheriv("aes-256-gcm", sealing, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      }).setAAD(aad);
      decipher.setAuthTag(sealed.subarray(tagAt));
      const head = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
      try {
        return new Uint8Array(Buffer.concat([head, decipher.final()]));
      } catch {
        // The only failure of final() is the tag; the caller gives it its meaning.
        return undefined;
      }
    },
    mac: (bytes) => new Uint8Array(createHmac("sha256", hashing).update(bytes).digest()),
  };
}

function makeKey(path: string): Uint8Array {
  const key = randomBytes(KEY_BYTES);
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, key);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
}

/**
 * The key file of a profile folder.
 *
 * `unlock` @throws ClientError `client/bad-profile` when the folder has rows but no key, or the file is not 32 bytes
 */
export function keyFile(profileDir: string): VaultHolder {
  const path = join(profileDir, FILE_NAME);
  return {
    unlock: async (fresh) => {
      let key: Uint8Array;
      try {
        key = new Uint8Array(readFileSync(path));
      } catch (error) {
        if (!fresh) throw new ClientError("client/bad-profile", undefined, { cause: error });
        key = makeKey(path);
      }
      if (key.byteLength !== KEY_BYTES) throw new ClientError("client/bad-profile");
      return createVault(key);
    },
  };
}
