/*
 * A sealed file as the external part of a MIMI message (draft-ietf-mimi-content-08 §3.5), and back. Fields:
 * protocol/5-content.md §5. What a peer's part says of a file is checked here, before anything is fetched.
 */
import {
  blobUri,
  cleanFileName,
  Disposition,
  type ExternalPart,
  HASH_SHA256,
  parseBlobUri,
} from "@chapar/wire/content";
import { equalBytes } from "@chapar/wire/bytes";
import type { E2eCode } from "../errors.ts";
import { FILE_KEY_BYTES, FILE_NONCE_BYTES } from "./chunk.ts";
import type { SealedFile } from "./file.ts";
import { MAX_FILE_BYTES, shapeOf } from "./manifest.ts";

const URL_SCHEME = "chapar:b/";
/** AEAD_AES_256_GCM of the IANA AEAD registry (RFC 5116). */
const AES_256_GCM = 2;
/** `aad` by levels of lists: none, a manifest (the letter m), the root of a tree (the letter t). */
const LEVEL_AADS: readonly [Uint8Array, Uint8Array, Uint8Array] = [
  new Uint8Array(0),
  Uint8Array.of(0x6d),
  Uint8Array.of(0x74),
];

/** What is told about a file besides its bytes; travels sealed. */
export interface FileFacts {
  /** IANA media type */
  readonly mediaType: string;
  readonly fileName: string;
  readonly description: string;
  /** see `Disposition`; `attachment` or `inline` */
  readonly disposition: number;
}

/** The outcome of reading a part: the file and what is told about it. */
export type FileResult =
  | { readonly ok: true; readonly value: { readonly file: SealedFile; readonly facts: FileFacts } }
  | { readonly ok: false; readonly code: Extract<E2eCode, "e2e/bad-manifest"> };

/** The part that carries a sealed file. */
export function filePart(file: SealedFile, facts: Partial<FileFacts> = {}): ExternalPart {
  return {
    kind: "external",
    disposition: facts.disposition ?? Disposition.attachment,
    language: "",
    contentType: facts.mediaType ?? "application/octet-stream",
    url: blobUri(file.hash),
    expires: 0,
    size: BigInt(file.sizeBytes),
    encAlg: AES_256_GCM,
    key: file.key,
    nonce: file.nonce,
    aad: LEVEL_AADS[shapeOf(file.sizeBytes).levels],
    hashAlg: HASH_SHA256,
    contentHash: file.hash,
    description: facts.description ?? "",
    filename: facts.fileName ?? "",
  };
}

/** Whether an external part is a sealed file of ours, and not a link to elsewhere. */
export function isFilePart(part: ExternalPart): boolean {
  return part.url.startsWith(URL_SCHEME);
}

/** Reads a peer's part. The file name comes out clean; `e2e/bad-manifest` when the fields cannot all be true. */
export function fileOfPart(part: ExternalPart): FileResult {
  const hash = parseBlobUri(part.url);
  const sizeBytes = Number(part.size);
  const fits =
    hash.ok &&
    part.encAlg === AES_256_GCM &&
    part.hashAlg === HASH_SHA256 &&
    equalBytes(part.contentHash, hash.value) &&
    part.key.byteLength === FILE_KEY_BYTES &&
    part.nonce.byteLength === FILE_NONCE_BYTES &&
    sizeBytes <= MAX_FILE_BYTES &&
    equalBytes(part.aad, LEVEL_AADS[shapeOf(sizeBytes).levels]);
  if (!fits) return { ok: false, code: "e2e/bad-manifest" };
  const file = { key: part.key, nonce: part.nonce, hash: hash.value, sizeBytes };
  const fileName = cleanFileName(part.filename);
  return {
    ok: true,
    value: {
      file,
      facts: { mediaType: part.contentType, fileName, description: part.description, disposition: part.disposition },
    },
  };
}
