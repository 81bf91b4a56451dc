/*
 * All files that wait to be sent. What waits is what the outbox says: a letter that names chunks or files which are not at the home yet
 * (F-90). Each message is an upload of its own, the smallest first and three at once, so that a photo does not wait for a film.
 */
import { type BlobHash, idText, isWireError, WIRE_CODES } from "@chapar/wire";
import { toBase64Url } from "@chapar/wire/bytes";
import { CHUNK_CAPACITY_BYTES } from "@chapar/e2e";
import { readContent } from "../conversation/letter.ts";
import { type ConversationRow, outboxShelf, type OutboxRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError, codeOf } from "../errors.ts";
import type { SessionTools } from "../session/part.ts";
import { concatKey, lastU64 } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { missingOf, putChunk } from "./asking.ts";
import type { Transfer, TransferBoard } from "./board.ts";
import type { BulkRoad, ChunkLink } from "./bulk-road.ts";
import type { MediaPlatform } from "./ports.ts";
import { rememberPut } from "../leaving/locks.ts";
import { haltShelf, uploadShelf } from "./rows.ts";
import { forgetUpload } from "./sealing.ts";
import { uploadFile } from "./uploading.ts";
import { Window } from "./window.ts";

const AT_ONCE = 3;
const REST_MS = 2_000;
/** Failures of the network's or the device's that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(["client/no-route", "client/link-frozen", "wire/link-ended"]);

/** A letter whose files are not at the home. */
export interface WaitingLetter {
  readonly row: ConversationRow;
  readonly sequence: number;
  readonly out: OutboxRow;
}

/** Sends files. */
export class Uploads {
  readonly #member: Member;
  readonly #platform: MediaPlatform;
  readonly #board: TransferBoard;
  readonly #road: BulkRoad;
  readonly #running = new Map<string, AbortController>();
  #tools: SessionTools | undefined;
  #scanning: Promise<void> = Promise.resolve();

  constructor(member: Member, platform: MediaPlatform, board: TransferBoard, road: BulkRoad) {
    this.#member = member;
    this.#platform = platform;
    this.#board = board;
    this.#road = road;
  }

  begin(tools: SessionTools): void {
    this.#tools = tools;
    this.look();
  }

  end(): void {
    this.#tools = undefined;
    for (const life of this.#running.values()) life.abort(new ClientError("client/no-route"));
  }

  /** Something waits, or may go on. */
  look(): void {
    this.#scanning = this.#scanning.then(() => this.#scan()).catch((error: unknown) => this.#member.failed(error));
  }

  /** Whether nothing is on its way that is not halted. */
  async isSettled(): Promise<boolean> {
    for (const { out } of await this.waiting()) {
      if ((await haltShelf.get(this.#member.store, out.id)) === undefined) return false;
    }
    return true;
  }

  /** All letters that wait for their files. Cost: the outboxes that are not empty. */
  async waiting(): Promise<readonly WaitingLetter[]> {
    const { book, store } = this.#member;
    const found: WaitingLetter[] = [];
    for (const row of book.all()) {
      if (row.tail === 0) continue;
      for (const { key, value } of await outboxShelf.range(store, { prefix: row.id })) {
        if (value.blobs.length > 0) found.push({ row, sequence: lastU64(key), out: value });
      }
    }
    return found.sort((a, b) => sizeOf(a.out) - sizeOf(b.out));
  }

  /** Ends what runs of a message; it goes on when it is looked for again. */
  stop(message: Uint8Array): void {
    this.#running.get(toBase64Url(message))?.abort(new ClientError("client/cancelled"));
  }

  async #scan(): Promise<void> {
    const waiting = await this.waiting();
    for (const letter of waiting) await this.#show(letter);
    for (const letter of waiting) {
      const name = toBase64Url(letter.out.id);
      if (this.#tools === undefined || this.#running.size >= AT_ONCE) return;
      if (this.#running.has(name) || (await haltShelf.get(this.#member.store, letter.out.id)) !== undefined) continue;
      this.#run(letter, name, this.#tools).catch((error: unknown) => this.#member.failed(error));
    }
  }

  /** Every letter that waits is told of. */
  async show(): Promise<void> {
    for (const letter of await this.waiting()) await this.#show(letter);
  }

  /** A letter that waits is told of, whether or not there is a link. */
  async #show(letter: WaitingLetter): Promise<void> {
    const place = placeOf(letter);
    if (this.#board.of(place) !== undefined) return;
    const halt = await haltShelf.get(this.#member.store, letter.out.id);
    this.#board.open(place, sizeOf(letter.out)).become(halt?.state ?? "waiting", halt?.code);
  }

  async #run(letter: WaitingLetter, name: string, tools: SessionTools): Promise<void> {
    const life = new AbortController();
    this.#running.set(name, life);
    const transfer = this.#board.open(placeOf(letter), sizeOf(letter.out), "running");
    try {
      await this.#road.use((over) => this.#letter(over, letter, transfer, life.signal));
      await this.#ready(letter, tools);
      transfer.become("done");
    } catch (error) {
      await this.#failed(letter, transfer, life.signal, error);
    } finally {
      this.#running.delete(name);
      this.#member.events.ring();
      this.look();
    }
  }

  async #letter(over: ChunkLink, letter: WaitingLetter, transfer: Transfer, signal: AbortSignal): Promise<void> {
    const member = this.#member;
    const small: BlobHash[] = [];
    const sizes = sizeOf(letter.out);
    let before = 0;
    for (const name of letter.out.blobs as readonly BlobHash[]) {
      const upload = await uploadShelf.get(member.store, name);
      if (upload === undefined) {
        small.push(name);
        continue;
      }
      const progress = (bytes: number): void => transfer.progress(before + bytes);
      await uploadFile(over, name, upload, { member, platform: this.#platform, signal, progress });
      before += upload.sizeBytes;
    }
    await this.#small(over, small, signal, (chunks) =>
      transfer.progress(Math.min(sizes, before + chunks * CHUNK_CAPACITY_BYTES)),
    );
  }

  /** Chunks that the store keeps. One that is gone cannot be sent; readers will say that the file is not available. */
  async #small(
    { link, window }: ChunkLink,
    names: readonly BlobHash[],
    signal: AbortSignal,
    progress: (chunks: number) => void,
  ): Promise<void> {
    const { clock, store } = this.#member;
    const missing = names.length > 1 ? await missingOf(link, names, clock, signal) : names.map((_, at) => at);
    let done = names.length - missing.length;
    const under = new Window(window);
    for (const at of missing) {
      const hash = names[at];
      const bytes = hash === undefined ? undefined : await store.get("blob", hash);
      if (hash === undefined || bytes === undefined) continue;
      await under.add(async () => {
        await putChunk(link, { hash, bytes }, this.#member, signal);
        progress((done += 1));
      });
      await link.drained();
    }
    await under.drained();
    await rememberPut(this.#member, names);
  }

  /** All of it is at the home: the letter may leave. */
  async #ready({ row, sequence, out }: WaitingLetter, tools: SessionTools): Promise<void> {
    const { book, store } = this.#member;
    await book.lane(row.id).run(async () => {
      const key = concatKey(row.id, sequence);
      const now = await outboxShelf.get(store, key);
      if (now === undefined) return;
      const draft = new Draft();
      outboxShelf.put(draft, key, { ...now, blobs: [] });
      for (const name of out.blobs) {
        const upload = await uploadShelf.get(store, name);
        if (upload !== undefined) forgetUpload(draft, name, upload.sizeBytes);
      }
      await draft.commit(store);
    });
    const now = book.get(row.id);
    if (now !== undefined) tools.kick(now);
  }

  async #failed(letter: WaitingLetter, transfer: Transfer, signal: AbortSignal, error: unknown): Promise<void> {
    const code = codeOf(error) ?? "client/store-failed";
    if (signal.aborted) {
      const halt = await haltShelf.get(this.#member.store, letter.out.id);
      transfer.become(halt?.state ?? "waiting", halt?.code);
      return;
    }
    const passes = isWireError(error) && WIRE_CODES[error.code].retry && error.code !== "station/storage-full";
    if (passes || PASSING.has(code)) {
      transfer.become("waiting", code);
      // The link's end ends the wait as well; then the next one looks.
      await this.#member.clock.sleep(REST_MS, signal).catch(() => undefined);
      return;
    }
    this.#member.failed(error);
    await this.halt(letter.out.id, "stopped", code);
    transfer.become("stopped", code);
  }

  /** Writes down that a message's files do not go on by themselves. */
  async halt(message: Uint8Array, state: "paused" | "stopped", code?: string): Promise<void> {
    const draft = new Draft();
    haltShelf.put(draft, message, { state, code });
    await draft.commit(this.#member.store);
  }
}

/** Where a letter's transfer stands on the board. */
export function placeOf({ row, out }: Pick<WaitingLetter, "row" | "out">): {
  readonly message: string;
  readonly conversation: string;
  readonly file: undefined;
  readonly direction: "up";
} {
  return { message: toBase64Url(out.id), conversation: idText(row.id), file: undefined, direction: "up" };
}

/** Bytes of a letter's files. */
function sizeOf({ content }: OutboxRow): number {
  return (readContent(content)?.files ?? []).reduce((sum, { part }) => sum + Number(part.size), 0);
}
