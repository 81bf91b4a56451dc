/* What is asked of a station about chunks: which it has, how much room there is, and one chunk there or back. */
import { type BlobHash, isWireError, MAX_BLOBS_ASKED, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { SEALED_CHUNK_BYTES, shapeOf } from "@chapar/e2e";
import type { Core } from "../core.ts";
import { ClientError } from "../errors.ts";
import { blobLock, type LockPorts } from "../leaving/locks.ts";
import type { StationLink } from "../link/station-link.ts";

const BITS = 8;
const WAIT_MS = 1_000;

/** Asks again for as long as the station says that it is too much at once. @throws the signal's reason; what else the station says */
async function patiently<T>(ask: () => Promise<T>, clock: Core["clock"], signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!isWireError(error, "station/rate-limited")) throw error;
      await clock.sleep(error.detail ?? WAIT_MS, signal);
    }
  }
}

function unknown(error: unknown): undefined {
  if (isWireError(error, "wire/unknown-frame")) return undefined;
  throw error;
}

/** Which of these chunks the home lacks, in their order. */
export async function missingOf(
  link: StationLink,
  hashes: readonly BlobHash[],
  clock: Core["clock"],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const missing: number[] = [];
  for (let first = 0; first < hashes.length; first += MAX_BLOBS_ASKED) {
    const asked = hashes.slice(first, first + MAX_BLOBS_ASKED);
    const question = { type: "blob.have", hashes: asked } as const;
    const answer = await patiently(() => link.ask(question, "blob.missing"), clock, signal).catch(unknown);
    // A station that cannot tell is given all of them; what it has it does not keep twice.
    if (answer === undefined) return hashes.map((_, at) => at);
    const { bitmap } = answer;
    if (bitmap.byteLength !== Math.ceil(asked.length / BITS)) throw new ClientError("client/unexpected-answer");
    for (let at = 0; at < asked.length; at++) {
      if (((bitmap[Math.floor(at / BITS)] ?? 0) & (0x80 >> (at % BITS))) !== 0) missing.push(first + at);
    }
  }
  return missing;
}

/** Puts a chunk to the home. @throws ClientError `client/wrong-blob`; WireError of the station; the signal's reason */
export async function putChunk(
  link: StationLink,
  { hash, bytes }: { readonly hash: BlobHash; readonly bytes: Uint8Array },
  ports: Pick<Core, "clock"> & LockPorts,
  signal: AbortSignal,
): Promise<void> {
  const lock = await blobLock(ports, hash);
  const stored = await patiently(() => link.ask({ type: "blob.put", bytes, lock }, "blob.stored"), ports.clock, signal);
  if (!equalBytes(stored.hash, hash)) throw new ClientError("client/wrong-blob");
}

/** Gets a chunk, from another station where it rests there. What comes is not checked. @throws WireError of the station */
export async function getChunk(
  link: StationLink,
  hash: BlobHash,
  at: StationRef | undefined,
  clock: Core["clock"],
  signal: AbortSignal,
): Promise<Uint8Array> {
  return (await patiently(() => link.ask({ type: "blob.get", hash, at }, "blob"), clock, signal)).bytes;
}

/** Bytes that a file takes at a station. */
export function sealedBytes(sizeBytes: number): number {
  const { chunks, manifests, levels } = shapeOf(sizeBytes);
  return (chunks + manifests + (levels === 2 ? 1 : 0)) * SEALED_CHUNK_BYTES;
}

/**
 * Asks for room before anything is read (F-91); without a link, and at a station that cannot tell, nothing is refused here.
 *
 * @throws ClientError `client/too-large` · `client/no-room`
 */
export async function needRoom(link: StationLink | undefined, sizes: readonly number[]): Promise<void> {
  if (link === undefined) return;
  const room = await link.ask({ type: "blob.room" }, "blob.room").catch((error: unknown) => {
    // A link that is over, or on which the account is not shown yet: under the shield that takes two ticks.
    if (isWireError(error, "wire/link-ended") || isWireError(error, "station/not-authenticated")) return undefined;
    return unknown(error);
  });
  if (room === undefined) return;
  if (sizes.some((sizeBytes) => sizeBytes > room.fileBytes)) throw new ClientError("client/too-large");
  const wanted = sizes.reduce((sum, sizeBytes) => sum + sealedBytes(sizeBytes), 0);
  if (wanted > room.leftBytes) throw new ClientError("client/no-room", String(room.leftBytes));
}
