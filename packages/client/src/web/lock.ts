/* Door `@chapar/client/web-lock`: the lock of a browser's profiles. Loaded only where there is one, or where one is put on. */
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { webCrypto } from "@chapar/e2e/web";
import { type IDBPDatabase, openDB } from "idb";
import { ClientError } from "../errors.ts";
import type { Place } from "../lock/box.ts";
import { Lock, type Unlocked } from "../lock/lock.ts";
import { type LockPlatform, type LockRecord, STRETCH } from "../lock/port.ts";
import type { VaultHolder } from "../store/sealed.ts";
import { openIndexedDbStore } from "./indexeddb-store.ts";
import { vaultOver } from "./key-vault.ts";
import { browserVault } from "./web-vault.ts";

const PLAIN = "profile";
const LOCK_DB = "chapar-lock";
const RECORDS = "records";
const MEDIA_FOLDER = "chapar-media";

const nameOf = (place: Place): string => String(place + 1);

/** Opening a database makes it, and its being there says something. */
async function isThere(): Promise<boolean> {
  return (await indexedDB.databases()).some(({ name }) => name === LOCK_DB);
}

async function inRecords<T>(work: (db: IDBPDatabase) => Promise<T>): Promise<T> {
  try {
    const db = await openDB(LOCK_DB, 1, {
      upgrade: (database) => {
        database.createObjectStore(RECORDS);
      },
      // Whoever deletes it does not wait for another tab.
      blocking: (_current, _next, event) => (event.target as IDBDatabase).close(),
    });
    try {
      return await work(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw new ClientError("client/store-failed", undefined, { cause: error });
  }
}

async function read(name: LockRecord): Promise<Uint8Array | undefined> {
  if (!(await isThere())) return undefined;
  const held: unknown = await inRecords((db) => db.get(RECORDS, name));
  return held instanceof Uint8Array ? held : undefined;
}

async function write(name: LockRecord, bytes: Uint8Array | undefined): Promise<void> {
  await inRecords(async (db) => {
    const transaction = db.transaction(RECORDS, "readwrite", { durability: "strict" });
    const done = bytes === undefined ? transaction.store.delete(name) : transaction.store.put(bytes.slice(), name);
    await Promise.all([done, transaction.done]);
  });
}

/** Asks for it; a tab that still holds the database ends it when it closes. */
async function deleteDatabase(name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.addEventListener("success", () => resolve());
    request.addEventListener("blocked", () => resolve());
    request.addEventListener("error", () => reject(new ClientError("client/store-failed")));
  });
}

async function deleteMedia(name: string): Promise<void> {
  try {
    const origin = await navigator.storage.getDirectory();
    const media = await origin.getDirectoryHandle(MEDIA_FOLDER);
    await media.removeEntry(name, { recursive: true });
  } catch {
    // There is none, or this browser has no such files.
  }
}

async function deleteStore(name: string): Promise<void> {
  await deleteDatabase(`chapar/${name}`);
  await deleteDatabase(`chapar-keys/${name}`);
}

/** Every database of ours, the lock's own last. */
async function destroy(): Promise<void> {
  const names = (await indexedDB.databases()).flatMap(({ name }) =>
    name?.startsWith("chapar") === true ? [name] : [],
  );
  for (const name of names.filter((each) => each !== LOCK_DB)) await deleteDatabase(name);
  for (const name of [PLAIN, "1", "2", "3"]) await deleteMedia(name);
  await deleteDatabase(LOCK_DB);
}

const platform: LockPlatform = {
  crypto: webCrypto(),
  nowMs: () => Date.now(),
  stretch: (pin, salt) =>
    argon2idAsync(pin.normalize("NFKC"), salt, {
      t: STRETCH.passes,
      m: STRETCH.memoryKib,
      p: STRETCH.lanes,
      dkLen: STRETCH.sizeBytes,
    }),
  read,
  write,
  openPlace: (place) => openIndexedDbStore(nameOf(place)),
  vaultOf: vaultOver,
  clearPlace: async (place) => {
    await deleteStore(nameOf(place));
    await deleteMedia(nameOf(place));
  },
  openPlain: async () => ({ inner: await openIndexedDbStore(PLAIN), vault: await browserVault(PLAIN).unlock(false) }),
  removePlain: () => deleteStore(PLAIN),
  destroy,
};

/** The lock of this browser. */
export const webLock: Lock = new Lock(platform);

/** What `openClient` is given for an opened slot. */
export function optionsOf({ content }: Unlocked): {
  readonly name: string;
  readonly media: string;
  readonly vault: VaultHolder;
} {
  const { place, inherits, key } = content;
  return {
    name: nameOf(place),
    media: inherits ? PLAIN : nameOf(place),
    vault: { unlock: () => vaultOver(key) },
  };
}

export type { Attempt, Change, LockState, Unlocked } from "../lock/lock.ts";
export type { Lock } from "../lock/lock.ts";
