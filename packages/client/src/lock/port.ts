/* What the lock needs of a platform. */
import type { CryptoPort } from "@chapar/e2e";
import type { Store } from "../store/port.ts";
import type { Vault } from "../store/sealed.ts";
import type { Place } from "./box.ts";

/**
 * What is kept beside the profiles: the box; the attempts; while the lock is taken off, the content of the slot that opens without
 * being asked for; and, while a lock is put on, that the profile without one has to go.
 */
export type LockRecord = "box" | "tries" | "open" | "moving";

/** A store as it lies on the medium, with the keys that its rows are sealed under. */
export interface StoreAndVault {
  readonly inner: Store;
  readonly vault: Vault;
}

/** Argon2id (RFC 9106): 32 MiB, 2 passes, 1 lane, 32 bytes. What it costs is in protocol/19-device.md. */
export const STRETCH = { memoryKib: 32_768, passes: 2, lanes: 1, sizeBytes: 32 } as const;

/** The platform of a lock. Every failure of a medium is ClientError `client/store-failed`. */
export interface LockPlatform {
  readonly crypto: CryptoPort;
  nowMs(): number;
  /** {@link STRETCH} over the PIN in Unicode NFKC, as UTF-8 */
  stretch(pin: string, salt: Uint8Array): Promise<Uint8Array>;
  read(name: LockRecord): Promise<Uint8Array | undefined>;
  /** All of it or nothing, durable when it resolves; undefined takes the record away. */
  write(name: LockRecord, bytes: Uint8Array | undefined): Promise<void>;
  /** The store of a place, made when absent; its writer alone until closed. @throws ClientError `client/profile-in-use` */
  openPlace(place: Place): Promise<Store>;
  /** The vault over a place's key. */
  vaultOf(key: Uint8Array): Promise<Vault>;
  /** Deletes a place's store and files. */
  clearPlace(place: Place): Promise<void>;
  /** The profile as it rests while there is no lock. */
  openPlain(): Promise<StoreAndVault>;
  /** Deletes it and its key, but for its files; nothing to do when that was done. */
  removePlain(): Promise<void>;
  /** Deletes everything of every profile, the lock's own records last. */
  destroy(): Promise<void>;
}
