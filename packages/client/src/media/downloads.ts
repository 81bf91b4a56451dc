/*
 * Files of messages on their way here. A chunk is taken from this device when it is on it (the shelf, the store, the path it was sent
 * from), from the writer's home otherwise; wherever it came from, it is checked before it is used. What is here already
 * is found on the shelf or in the file that is being written, so there is nothing else to keep of how far a download came (F-93).
 */
import { CHUNK_CAPACITY_BYTES, FileReader, FileSealer, isE2eError, type PutPlace } from "@chapar/e2e";
import { type BlobHash, idText, isWireError } from "@chapar/wire";
import { concatBytes, equalBytes, toBase64Url } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError, codeOf } from "../errors.ts";
import { getChunk } from "./asking.ts";
import type { Transfer, TransferBoard } from "./board.ts";
import type { BulkRoad } from "./bulk-road.ts";
import { type FoundFile, findFile } from "./finding.ts";
import { HeldPieces, PieceWriter } from "./held.ts";
import { letGo } from "./letting-go.ts";
import type { FileTarget, MediaPlatform } from "./ports.ts";
import { ShelfRoom } from "./room.ts";
import { uploadShelf } from "./rows.ts";
import { chunksOf } from "./uploading.ts";

const REST_MS = 2_000;
/** Chunks that are fetched ahead of the one that is written. */
const AHEAD = 8;
/** How often a chunk that does not verify is asked for. */
const TRIES = 2;

/** Which file, and until when. */
export interface Wanted {
  readonly row: ConversationRow;
  readonly message: Uint8Array;
  readonly index: number;
  readonly signal: AbortSignal;
}

/** One file as it is read here. */
class OpenFile {
  readonly found: FoundFile;
  readonly held: HeldPieces;
  readonly reader: FileReader;
  readonly #member: Member;
  readonly #platform: MediaPlatform;
  readonly #road: BulkRoad;
  readonly #signal: AbortSignal;

  constructor(member: Member, platform: MediaPlatform, road: BulkRoad, found: FoundFile, signal: AbortSignal) {
    this.#member = member;
    this.#platform = platform;
    this.#road = road;
    this.#signal = signal;
    this.found = found;
    this.held = new HeldPieces(platform.shelf, found.file, member.sha256);
    this.reader = new FileReader(found.file, (hash, place) => this.#list(hash, place), member.crypto);
  }

  /** Lists are kept on the shelf, so that what is here can be read without a link. */
  async #list(hash: BlobHash, { of, index }: PutPlace): Promise<Uint8Array> {
    const { sha256, store } = this.#member;
    const isNamed = (bytes: Uint8Array | undefined): boolean => bytes !== undefined && equalBytes(sha256(bytes), hash);
    const held = of === "file" ? undefined : await this.held.list(of, index);
    if (held !== undefined && isNamed(held)) return held;
    const bytes = (await store.get("blob", hash)) ?? (await this.#fetched(hash));
    if (of !== "file" && isNamed(bytes)) await this.held.putList(of, index, bytes);
    return bytes;
  }

  /** A sealed chunk that verified, and what is in it. */
  async chunk(index: number): Promise<{ readonly sealed: Uint8Array; readonly plain: Uint8Array }> {
    for (let tries = 1; ; tries++) {
      const sealed = await this.#sealed(index, tries > 1);
      try {
        return { sealed, plain: await this.reader.chunk(index, sealed) };
      } catch (error) {
        if (!isE2eError(error, "e2e/bad-chunk") || tries >= TRIES) throw error;
      }
    }
  }

  async #sealed(index: number, isAgain: boolean): Promise<Uint8Array> {
    const held = isAgain ? undefined : await this.held.chunk(index);
    if (held !== undefined) return held;
    const hash = await this.reader.hashOf(index);
    const small = isAgain ? undefined : await this.#member.store.get("blob", hash);
    return small ?? (await this.#own(index, hash)) ?? (await this.#fetched(hash));
  }

  /** An own file that is still being sent is read where it lies. */
  async #own(index: number, hash: BlobHash): Promise<Uint8Array | undefined> {
    const upload = await uploadShelf.get(this.#member.store, this.found.file.hash);
    if (upload?.path === undefined) return undefined;
    await using chunks = await chunksOf(this.#member, this.#platform, upload);
    return (await chunks.at(index, hash)).bytes;
  }

  async #fetched(hash: BlobHash): Promise<Uint8Array> {
    const { clock } = this.#member;
    return this.#road.use(({ link }) => getChunk(link, hash, this.found.at, clock, this.#signal));
  }
}

/** Fetches files. */
export class Downloads {
  readonly #member: Member;
  readonly #platform: MediaPlatform;
  readonly #board: TransferBoard;
  readonly #road: BulkRoad;
  readonly #room: ShelfRoom;
  readonly #running = new Map<string, { readonly life: AbortController; readonly done: Promise<void> }>();

  constructor(member: Member, platform: MediaPlatform, board: TransferBoard, road: BulkRoad) {
    this.#member = member;
    this.#platform = platform;
    this.#board = board;
    this.#road = road;
    this.#room = new ShelfRoom(member, platform);
  }

  async #open({ row, message, index, signal }: Wanted): Promise<OpenFile> {
    const found = await findFile(this.#member, row, message, index);
    return new OpenFile(this.#member, this.#platform, this.#road, found, signal);
  }

  /** Brings all of a file to the shelf; who asks for one that is coming waits with the other. */
  async fetch(wanted: Wanted): Promise<void> {
    const name = `${toBase64Url(wanted.message)} ${wanted.index}`;
    let running = this.#running.get(name);
    if (running === undefined) {
      const life = new AbortController();
      const done = this.#watched({ ...wanted, signal: life.signal }, (file, transfer) =>
        this.#room.during(file.held.name, () => this.#toShelf(file, transfer, life.signal)),
      );
      running = { life, done: done.finally(() => this.#running.delete(name)) };
      this.#running.set(name, running);
      // Whoever asked may have gone.
      running.done.catch(() => undefined);
    }
    await untilAborted(running.done, wanted.signal);
  }

  /** Ends what is coming of a message. */
  stop(message: Uint8Array): void {
    const prefix = `${toBase64Url(message)} `;
    for (const [name, { life }] of this.#running) {
      if (name.startsWith(prefix)) life.abort(new ClientError("client/cancelled"));
    }
  }

  /** Bytes of a file. */
  async read(wanted: Wanted, from: number, to: number): Promise<Uint8Array> {
    const file = await this.#open(wanted);
    const end = Math.min(to, file.found.file.sizeBytes);
    if (from >= end) return new Uint8Array(0);
    this.#room.read(file.held.name);
    const first = Math.floor(from / CHUNK_CAPACITY_BYTES);
    const last = Math.floor((end - 1) / CHUNK_CAPACITY_BYTES);
    const parts: Uint8Array[] = [];
    try {
      for (let index = first; index <= last; index++) parts.push((await file.chunk(index)).plain);
    } catch (error) {
      throw told(error, wanted.signal);
    }
    const start = from - first * CHUNK_CAPACITY_BYTES;
    return concatBytes(...parts).subarray(start, start + end - from);
  }

  /** Writes a file to a path. */
  async save(wanted: Wanted, path: string): Promise<void> {
    const { paths } = this.#platform;
    if (paths === undefined) throw new ClientError("client/no-paths");
    await using target = await paths.target(path);
    await this.#watched(wanted, (file, transfer) => this.#toTarget(file, target, transfer, wanted.signal));
  }

  /** Whether all of a file is on this device. */
  async isHere({ file }: FoundFile): Promise<boolean> {
    if ((await uploadShelf.get(this.#member.store, file.hash)) !== undefined) return true;
    if ((await this.#member.store.get("blob", file.hash)) !== undefined) return true;
    return new HeldPieces(this.#platform.shelf, file, this.#member.sha256).isWhole();
  }

  /** Does the work with its transfer told of, again whenever the way to the home comes back. */
  async #watched(wanted: Wanted, work: (file: OpenFile, transfer: Transfer) => Promise<void>): Promise<void> {
    const { row, message, index, signal } = wanted;
    const { events, clock, link } = this.#member;
    const file = await this.#open(wanted);
    const place = {
      message: toBase64Url(message),
      conversation: idText(row.id),
      file: index,
      direction: "down",
    } as const;
    const transfer = this.#board.open(place, file.found.file.sizeBytes, "running");
    for (;;) {
      try {
        await this.#road.hold(() => work(file, transfer));
        return transfer.become("done");
      } catch (error) {
        if (!isPassing(error) || signal.aborted) {
          transfer.become("stopped", codeOf(error) ?? "client/cancelled");
          transfer.forget();
          throw told(error, signal);
        }
      }
      transfer.become("waiting");
      await clock.sleep(REST_MS, signal).catch(() => undefined);
      await events.until(() => link() !== undefined, signal).catch(() => undefined);
      transfer.become("running");
    }
  }

  async #toShelf(file: OpenFile, transfer: Transfer, signal: AbortSignal): Promise<void> {
    const { sizeBytes } = file.found.file;
    const { chunks } = file.reader.shape;
    const missing = await file.held.missing();
    const pieces = new PieceWriter(file.held, chunks);
    let done = chunks - missing.length;
    for await (const { index, sealed } of inOrder(file, missing, signal)) {
      await pieces.put(index, sealed);
      transfer.progress(Math.min(sizeBytes, ++done * CHUNK_CAPACITY_BYTES));
    }
    await this.#room.make();
  }

  async #toTarget(file: OpenFile, target: FileTarget, transfer: Transfer, signal: AbortSignal): Promise<void> {
    const { sizeBytes } = file.found.file;
    const { chunks } = file.reader.shape;
    const written = await this.#verified(file, target, signal);
    const missing = Array.from({ length: chunks - written }, (_, at) => written + at);
    for await (const { index, plain } of inOrder(file, missing, signal)) {
      await target.write(index * CHUNK_CAPACITY_BYTES, plain);
      letGo(plain);
      transfer.progress(Math.min(sizeBytes, (index + 1) * CHUNK_CAPACITY_BYTES));
    }
    await target.finish(sizeBytes);
  }

  /** How many chunks of what an earlier run wrote are the file's: sealed again they have the names of the manifest. */
  async #verified(file: OpenFile, target: FileTarget, signal: AbortSignal): Promise<number> {
    const { sizeBytes } = file.found.file;
    const sealer = new FileSealer(file.found.file, this.#member.crypto);
    const { chunks } = file.reader.shape;
    for (let index = 0; index < chunks; index++) {
      signal.throwIfAborted();
      const at = index * CHUNK_CAPACITY_BYTES;
      const size = Math.min(CHUNK_CAPACITY_BYTES, sizeBytes - at);
      if (target.sizeBytes < at + size || size === 0) return index;
      const plain = await target.read(at, size);
      const { hash, bytes } = await sealer.chunk(index, index === chunks - 1, plain);
      for (const spent of [plain, bytes]) letGo(spent);
      if (!equalBytes(hash, await file.reader.hashOf(index))) return index;
    }
    return chunks;
  }
}

/** Chunks of a file in the order of their indices, a few fetched ahead. */
async function* inOrder(
  file: OpenFile,
  indices: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<{ readonly index: number; readonly sealed: Uint8Array; readonly plain: Uint8Array }> {
  const ahead: ReturnType<OpenFile["chunk"]>[] = [];
  let next = 0;
  for (const index of indices) {
    signal.throwIfAborted();
    for (; next < indices.length && ahead.length < AHEAD; next++) {
      const chunk = file.chunk(indices[next] ?? 0);
      // One that fails while an earlier one is waited for is met in its turn.
      chunk.catch(() => undefined);
      ahead.push(chunk);
    }
    const chunk = await ahead.shift();
    if (chunk !== undefined) yield { index, ...chunk };
  }
}

/** Whether the way to the home is what failed. */
function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return code === "client/no-route" || code === "wire/link-ended" || code === "client/link-frozen";
}

/** What a caller is told. */
function told(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (isE2eError(error)) return new ClientError("client/bad-attachment", error.code, { cause: error });
  if (isPassing(error) || isWireError(error))
    return new ClientError("client/not-available", codeOf(error), { cause: error });
  return error;
}

/** Waits until something is done or the caller has gone, which ends the waiting only. */
async function untilAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const gone = Promise.withResolvers<never>();
  const leave = (): void => gone.reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  try {
    await Promise.race([done, gone.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
