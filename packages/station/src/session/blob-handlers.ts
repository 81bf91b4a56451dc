/* Sealed chunks: kept by hash, given to whoever knows the hash, and told of to accounts only (W-70, W-71). */
import { blobHash, type Request, type Response } from "@chapar/wire";
import { stationError } from "../errors.ts";
import { forward, otherStation } from "./forward.ts";
import type { Handler } from "./handler.ts";

type Of<Type extends Request["type"]> = Handler<Extract<Request, { type: Type }>>;

const BITS = 8;

/** Keeps a chunk; one that is here costs no room. */
export const blobPut: Of<"blob.put"> = async (session, { bytes, lock }): Promise<Response> => {
  const { ports, blobs } = session.services;
  const { identity } = session.needAccount();
  const hash = blobHash(ports.sha256(bytes));
  if (!(await ports.store.hasBlob(hash))) {
    blobs.take(identity, bytes.byteLength, ports.clock.nowMs());
    await ports.store.commit([{ kind: "blob", hash, bytes, lock }]);
  }
  return { type: "blob.stored", hash };
};

/** Brings a chunk, from another station when it rests there. */
export const blobGet: Of<"blob.get"> = async (session, request): Promise<Response> => {
  const elsewhere = otherStation(session, request.at);
  if (elsewhere !== undefined) return await forward(session, elsewhere, { ...request, at: undefined });
  const bytes = await session.services.ports.store.blob(request.hash);
  if (bytes === undefined) throw stationError("station/unknown-blob");
  return { type: "blob", bytes };
};

/** Tells which chunks are not here. */
export const blobHave: Of<"blob.have"> = async ({ services: { ports } }, { hashes }): Promise<Response> => {
  const bitmap = new Uint8Array(Math.ceil(hashes.length / BITS));
  for (const [at, hash] of hashes.entries()) {
    if (await ports.store.hasBlob(hash)) continue;
    const byte = Math.floor(at / BITS);
    bitmap[byte] = (bitmap[byte] ?? 0) | (0x80 >> (at % BITS));
  }
  return { type: "blob.missing", bitmap };
};

/** Tells how much may be stored. */
export const blobRoom: Of<"blob.room"> = (session): Response => {
  const { ports, blobs } = session.services;
  const leftBytes = blobs.leftBytes(session.needAccount().identity, ports.clock.nowMs());
  return { type: "blob.room", fileBytes: blobs.limits.fileBytes, leftBytes };
};
