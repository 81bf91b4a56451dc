/*
 * A backup as it leaves the data folder (O-1): encrypted and authenticated under a key that its operator keeps elsewhere. 64 KiB at a time, each with
 * its number and whether it is the last in the nonce (STREAM; Hoang, Reyhanitabar, Rogaway, Vizár: *Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance*, CRYPTO 2015), so that a file that was cut, lengthened or put together anew does not open.
 *
 *   file = "chapar station backup 2\n", salt[32], check[16], chunks of (AES-256-GCM(65536 octets or the rest), tag[16])
 *   key ‖ check = HKDF-SHA256(ikm = the operator's key, salt, info = "chapar station backup v2", 48 octets)
 *   nonce = u64 number ‖ u24 zeros ‖ u8 last
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fromBase64Url, toBase64Url } from "@chapar/wire/bytes";
import { isStationError, stationError } from "../errors.ts";
import { storageError } from "./sqlite-open.ts";
import { backupStation, syncPath } from "./station-backup.ts";

const MAGIC = Buffer.from("chapar station backup 2\n", "utf8");
const INFO = "chapar station backup v2";
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const CHECK_BYTES = 16;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const CHUNK_BYTES = 65_536;
const OWNER_ONLY = 0o600;
/** The copy that is being sealed; one that a kill left behind is replaced. */
const PLAIN_NAME = "backing-up";

/** The key of an operator's backups, from its file. @throws StationError `station/bad-backup-key` the file holds none */
export function readBackupKey(path: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw stationError("station/bad-backup-key", undefined, cause);
  }
  const key = fromBase64Url(text.trim());
  if (key?.byteLength !== KEY_BYTES) throw stationError("station/bad-backup-key");
  return key;
}

/** As `readBackupKey`; makes the file, readable by its owner alone, when there is none. @throws StationError of the store */
function loadBackupKey(path: string): Uint8Array {
  if (existsSync(path)) return readBackupKey(path);
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  try {
    writeFileSync(path, `${toBase64Url(key)}\n`, { mode: OWNER_ONLY, flag: "wx" });
    syncPath(path);
  } catch (cause) {
    throw storageError(cause);
  }
  return key;
}

/** Whether a file is a sealed backup, by how it begins. */
export function isSealedBackup(path: string): boolean {
  if (!existsSync(path)) return false;
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(MAGIC.byteLength);
    return readSync(file, head, 0, head.byteLength, 0) === head.byteLength && head.equals(MAGIC);
  } finally {
    closeSync(file);
  }
}

interface FileKey {
  readonly key: Buffer;
  readonly check: Buffer;
}

function fileKey(key: Uint8Array, salt: Uint8Array): FileKey {
  const made = Buffer.from(hkdfSync("sha256", key, salt, INFO, KEY_BYTES + CHECK_BYTES));
  return { key: made.subarray(0, KEY_BYTES), check: made.subarray(KEY_BYTES) };
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(number));
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return nonce;
}

/** Reads up to so many octets; fewer only at the end of the file. */
function readWhole(file: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let held = 0;
  while (held < sizeBytes) {
    const count = readSync(file, bytes, held, sizeBytes - held, null);
    if (count === 0) break;
    held += count;
  }
  return bytes.subarray(0, held);
}

/** Passes a file on in pieces of one size, told which is the last; at least one, which may be empty. */
function inPieces(
  from: string,
  skipBytes: number,
  pieceBytes: number,
  take: (piece: Buffer, number: number, isLast: boolean) => void,
): void {
  const file = openSync(from, "r");
  try {
    if (skipBytes > 0) readWhole(file, skipBytes);
    let piece = readWhole(file, pieceBytes);
    for (let number = 0; ; number++) {
      const next = piece.byteLength < pieceBytes ? Buffer.alloc(0) : readWhole(file, pieceBytes);
      take(piece, number, next.byteLength === 0);
      if (next.byteLength === 0) return;
      piece = next;
    }
  } finally {
    closeSync(file);
  }
}

/** Writes a file whole or not at all. @throws StationError of the store, or what `fill` throws as one */
function whole(path: string, fill: (write: (bytes: Uint8Array) => void) => void): void {
  const made = `${path}.new`;
  try {
    rmSync(made, { force: true });
    const file = openSync(made, "wx", OWNER_ONLY);
    try {
      chmodSync(made, OWNER_ONLY);
      fill((bytes) => void writeSync(file, bytes));
    } finally {
      closeSync(file);
    }
    syncPath(made);
    renameSync(made, path);
  } catch (cause) {
    rmSync(made, { force: true });
    throw isStationError(cause) ? cause : storageError(cause);
  }
}

/** Seals a file of `backupStation`. Cost: its size, read and written once. @throws StationError of the store */
function sealBackup(from: string, to: string, key: Uint8Array): void {
  const salt = randomBytes(SALT_BYTES);
  const { key: sealing, check } = fileKey(key, salt);
  whole(to, (write) => {
    write(Buffer.concat([MAGIC, salt, check]));
    inPieces(from, 0, CHUNK_BYTES, (piece, number, isLast) => {
      const cipher = createCipheriv("aes-256-gcm", sealing, nonceOf(number, isLast));
      write(Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]));
    });
  });
}

/**
 * Opens a sealed backup into a file, whole or not at all.
 *
 * @throws StationError `station/wrong-backup-key` it was sealed under another key · `station/damaged-backup` it was changed or cut · of the store
 */
export function unsealBackup(from: string, to: string, key: Uint8Array): void {
  const head = MAGIC.byteLength + SALT_BYTES + CHECK_BYTES;
  const file = openSync(from, "r");
  let begin: Buffer;
  try {
    begin = readWhole(file, head);
  } finally {
    closeSync(file);
  }
  if (begin.byteLength < head) throw stationError("station/damaged-backup");
  const { key: opening, check } = fileKey(key, begin.subarray(MAGIC.byteLength, MAGIC.byteLength + SALT_BYTES));
  if (!timingSafeEqual(check, begin.subarray(head - CHECK_BYTES))) throw stationError("station/wrong-backup-key");
  whole(to, (write) => {
    inPieces(from, head, CHUNK_BYTES + TAG_BYTES, (piece, number, isLast) => {
      if (piece.byteLength < TAG_BYTES) throw stationError("station/damaged-backup");
      const cipher = createDecipheriv("aes-256-gcm", opening, nonceOf(number, isLast));
      cipher.setAuthTag(piece.subarray(piece.byteLength - TAG_BYTES));
      try {
        write(Buffer.concat([cipher.update(piece.subarray(0, -TAG_BYTES)), cipher.final()]));
      } catch (cause) {
        throw stationError("station/damaged-backup", undefined, cause);
      }
    });
  });
}

/**
 * Writes a sealed backup of a data folder, under the key in a file, which is made when there is none; the station may run. What is not sealed yet never leaves the folder.
 *
 * @throws as `backupStation` · StationError `station/bad-backup-key`
 */
export async function backupSealed(dataDir: string, file: string, keyFile: string): Promise<void> {
  const plain = join(dataDir, PLAIN_NAME);
  try {
    await backupStation(dataDir, plain);
    sealBackup(plain, file, loadBackupKey(keyFile));
  } finally {
    rmSync(plain, { force: true });
  }
}
