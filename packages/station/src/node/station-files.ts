/*
 * The secrets in the data folder: `station.key` (32 bytes, the Ed25519 seed) and `signup.token` (base64url text, the
 * long-lived token of this station's invites), made at the first start; `audit.key` (hex text, K-43), made when an operator asks for
 * it. Readable by their owner only, written whole or not at all.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fromBase64Url, toBase64Url, toHex } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import { nodeRng } from "./node-crypto.ts";
import { storageError } from "./sqlite-open.ts";

const KEY_NAME = "station.key";
const TOKEN_NAME = "signup.token";
const AUDIT_NAME = "audit.key";
const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === "ENOENT") return undefined;
    throw stationError("station/bad-key-file", undefined, cause);
  }
}

/** Writes a file of the data folder whole or not at all, durably, readable by its owner only. @throws StationError of the store */
export function writeWhole(dataDir: string, name: string, bytes: Uint8Array): void {
  const path = join(dataDir, name);
  try {
    const file = openSync(`${path}.new`, "w", OWNER_ONLY);
    try {
      writeSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
    const folder = openSync(dataDir, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    throw storageError(cause);
  }
}

/** The station's seed, when the folder has one. @throws StationError `station/bad-key-file` */
export function readStationSeed(dataDir: string): Uint8Array | undefined {
  const held = readIfThere(join(dataDir, KEY_NAME));
  if (held !== undefined && held.byteLength !== SECRET_BYTES) throw stationError("station/bad-key-file");
  return held;
}

/**
 * The station's seed; made when the folder has none. The folder must be locked.
 *
 * @throws StationError `station/bad-key-file` · `station/storage-full` · `station/storage-failed`
 */
export function loadStationSeed(dataDir: string): Uint8Array {
  const held = readStationSeed(dataDir);
  if (held !== undefined) return held;
  const seed = nodeRng(SECRET_BYTES);
  writeWhole(dataDir, KEY_NAME, seed);
  return seed;
}

/** The sign-up token; made when the folder has none. @throws as `loadStationSeed` */
export function loadSignUpToken(dataDir: string): Uint8Array {
  const held = readIfThere(join(dataDir, TOKEN_NAME));
  if (held !== undefined) {
    const token = fromBase64Url(Buffer.from(held).toString("utf8").trim());
    if (token?.byteLength !== SECRET_BYTES) throw stationError("station/bad-key-file");
    return token;
  }
  const token = nodeRng(SECRET_BYTES);
  writeWhole(dataDir, TOKEN_NAME, Buffer.from(`${toBase64Url(token)}\n`, "utf8"));
  return token;
}

/** The audit key, in hex; undefined while the folder has none. @throws StationError `station/bad-key-file` */
export function readAuditKey(dataDir: string): string | undefined {
  const held = readIfThere(join(dataDir, AUDIT_NAME));
  if (held === undefined) return undefined;
  const text = Buffer.from(held).toString("utf8").trim();
  if (!/^[0-9a-f]{64}$/u.test(text)) throw stationError("station/bad-key-file");
  return text;
}

/** The audit key, in hex; made when the folder has none. @throws StationError `station/no-folder` no station has run there · as `loadStationSeed` */
export function loadAuditKey(dataDir: string): string {
  if (readStationSeed(dataDir) === undefined) throw stationError("station/no-folder");
  const held = readAuditKey(dataDir);
  if (held !== undefined) return held;
  const key = toHex(nodeRng(SECRET_BYTES));
  writeWhole(dataDir, AUDIT_NAME, Buffer.from(`${key}\n`, "utf8"));
  return key;
}

/** Bytes free on the disk of the data folder. Cost: one statfs. */
export function freeBytes(dataDir: string): number {
  const { bavail, bsize } = statfsSync(dataDir);
  return bavail * bsize;
}
