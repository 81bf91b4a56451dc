/*
 * Opening backups (D-40, D-45): from the home, where the words alone say where they lie, and from a file.
 *
 *   file = "chapar backup v1\n", mark opaque<65536>, chunks list<65536> of opaque<65600>
 */
import { openFile, type SealedChunk, sealFile } from "@chapar/e2e";
import { blobHash } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, equalBytes, toHex, utf8 } from "@chapar/wire/bytes";
import type { Core, Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { backupKeysOf } from "@chapar/e2e/devices";
import { BackupLog } from "./backup-log.ts";
import { backupHeadRow, backupMarkRow } from "./backup-rows.ts";
import { makeBackup } from "./backing.ts";
import { getFile } from "./files.ts";
import { type FileRow, fileRowOf } from "./grant.ts";
import { sealPadded, unsealPadded } from "./padded.ts";
import type { OpenedBackup } from "./restoring.ts";
import type { StationRef } from "@chapar/wire";

const MAGIC = utf8("chapar backup v1\n");
const LABEL = utf8("chapar backup file v1");
const MARK_BYTES = 2048;
const MAX_CHUNKS = 65_536;
const MAX_CHUNK_BYTES = 65_600;

async function opened(mark: Uint8Array, read: (file: FileRow) => Promise<Uint8Array>): Promise<OpenedBackup> {
  const asBackup = async (file: FileRow): Promise<Uint8Array> => {
    try {
      return await read(file);
    } catch (error) {
      throw new ClientError("client/bad-backup", undefined, { cause: error });
    }
  };
  const { head: file } = decoded(() => backupMarkRow.decode(mark));
  const bytes = await asBackup(file);
  const head = decoded(() => backupHeadRow.decode(bytes));
  return {
    head,
    part: async (index) => {
      const part = head.parts[index];
      if (part === undefined) throw new ClientError("client/bad-backup");
      return asBackup(part.file);
    },
  };
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch {
    throw new ClientError("client/bad-backup");
  }
}

/** The newest backup at a home. @throws ClientError `client/no-backup` · `client/bad-backup` */
export async function openAtHome(
  core: Core,
  link: StationLink,
  key: Uint8Array,
  at: StationRef,
): Promise<OpenedBackup> {
  const mark = await new BackupLog(core, key, at).newest(link);
  if (mark === undefined) throw new ClientError("client/no-backup");
  return opened(mark, (file) => getFile(core, link, file));
}

/** A backup in a file. @throws ClientError `client/bad-backup` it was changed, or the words are of another person */
export async function openBackupFile(core: Core, bytes: Uint8Array, key: Uint8Array): Promise<OpenedBackup> {
  const reader = new ByteReader(bytes);
  const magic = reader.bytes(MAGIC.byteLength);
  const sealed = reader.opaque(MARK_BYTES);
  const chunks = reader.list(MAX_CHUNKS, (from) => from.opaque(MAX_CHUNK_BYTES));
  const isWhole = equalBytes(magic, MAGIC) && reader.finish(undefined).ok;
  const how = { key: backupKeysOf(key).sealingKey, label: LABEL };
  const mark = isWhole ? await unsealPadded(sealed, how, core.crypto) : undefined;
  if (mark === undefined) throw new ClientError("client/bad-backup");
  const byHash = new Map(chunks.map((chunk) => [toHex(core.sha256(chunk)), chunk]));
  return opened(mark, async (file) => {
    const pieces: Uint8Array[] = [];
    const get = (hash: Uint8Array): Uint8Array => byHash.get(toHex(hash)) ?? new Uint8Array(0);
    for await (const piece of openFile({ ...file, hash: blobHash(file.hash) }, get, core.crypto)) pieces.push(piece);
    return concatBytes(...pieces);
  });
}

/** A whole backup as a file. */
export async function backupFile(member: Member, key: Uint8Array): Promise<Uint8Array> {
  const chunks: SealedChunk[] = [];
  const keep = async (bytes: Uint8Array): Promise<FileRow> =>
    fileRowOf(await sealFile([bytes], (chunk) => void chunks.push(chunk), member.crypto));
  const mark = await makeBackup(member, keep, false);
  const how = { key: backupKeysOf(key).sealingKey, label: LABEL, sizeBytes: MARK_BYTES };
  const sealed = await sealPadded(mark, how, member.crypto);
  return new ByteWriter(chunks.length * MAX_CHUNK_BYTES + MARK_BYTES)
    .bytes(MAGIC)
    .opaque(sealed)
    .list(chunks, (to, { bytes }) => to.opaque(bytes))
    .finish();
}
