/* Sealed files at the home: put and fetched over a link, whatever they hold. */
import { openFile, sealFile } from "@chapar/e2e";
import { type BlobHash, blobHash } from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";
import { ClientError } from "../errors.ts";
import { blobLock, type LockPorts, rememberPut } from "../leaving/locks.ts";
import type { StationLink } from "../link/station-link.ts";
import { type FileRow, fileRowOf } from "./grant.ts";

/** Seals bytes and puts them at the home. @throws WireError · ClientError `client/wrong-blob` */
export async function putFile(
  core: Pick<Core, "crypto"> & LockPorts,
  link: StationLink,
  bytes: Uint8Array,
): Promise<FileRow> {
  const hashes: BlobHash[] = [];
  const file = await sealFile(
    [bytes],
    async (chunk) => {
      hashes.push(chunk.hash);
      const lock = await blobLock(core, chunk.hash);
      const stored = await link.ask({ type: "blob.put", bytes: chunk.bytes, lock }, "blob.stored");
      if (!equalBytes(stored.hash, chunk.hash)) throw new ClientError("client/wrong-blob");
      await link.drained();
    },
    core.crypto,
  );
  await rememberPut(core, hashes);
  return fileRowOf(file);
}

/** Fetches and opens a file. @throws WireError · E2eError `e2e/bad-chunk` and the like */
export async function getFile({ crypto }: Pick<Core, "crypto">, link: StationLink, file: FileRow): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const { key, nonce, sizeBytes } = file;
  const sealed = { key, nonce, sizeBytes, hash: blobHash(file.hash) };
  const get = async (hash: typeof sealed.hash): Promise<Uint8Array> =>
    (await link.ask({ type: "blob.get", hash, at: undefined }, "blob")).bytes.slice();
  for await (const piece of openFile(sealed, get, crypto)) pieces.push(piece);
  return concatBytes(...pieces);
}
