/* A vault whose key is brought along, by whoever has opened a lock. */
import type { Vault } from "../store/sealed.ts";
import { plainView, vaultOf } from "./web-vault.ts";

/**
 * A vault over 32 bytes of key, as in Node: two keys by HKDF (RFC 5869). The key itself is not kept.
 */
export async function vaultOver(key: Uint8Array): Promise<Vault> {
  const secret = await crypto.subtle.importKey("raw", plainView(key), "HKDF", false, ["deriveKey"]);
  const derive = (label: string, kind: AesKeyGenParams | HmacKeyGenParams, uses: KeyUsage[]): Promise<CryptoKey> => {
    const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: new TextEncoder().encode(label) };
    return crypto.subtle.deriveKey(hkdf, secret, kind, false, uses);
  };
  return vaultOf({
    sealing: await derive("chapar profile seal v1", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]),
    hashing: await derive("chapar profile index v1", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign"]),
  });
}
