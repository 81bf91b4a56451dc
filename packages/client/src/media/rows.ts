/* What is kept of files that are being sent. Rows of the conversation itself: conversation/rows.ts. */
import type { BlobHash } from "@chapar/wire";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { blob, count, fields, oneOf, optional, row, text } from "../store/record.ts";
import { shelf, type Shelf } from "../store/shelf.ts";

const HASH_BYTES = 32;

/** A file that waits to be sent; its key and nonce rest here until it is at the station. */
export interface UploadRow {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly sizeBytes: number;
  /** where it is read again; undefined: its sealed pieces are on the shelf */
  readonly path: string | undefined;
}

/** `upload`: by hash of the file's root. */
export const uploadShelf: Shelf<UploadRow> = shelf(
  "upload",
  row<UploadRow>(1, fields<UploadRow>({ key: blob, nonce: blob, sizeBytes: count, path: optional(text) })),
);

/** `upload-list`: by hash of the file's root and number of the manifest: the hashes of its chunks. */
export const uploadListShelf: Shelf<{ readonly hashes: Uint8Array }> = shelf(
  "upload-list",
  row<{ readonly hashes: Uint8Array }>(1, fields<{ readonly hashes: Uint8Array }>({ hashes: blob })),
);

/** How sending of a message's files stands, when it does not simply go on. */
export interface HaltRow {
  readonly state: "paused" | "stopped";
  /** what stopped it */
  readonly code: string | undefined;
}

/** `upload-halt`: by message id. */
export const haltShelf: Shelf<HaltRow> = shelf(
  "upload-halt",
  row<HaltRow>(1, fields<HaltRow>({ state: oneOf(["paused", "stopped"]), code: optional(text) })),
);

/** A message whose files are being sealed. */
export interface PreparingRow {
  /** its words and the names of its files */
  readonly text: string;
  readonly writtenAtMs: number;
}

/** `preparing`: by conversation id and a random number. */
export const preparingShelf: Shelf<PreparingRow> = shelf(
  "preparing",
  row<PreparingRow>(1, fields<PreparingRow>({ text, writtenAtMs: count })),
);

/** How fast files came last, and over which kind of route (F-149). */
export interface RateRow {
  readonly kind: string;
  readonly bytesPerSecond: number;
}

/** `meta`, under one name. */
export const rateShelf: Shelf<RateRow> = shelf(
  "meta",
  row<RateRow>(1, fields<RateRow>({ kind: text, bytesPerSecond: count })),
);

/** The name. */
export const RATE_KEY: Uint8Array = utf8("media-rate");

/** Hashes one after the other. */
export function packHashes(hashes: readonly BlobHash[]): Uint8Array {
  return concatBytes(...hashes);
}

/** And back. */
export function unpackHashes(packed: Uint8Array): readonly BlobHash[] {
  const hashes: BlobHash[] = [];
  for (let at = 0; at < packed.byteLength; at += HASH_BYTES) hashes.push(packed.slice(at, at + HASH_BYTES) as BlobHash);
  return hashes;
}
