/*
 * Files of messages: sealed into chunks when they are written, opened from this device's own chunks or from the writer's
 * home. What is fetched is checked against its hash before it is opened, so a station can withhold a file, not change it.
 */
import {
  type SealedFile,
  fileOfPart,
  filePart,
  isE2eError,
  MAX_FILE_BYTES,
  openFile,
  sealFile,
  type SealedChunk,
} from "@chapar/e2e";
import { type BlobHash, isWireError, type StationRef } from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { ExternalPart } from "@chapar/wire/content";
import type { OutgoingAttachment } from "../api.ts";
import type { Member } from "../core.ts";
import { ClientError, codeOf } from "../errors.ts";
import { concatKey } from "../store/keys.ts";
import { readContent } from "./letter.ts";
import { type ConversationRow, messageShelf, outboxShelf, whereShelf } from "./rows.ts";

/** A file ready to be written about. */
export interface SealedAttachment {
  readonly part: ExternalPart;
  readonly chunks: readonly SealedChunk[];
}

/** A file of a message, and the station where it rests; undefined: the own home. */
interface FoundFile {
  readonly file: SealedFile;
  readonly at: StationRef | undefined;
}

/** Seals and opens files. */
export class Attachments {
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  /** @throws ClientError `client/too-large` */
  async seal({ fileName, mediaType, bytes }: OutgoingAttachment): Promise<SealedAttachment> {
    if (bytes.byteLength > MAX_FILE_BYTES) throw new ClientError("client/too-large");
    const chunks: SealedChunk[] = [];
    const file = await sealFile([bytes], (chunk) => void chunks.push(chunk), this.#member.crypto);
    return { part: filePart(file, { fileName, mediaType }), chunks };
  }

  /**
   * A message's file.
   *
   * @throws ClientError `client/not-available` neither here nor to be had now · `client/bad-attachment`; the signal's reason
   */
  async load(row: ConversationRow, message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const found = await this.#find(row, message);
    if (found === undefined) throw new ClientError("client/not-available");
    const pieces: Uint8Array[] = [];
    const get = (hash: BlobHash): Promise<Uint8Array> => this.#chunk(hash, found.at);
    try {
      for await (const piece of openFile(found.file, get, this.#member.crypto, { signal })) pieces.push(piece);
    } catch (error) {
      signal.throwIfAborted();
      if (isE2eError(error)) throw new ClientError("client/bad-attachment", error.code, { cause: error });
      throw error;
    }
    return concatBytes(...pieces);
  }

  async #find(row: ConversationRow, message: Uint8Array): Promise<FoundFile | undefined> {
    const { store } = this.#member;
    const where = await whereShelf.get(store, message);
    if (where === undefined) return undefined;
    const key = concatKey(row.id, where.at);
    const line = where.placed ? await messageShelf.get(store, key) : await outboxShelf.get(store, key);
    const told = line && readContent(line.content);
    const [part] = told?.externals ?? [];
    if (told === undefined || part === undefined) return undefined;
    const read = fileOfPart(part);
    if (!read.ok) throw new ClientError("client/bad-attachment", read.code);
    const sender = line !== undefined && "mine" in line && !line.mine ? line.sender : undefined;
    // A file that was sent on rests where it did (C-38).
    const named = told.saysMore ? (await import("../talk/origin.ts")).stationNamed(told.content) : undefined;
    return { file: read.value.file, at: named ?? (sender && (await this.#homeOf(sender))) };
  }

  /** One sealed chunk: of this device, or of the station where it rests. */
  async #chunk(hash: BlobHash, station: StationRef | undefined): Promise<Uint8Array> {
    const { store, link, profile } = this.#member;
    const held = await store.get("blob", hash);
    if (held !== undefined) return held;
    const over = link();
    if (over === undefined) throw new ClientError("client/not-available");
    const isHome = station !== undefined && equalBytes(station.key, profile.row.home.station.key);
    try {
      return (await over.ask({ type: "blob.get", hash, at: isHome ? undefined : station }, "blob")).bytes;
    } catch (error) {
      if (!isWireError(error)) throw error;
      throw new ClientError("client/not-available", codeOf(error), { cause: error });
    }
  }

  /** The station of whoever wrote. */
  async #homeOf(sender: Uint8Array): Promise<StationRef | undefined> {
    return (await this.#member.contacts.get(sender))?.state.home.station;
  }
}
