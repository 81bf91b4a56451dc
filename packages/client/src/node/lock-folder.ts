/*
 * The lock of a profile folder: its records in `lock/`, the places in `1/`, `2/` and `3/`, each with a database and files of its own. A
 * record is written under another name and renamed once it is on the disk, so one that is there is whole.
 */
import { argon2 } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeCrypto } from "@chapar/e2e/node";
import { ClientError } from "../errors.ts";
import type { Place } from "../lock/box.ts";
import { Lock, type Unlocked } from "../lock/lock.ts";
import { type LockPlatform, type LockRecord, STRETCH } from "../lock/port.ts";
import type { VaultHolder } from "../store/sealed.ts";
import { createVault, keyFile } from "./key-file.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const LOCK_FOLDER = "lock";
const NEW = ".new";
const stretched = promisify(argon2);
/** What a profile without a lock consists of, beside its files. */
const PLAIN_FILES = ["profile.db", "profile.db-wal", "profile.db-shm", "profile.key"] as const;

const nameOf = (place: Place): string => String(place + 1);

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";

async function orFailed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new ClientError("client/store-failed", undefined, { cause: error });
  }
}

/** Names in a folder rest once the folder itself was written. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function putFile(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const file = await open(`${path}${NEW}`, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}${NEW}`, path);
  await syncFolder(folder);
}

async function readOr(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new ClientError("client/store-failed", undefined, { cause: error });
  }
}

const remove = (path: string): Promise<void> => orFailed(rm(path, { recursive: true, force: true }));

async function destroy(profileDir: string): Promise<void> {
  const key = join(profileDir, "profile.key");
  const held = await readOr(key);
  // Overwritten first: where the medium writes in place, the bytes are gone with it.
  if (held !== undefined) await orFailed(putFile(profileDir, "profile.key", nodeCrypto().random(held.byteLength)));
  for (const name of [...PLAIN_FILES, "media", "transports", "1", "2", "3"]) await remove(join(profileDir, name));
  await remove(join(profileDir, LOCK_FOLDER));
}

/** The lock of a profile folder. @param clock  of attempts */
export function folderLock(profileDir: string, clock: { nowMs(): number }): Lock {
  const folder = join(profileDir, LOCK_FOLDER);
  const placeDir = (place: Place): string => join(profileDir, nameOf(place));
  const platform: LockPlatform = {
    crypto: nodeCrypto(),
    nowMs: () => clock.nowMs(),
    stretch: async (pin, salt) => {
      const { memoryKib, passes, lanes, sizeBytes } = STRETCH;
      const bytes = await stretched("argon2id", {
        message: pin.normalize("NFKC"),
        nonce: salt,
        memory: memoryKib,
        passes,
        parallelism: lanes,
        tagLength: sizeBytes,
      });
      return new Uint8Array(bytes);
    },
    read: (name: LockRecord) => readOr(join(folder, name)),
    write: (name, bytes) => (bytes === undefined ? remove(join(folder, name)) : orFailed(putFile(folder, name, bytes))),
    openPlace: async (place) => openSqliteStore(placeDir(place)),
    vaultOf: async (key) => createVault(key),
    clearPlace: (place) => remove(placeDir(place)),
    openPlain: async () => ({ inner: openSqliteStore(profileDir), vault: await keyFile(profileDir).unlock(false) }),
    removePlain: async () => {
      for (const name of PLAIN_FILES) await remove(join(profileDir, name));
    },
    destroy: () => destroy(profileDir),
  };
  return new Lock(platform);
}

/** What `openClient` is given for an opened slot of a folder's lock. */
export function optionsOf(
  profileDir: string,
  { content }: Unlocked,
): { readonly profileDir: string; readonly storeDir: string; readonly mediaDir: string; readonly vault: VaultHolder } {
  const storeDir = join(profileDir, nameOf(content.place));
  return {
    profileDir,
    storeDir,
    mediaDir: content.inherits ? profileDir : storeDir,
    vault: { unlock: async () => createVault(content.key) },
  };
}
