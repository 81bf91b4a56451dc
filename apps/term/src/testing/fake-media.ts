/* `client.media` of the fake engine: files are in memory as soon as they are sent, and written to the disk when they are saved. */
import { readFile, stat, writeFile } from "node:fs/promises";
import type {
  AttachmentView,
  FileView,
  MediaCalls,
  MediaSettings,
  MessageView,
  OutgoingFile,
  OutgoingMessage,
  TransferView,
} from "@chapar/client";
import { FakeError } from "./fake-error.ts";

interface Sender {
  readonly calls: string[];
  sendWith(id: string, message: OutgoingMessage, more: Partial<MessageView>): MessageView;
}

export class FakeMedia implements MediaCalls {
  readonly #client: Sender;
  readonly #files = new Map<string, readonly Uint8Array[]>();
  /** told of a message's files */
  readonly known = new Map<string, readonly FileView[]>();
  #settings: MediaSettings = { automaticBytes: 0 };

  constructor(client: Sender) {
    this.#client = client;
  }

  /** Files that a message has. */
  keep(message: string, files: readonly Uint8Array[]): void {
    this.#files.set(message, files);
  }

  async #bytes({ from }: OutgoingFile): Promise<Uint8Array> {
    if ("bytes" in from) return from.bytes;
    if ("path" in from) return new Uint8Array(await readFile(from.path));
    return new Uint8Array(await from.blob.arrayBuffer());
  }

  async send(
    conversation: string,
    { files, ...said }: OutgoingMessage & { readonly files: readonly OutgoingFile[] },
  ): Promise<MessageView> {
    const bytes = await Promise.all(files.map((file) => this.#bytes(file)));
    const attachments = files.map(({ fileName, mediaType, facts = { kind: "file" } }, at): AttachmentView => {
      return { fileName, mediaType, sizeBytes: bytes[at]?.byteLength ?? 0, facts };
    });
    const message = this.#client.sendWith(conversation, said, { attachments });
    this.keep(message.id, bytes);
    return message;
  }
  #of(message: string, file: number): Uint8Array {
    const bytes = this.#files.get(message)?.[file];
    if (bytes === undefined) throw new FakeError("client/not-available");
    return bytes;
  }
  async files(message: string): Promise<readonly FileView[]> {
    return this.known.get(message) ?? [];
  }
  async fetch(message: string, file: number): Promise<void> {
    this.#of(message, file);
  }
  async read(message: string, file: number, from: number, to: number): Promise<Uint8Array> {
    return this.#of(message, file).slice(from, to);
  }
  async save(message: string, file: number, path: string): Promise<void> {
    const bytes = this.#of(message, file);
    const there = await stat(path).catch(() => undefined);
    if (there !== undefined) throw new FakeError("client/file-exists");
    await writeFile(path, bytes, { flag: "wx", mode: 0o600 });
  }
  async transfers(): Promise<readonly TransferView[]> {
    return [];
  }
  async pause(message: string): Promise<void> {
    this.#client.calls.push(`pause ${message}`);
  }
  async resume(message: string): Promise<void> {
    this.#client.calls.push(`resume ${message}`);
  }
  async cancel(message: string): Promise<void> {
    this.#client.calls.push(`cancel ${message}`);
  }
  async settings(): Promise<MediaSettings> {
    return this.#settings;
  }
  async setSettings(settings: MediaSettings): Promise<void> {
    this.#settings = settings;
  }
  async markPlayed(message: string): Promise<void> {
    this.#client.calls.push(`markPlayed ${message}`);
  }
  async played(): Promise<readonly string[]> {
    return [];
  }
}
