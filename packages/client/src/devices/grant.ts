/*
 * What an old device gives a new one once the digits were the same (D-6): the grant, sealed to the hello's key, and the starting bundle, a file
 * of sealed blobs whose key is in it.
 */
import { type SealedFile, shapeOf } from "@chapar/e2e";
import type { IdentityId } from "@chapar/wire";
import { homeField, type HomeRow } from "../profile/profile-row.ts";
import { blob, count, type FieldCodec, fields, id, list, optional, row, type Row, text } from "../store/record.ts";
import type { OwnEntry } from "../own/register.ts";

/** A sealed file. */
export interface FileRow {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly hash: Uint8Array;
  readonly manifest: boolean;
  readonly sizeBytes: number;
}

/** A sealed file as it is told of. */
export function fileRowOf(file: SealedFile): FileRow {
  return { ...file, manifest: shapeOf(file.sizeBytes).levels > 0 };
}

/** Layout of a sealed file inside rows. */
export const fileField: FieldCodec<FileRow> = fields<FileRow>({
  key: blob,
  nonce: blob,
  hash: blob,
  manifest: { write: (to, value) => void to.flag(value), read: (from) => from.flag() },
  sizeBytes: count,
});

/** The grant. */
export interface Grant {
  readonly identity: IdentityId;
  readonly rankOneSeed: Uint8Array;
  /** of the recovery words, while they are still on the old device */
  readonly entropy: Uint8Array | undefined;
  readonly backupKey: Uint8Array | undefined;
  /** where the starting bundle is */
  readonly bundle: FileRow;
}

/** Bytes of a grant. */
export const grantRow: Row<Grant> = row<Grant>(
  1,
  fields<Grant>({
    identity: id(),
    rankOneSeed: blob,
    entropy: optional(blob),
    backupKey: optional(blob),
    bundle: fileField,
  }),
);

/** Somebody known: their chain, and what they are called. */
export interface KnownPerson {
  readonly ops: readonly Uint8Array[];
  readonly name: string;
}

/** What a new device begins with. */
export interface Start {
  readonly name: string;
  readonly home: HomeRow;
  readonly token: Uint8Array;
  /** the own chain, which lists the new device */
  readonly ops: readonly Uint8Array[];
  readonly people: readonly KnownPerson[];
  readonly own: readonly OwnEntry[];
}

/** Layout of an entry of the own register. */
export const ownEntryField: FieldCodec<OwnEntry> = fields<OwnEntry>({
  key: text,
  value: optional(blob),
  atMs: count,
  device: blob,
});

/** Layout of a person. */
export const personField: FieldCodec<KnownPerson> = fields<KnownPerson>({ ops: list(blob), name: text });

/** Bytes of the starting bundle. */
export const startRow: Row<Start> = row<Start>(
  1,
  fields<Start>({
    name: text,
    home: homeField,
    token: blob,
    ops: list(blob),
    people: list(personField),
    own: list(ownEntryField),
  }),
);
