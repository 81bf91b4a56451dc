/*
 * Locks of chunks (protocol/15-moving.md M-23): by a secret of this device each chunk that it puts has a lock of its own, and only whoever has the secret
 * can have the chunk deleted. What was put is remembered, one row a file.
 */
import { blobHash, type BlobHash } from "@chapar/wire";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";

const HASH_BYTES = 32;
const SECRET = utf8("lock-secret");
const PUT = utf8("put ");
const LABEL = utf8("chapar blob key v1");

/** What locks are made with. */
export type LockPorts = Pick<Core, "store" | "sha256" | "random">;

const secrets = new WeakMap<object, Promise<Uint8Array>>();

async function makeSecret({ store, random }: LockPorts): Promise<Uint8Array> {
  const held = await store.get("meta", SECRET);
  if (held !== undefined) return held;
  const made = random(HASH_BYTES);
  await store.write([{ table: "meta", key: SECRET, value: made }]);
  return made;
}

/** The secret of this device; one, whoever asks first. */
async function secretOf(ports: LockPorts): Promise<Uint8Array> {
  const made = secrets.get(ports.store) ?? makeSecret(ports);
  secrets.set(ports.store, made);
  try {
    return await made;
  } catch (error) {
    secrets.delete(ports.store);
    throw error;
  }
}

/** What opens the lock of a chunk that this device put. 32 bytes */
export async function blobKey(ports: LockPorts, hash: BlobHash): Promise<Uint8Array> {
  return ports.sha256(concatBytes(LABEL, await secretOf(ports), hash));
}

/** The lock to put a chunk with. 32 bytes */
export async function blobLock(ports: LockPorts, hash: BlobHash): Promise<Uint8Array> {
  return ports.sha256(await blobKey(ports, hash));
}

/** Remembers the chunks of a file that was put; the same again is as once. */
export async function rememberPut({ store }: Pick<Core, "store">, hashes: readonly BlobHash[]): Promise<void> {
  const [first] = hashes;
  if (first === undefined) return;
  await store.write([{ table: "meta", key: concatBytes(PUT, first), value: concatBytes(...hashes) }]);
}

/** Every chunk that this device put. */
export async function putChunks({ store }: Pick<Core, "store">): Promise<readonly BlobHash[]> {
  const rows = await store.range("meta", { prefix: PUT });
  return rows.flatMap(({ value }) =>
    Array.from({ length: value.byteLength / HASH_BYTES }, (_, at) =>
      blobHash(value.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
    ),
  );
}
