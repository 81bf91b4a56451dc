/*
 * The vault of a browser profile: two non-extractable CryptoKeys (AES-256-GCM and HMAC-SHA-256) kept in an IndexedDB of
 * their own. Script of this origin can use them, but nothing can read them out and carry them away.
 */
import { openDB } from "idb";
import { ClientError } from "../errors.ts";
import type { Vault, VaultHolder } from "../store/sealed.ts";

const KEYS = "keys";
const NONCE_BYTES = 12;

interface KeyPair {
  readonly sealing: CryptoKey;
  readonly hashing: CryptoKey;
}

function isKeyPair(value: unknown): value is KeyPair {
  if (typeof value !== "object" || value === null || !("sealing" in value && "hashing" in value)) return false;
  return value.sealing instanceof CryptoKey && value.hashing instanceof CryptoKey;
}

async function makeKeys(): Promise<KeyPair> {
  const sealing = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const hashing = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]);
  return { sealing, hashing };
}

/** WebCrypto's types want views of plain ArrayBuffers; ours never are views of shared memory. */
export const plainView = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;

/** A vault over the two keys. */
export function vaultOf({ sealing, hashing }: KeyPair): Vault {
  return {
    seal: async (plain, aad) => {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const gcm = { name: "AES-GCM", iv, additionalData: plainView(aad) };
      const body = new Uint8Array(await crypto.subtle.encrypt(gcm, sealing, plainView(plain)));
      const out = new Uint8Array(NONCE_BYTES + body.byteLength);
      out.set(iv);
      out.set(body, NONCE_BYTES);
      return out;
    },
    open: async (sealed, aad) => {
      const iv = plainView(sealed.subarray(0, NONCE_BYTES));
      const gcm = { name: "AES-GCM", iv, additionalData: plainView(aad) };
      try {
        return new Uint8Array(await crypto.subtle.decrypt(gcm, sealing, plainView(sealed.subarray(NONCE_BYTES))));
      } catch {
        // WebCrypto says OperationError for a wrong tag; the caller gives it its meaning.
        return undefined;
      }
    },
    mac: async (bytes) => new Uint8Array(await crypto.subtle.sign("HMAC", hashing, plainView(bytes))),
  };
}

/**
 * The keys of a browser profile, in the database `chapar-keys/<name>`.
 *
 * `unlock` @throws ClientError `client/bad-profile` when there are rows but no keys (site data was cleared in part)
 */
export function browserVault(name: string): VaultHolder {
  return {
    unlock: async (fresh) => {
      const db = await openDB(`chapar-keys/${name}`, 1, {
        upgrade: (database) => {
          database.createObjectStore(KEYS);
        },
      });
      try {
        const held: unknown = await db.get(KEYS, "profile");
        if (isKeyPair(held)) return vaultOf(held);
        if (!fresh) throw new ClientError("client/bad-profile");
        const made = await makeKeys();
        const transaction = db.transaction(KEYS, "readwrite", { durability: "strict" });
        await Promise.all([transaction.store.put(made, "profile"), transaction.done]);
        return vaultOf(made);
      } finally {
        db.close();
      }
    },
  };
}
