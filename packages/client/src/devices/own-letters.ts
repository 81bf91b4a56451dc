/*
 * What own devices tell each other in their own room (§3): entries of the register, keys, and where history lies.
 *
 *   letter  = version u8 (1), kind u8, body
 *   entries = list<1024> of (key text<800>, value optional opaque<16384>, atMs u64, device[32])            kind 0
 *   keys    = everyday key optional[32], backup key optional opaque<256>                                   kind 1
 *   history = device[32], key[32], nonce[12], hash[32], manifest u8, sizeBytes u64                                      kind 2
 */
import { decodeBundle, encodeBundle, Secret, wipeBundle } from "@chapar/e2e";
import { foldChain } from "@chapar/wire";
import { ByteReader, ByteWriter, equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { MAX_VALUE_BYTES, type OwnEntry } from "../own/register.ts";
import { blob, count, fields, flag, row } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";
import type { FileRow } from "./grant.ts";
import { putBackupKey } from "./backup-key.ts";

const VERSION = 1;
const KINDS = ["entries", "keys", "history"] as const;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const MAX_ENTRIES = 1024;
const MAX_KEY_BYTES = 800;
const MAX_BACKUP_KEY_BYTES = 256;
/** No clock says more; what an entry with a later time would do is freeze its key for ever (D-22). */
const MAX_TIME_MS = 2 ** 50;

/** Where a part of history lies, and for whom. */
export interface HistoryFile extends FileRow {
  readonly device: Uint8Array;
}

/** What own devices tell each other. */
export type OwnLetter =
  | { readonly kind: "entries"; readonly entries: readonly OwnEntry[] }
  | {
      readonly kind: "keys";
      readonly rankOneSeed: Uint8Array | undefined;
      readonly backupKey: Uint8Array | undefined;
    }
  | { readonly kind: "history"; readonly file: HistoryFile };

/** `history-in`: by hash; history that was told of and is not here yet. */
export const historyInShelf: Shelf<HistoryFile> = shelf(
  "history-in",
  row<HistoryFile>(
    1,
    fields<HistoryFile>({ device: blob, key: blob, nonce: blob, hash: blob, manifest: flag, sizeBytes: count }),
  ),
);

/** Bytes of a letter. */
export function encodeOwnLetter(letter: OwnLetter): Uint8Array {
  const writer = new ByteWriter(1024).u8(VERSION).u8(KINDS.indexOf(letter.kind));
  if (letter.kind === "entries") {
    writer.list(letter.entries, (to, { key, value, atMs, device }) => {
      to.text(key)
        .optional(value, (out, bytes) => out.opaque(bytes))
        .index(atMs)
        .bytes(device);
    });
  } else if (letter.kind === "keys") {
    writer.optional(letter.rankOneSeed, (out, seed) => out.bytes(seed));
    writer.optional(letter.backupKey, (out, key) => out.opaque(key));
  } else {
    const { device, key, nonce, hash, manifest, sizeBytes } = letter.file;
    writer.bytes(device).bytes(key).bytes(nonce).bytes(hash).flag(manifest).index(sizeBytes);
  }
  return writer.finish();
}

function readEntry(from: ByteReader): OwnEntry {
  const key = from.text(MAX_KEY_BYTES);
  const value = from.optional((item) => item.opaque(MAX_VALUE_BYTES).slice());
  const atMs = from.index();
  if (atMs > MAX_TIME_MS) from.fail("wire/range");
  return { key, value, atMs, device: from.bytes(KEY_BYTES).slice() };
}

/** Reads a letter; undefined when it is none that this program understands. Never throws. */
export function decodeOwnLetter(bytes: Uint8Array): OwnLetter | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const kind = KINDS[reader.u8()];
  if (kind === undefined) return undefined;
  const read = reader.finish(readBody(reader, kind));
  return read.ok ? read.value : undefined;
}

function readBody(reader: ByteReader, kind: OwnLetter["kind"]): OwnLetter {
  if (kind === "entries") return { kind, entries: reader.list(MAX_ENTRIES, readEntry) };
  if (kind === "keys") {
    const rankOneSeed = reader.optional((from) => from.bytes(KEY_BYTES).slice());
    return { kind, rankOneSeed, backupKey: reader.optional((from) => from.opaque(MAX_BACKUP_KEY_BYTES).slice()) };
  }
  const device = reader.bytes(KEY_BYTES).slice();
  const key = reader.bytes(KEY_BYTES).slice();
  const nonce = reader.bytes(NONCE_BYTES).slice();
  const hash = reader.bytes(KEY_BYTES).slice();
  const manifest = reader.flag();
  return { kind, file: { device, key, nonce, hash, manifest, sizeBytes: reader.index() } };
}

/** Takes what another own device told, within the step that read it. What is not understood is passed over. */
export async function takeOwnLetter(member: Member, draft: Draft, bytes: Uint8Array): Promise<void> {
  const letter = decodeOwnLetter(bytes);
  if (letter?.kind === "entries") for (const entry of letter.entries) member.own.take(draft, entry);
  if (letter?.kind === "keys") await takeKeys(member, draft, letter);
  if (letter?.kind === "history" && equalBytes(letter.file.device, member.device.credential.device)) {
    historyInShelf.put(draft, letter.file.hash, letter.file);
  }
}

async function takeKeys(
  member: Member,
  draft: Draft,
  { rankOneSeed, backupKey }: Extract<OwnLetter, { readonly kind: "keys" }>,
): Promise<void> {
  const { profile, crypto } = member;
  if (backupKey !== undefined) putBackupKey(draft, backupKey);
  if (rankOneSeed === undefined) return;
  const publicKey = await crypto.ed25519.publicKey(rankOneSeed);
  // A key that the chain does not name signs nothing.
  const { ops, identity, bundle: held } = profile.rowIn(draft);
  const folded = await foldChain(ops, member, identity);
  if (!folded.ok || !folded.value.rotationKeys.some((key) => equalBytes(key, publicKey))) return;
  const secrets = decodeBundle(held);
  const bundle = encodeBundle({ ...secrets, rankOneSeed: new Secret("rotation seed", rankOneSeed.slice()) });
  profile.change(draft, { bundle });
  wipeBundle(secrets);
}
