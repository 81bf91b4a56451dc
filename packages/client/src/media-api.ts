/*
 * Files of messages: photos, video, voice, anything to 4 GiB. What is sent is sealed on the device and leaves by itself; what was
 * sent is fetched when somebody wants it (protocol/6-flows.md §7).
 */
import type { ConversationIdText, MessageIdText, MessageView, OutgoingMessage } from "./api.ts";
import type { MediaFacts, TransferView } from "./media-views.ts";
import { ANSWERS, type CallTable, CHANGES, WAITS } from "./part.ts";

/** The part of a Blob (File API) that is used here; a File is one. */
export interface BlobBytes {
  readonly size: number;
  slice(from: number, to: number): BlobBytes;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Where the bytes of a file are: here, in a Blob of the browser, or at a path that is read again when it is sent. */
export type FileOrigin = { readonly bytes: Uint8Array } | { readonly blob: BlobBytes } | { readonly path: string };

/** A file to send. Name, type and facts travel sealed. */
export interface OutgoingFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly facts?: MediaFacts;
  readonly from: FileOrigin;
}

/** What is known of a file of a message. */
export interface FileView {
  readonly message: MessageIdText;
  /** its place in the message, from 0 */
  readonly file: number;
  /** as `cleanFileName` leaves it */
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly facts: MediaFacts;
  /** whether all of it is on this device */
  readonly isHere: boolean;
  /** seconds to fetch what is missing at the rate of late; undefined while there is none, 0 when it is here */
  readonly seconds: number | undefined;
  /** whether the person's setting covers it: fetched without being asked for (F-95) */
  readonly isAutomatic: boolean;
}

/** When files are fetched unasked. */
export interface MediaSettings {
  /** largest file that is fetched unasked; 0: none */
  readonly automaticBytes: number;
}

/** `client.media`. */
export interface MediaCalls {
  /**
   * Seals files and queues one message with them; resolves when it stands in the conversation. Its letter leaves when
   * all files are at the home; letters written later do not wait for it.
   *
   * @param message.files  1 to 10
   * @throws ClientError `client/too-many-files` · `client/too-large` · `client/no-room` · `client/file-gone` · `client/file-changed`
   * while it was read · `client/closed-conversation` · `client/empty`; the signal's reason
   * Cost: reads and seals all bytes once before the message is queued; 8 MiB of memory.
   */
  send(
    conversation: ConversationIdText,
    message: OutgoingMessage & { readonly files: readonly OutgoingFile[] },
    options: { readonly signal: AbortSignal },
  ): Promise<MessageView>;
  /** The files of a message, in order. @throws ClientError `client/unknown-message` */
  files(message: MessageIdText): Promise<readonly FileView[]>;
  /**
   * Fetches a file to this device; resolves when all of it is here. Called again it goes on where it was.
   * @throws ClientError `client/not-available` · `client/bad-attachment` · `client/cancelled` · `client/no-space`; the signal's reason
   */
  fetch(message: MessageIdText, file: number, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Bytes of a file from one place to another, fetched where they are not here; at most 4 MiB. @throws as `fetch` */
  read(
    message: MessageIdText,
    file: number,
    from: number,
    to: number,
    options: { readonly signal: AbortSignal },
  ): Promise<Uint8Array>;
  /**
   * Writes a file to a path of this machine, where there are paths; what an earlier call wrote is checked and kept.
   * @throws as `fetch`; ClientError `client/no-paths` · `client/file-exists` · `client/store-failed`
   */
  save(message: MessageIdText, file: number, path: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Files on their way, those that wait or stopped included. */
  transfers(): Promise<readonly TransferView[]>;
  /** Pauses what is sent of a message, over restarts (F-96), or what is fetched of it. */
  pause(message: MessageIdText): Promise<void>;
  /** Goes on after a pause, or tries again after it stopped. */
  resume(message: MessageIdText): Promise<void>;
  /** Gives up a message whose files are not at the station; it stays in its place as refused. Also ends fetching. */
  cancel(message: MessageIdText): Promise<void>;
  settings(): Promise<MediaSettings>;
  setSettings(settings: MediaSettings): Promise<void>;
  /** A voice message was listened to, on this device or another of the person's. */
  markPlayed(message: MessageIdText): Promise<void>;
  /** Which of these messages were. */
  played(messages: readonly MessageIdText[]): Promise<readonly MessageIdText[]>;
}

/** Its calls. */
export const MEDIA_CALLS: CallTable<MediaCalls> = {
  send: { repeatable: false, waits: true },
  files: ANSWERS,
  fetch: WAITS,
  read: WAITS,
  save: WAITS,
  transfers: ANSWERS,
  pause: ANSWERS,
  resume: ANSWERS,
  cancel: CHANGES,
  settings: ANSWERS,
  setSettings: ANSWERS,
  markPlayed: ANSWERS,
  played: ANSWERS,
};
