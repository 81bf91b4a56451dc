/*
 * Encryption at rest over any store.
 *
 *   key'   = MAC(table, id part of the key)[0..16] ‖ rest of the key
 *   value' = vault.seal(u16 length of key ‖ key ‖ value, AAD = table ‖ 0x00 ‖ key')
 *
 * The id part goes through a keyed hash, so that the file does not say who talks to whom and two profiles' files cannot be
 * matched; the ordering part stays clear, so that ranges work. The true key rides inside the sealed value. The AAD binds a
 * row to its place: rows cannot be swapped. What this does not hide: how many rows there are, how long, and when they
 * changed; and it does not notice a whole file put back from an older copy.
 */
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { ClientError } from "../errors.ts";
import type { RangeQuery, Store, StoreOp, StoreRow } from "./port.ts";
import { TABLES, type Table } from "./tables.ts";

const MAC_BYTES = 16;

/**
 * The keys of a profile, which never show themselves: AES-256-GCM (NIST SP 800-38D, 96-bit random nonces) and
 * HMAC-SHA-256. In a browser both are non-extractable CryptoKeys; in Node they are derived from `profile.key`.
 */
export interface Vault {
  /** @returns nonce ‖ ciphertext ‖ tag */
  seal(plain: Uint8Array, aad: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** @returns the plaintext, or undefined when the tag does not fit */
  open(sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** @returns 32 bytes */
  mac(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * Where a vault's key rests and how it is had. `profile.key` (Node) and IndexedDB (browser) hold it bare; a holder that
 * wraps it under a passphrase or the system's key chain implements the same two methods.
 */
export interface VaultHolder {
  /** The vault of this profile, made now when `fresh` says that the profile has no rows yet. */
  unlock(fresh: boolean): Promise<Vault>;
}

/**
 * What a row of the medium holds.
 *
 * @throws ClientError `client/bad-profile` another key sealed it, or it was moved
 */
export async function unsealRow(vault: Vault, table: Table, row: StoreRow): Promise<StoreRow> {
  const plain = await vault.open(row.value, aadOf(table, row.key));
  if (plain === undefined || plain.byteLength < 2) throw new ClientError("client/bad-profile");
  const keyBytes = new DataView(plain.buffer, plain.byteOffset, 2).getUint16(0);
  return { key: plain.subarray(2, 2 + keyBytes), value: plain.subarray(2 + keyBytes) };
}

class SealedStore implements Store {
  readonly #inner: Store;
  readonly #vault: Vault;

  constructor(inner: Store, vault: Vault) {
    this.#inner = inner;
    this.#vault = vault;
  }

  /** The stored key for a key or a prefix; a prefix must hold the whole id or nothing. */
  async #stored(table: Table, key: Uint8Array): Promise<Uint8Array> {
    const { hiddenBytes } = TABLES[table];
    if (hiddenBytes === 0 || key.byteLength === 0) return key;
    if (key.byteLength < hiddenBytes) throw new RangeError(table);
    const mac = await this.#vault.mac(concatBytes(utf8(`${table}\0`), key.subarray(0, hiddenBytes)));
    return concatBytes(mac.subarray(0, MAC_BYTES), key.subarray(hiddenBytes));
  }

  async get(table: Table, key: Uint8Array): Promise<Uint8Array | undefined> {
    const stored = await this.#stored(table, key);
    const value = await this.#inner.get(table, stored);
    return value === undefined ? undefined : (await unsealRow(this.#vault, table, { key: stored, value })).value;
  }

  async range(table: Table, query: RangeQuery): Promise<readonly StoreRow[]> {
    const prefix = query.prefix ?? new Uint8Array(0);
    const rows = await this.#inner.range(table, { ...query, prefix: await this.#stored(table, prefix) });
    const plain: StoreRow[] = [];
    for (const row of rows) plain.push(await unsealRow(this.#vault, table, row));
    return plain;
  }

  async write(ops: readonly StoreOp[]): Promise<void> {
    const sealed: StoreOp[] = [];
    for (const { table, key, value } of ops) {
      const stored = await this.#stored(table, key);
      const size = new Uint8Array([key.byteLength >> 8, key.byteLength & 0xff]);
      const bytes =
        value === undefined ? undefined : await this.#vault.seal(concatBytes(size, key, value), aadOf(table, stored));
      sealed.push({ table, key: stored, value: bytes });
    }
    await this.#inner.write(sealed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}

function aadOf(table: Table, stored: Uint8Array): Uint8Array {
  return concatBytes(utf8(`${table}\0`), stored);
}

/**
 * Wraps a store so that nothing readable reaches the medium.
 *
 * Tables with ids keep no order between different ids; ranges over one id are in order as before.
 * @throws ClientError `client/bad-profile` from reads of rows that another key sealed or that were moved
 */
export function sealStore(inner: Store, vault: Vault): Store {
  return new SealedStore(inner, vault);
}
