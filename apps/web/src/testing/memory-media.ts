/* `client.media` of the in-memory engine: every file is here, unless a test says that it has to be fetched. */
import type {
  AttachmentView,
  ClientEvent,
  FileView,
  MediaCalls,
  MediaSettings,
  MessageView,
  OutgoingFile,
  OutgoingMessage,
  TransferView,
} from "../state/client-types.ts";
import { refusal } from "./refusal.ts";

interface Holder {
  sendWith(id: string, message: OutgoingMessage, files: readonly OutgoingFile[]): MessageView;
  emit(event: ClientEvent): void;
}

const sizeOf = ({ from }: OutgoingFile): number =>
  "bytes" in from ? from.bytes.byteLength : "blob" in from ? from.blob.size : 0;

export class MemoryMedia implements MediaCalls {
  readonly #client: Holder;
  readonly #files = new Map<string, readonly OutgoingFile[]>();
  readonly #transfers = new Map<string, TransferView>();
  readonly #played = new Set<string>();
  readonly calls: string[] = [];
  /** told of files that are not here, by message */
  readonly away = new Map<string, Partial<Pick<FileView, "isHere" | "isAutomatic" | "seconds">>>();
  /** messages whose files do not come */
  readonly lost = new Set<string>();
  #settings: MediaSettings = { automaticBytes: 524_288 };

  constructor(client: Holder) {
    this.#client = client;
  }

  views(files: readonly OutgoingFile[]): readonly AttachmentView[] {
    return files.map((file): AttachmentView => {
      const { fileName, mediaType, facts = { kind: "file" } } = file;
      return { fileName, mediaType, sizeBytes: sizeOf(file), facts };
    });
  }

  keep(message: string, files: readonly OutgoingFile[]): void {
    this.#files.set(message, files);
  }

  /** Test side: files of a message are on their way. */
  setTransfer(transfer: TransferView): void {
    this.#transfers.set(`${transfer.message} ${transfer.file ?? ""}`, transfer);
    this.#client.emit({ type: "transfer", transfer });
  }

  async send(
    conversation: string,
    { files, ...said }: OutgoingMessage & { readonly files: readonly OutgoingFile[] },
  ): Promise<MessageView> {
    return this.#client.sendWith(conversation, said, files);
  }

  async files(message: string): Promise<readonly FileView[]> {
    return this.views(this.#files.get(message) ?? []).map((view, file) => {
      const here = { isHere: true, isAutomatic: false, seconds: 0 } as const;
      return { ...view, ...here, ...this.away.get(message), message, file };
    });
  }

  async #bytes(message: string, file: number): Promise<Uint8Array> {
    const from = this.#files.get(message)?.[file]?.from;
    if (from === undefined || "path" in from) throw refusal("client/not-available");
    return "bytes" in from ? from.bytes : new Uint8Array(await from.blob.arrayBuffer());
  }

  async fetch(message: string, file: number): Promise<void> {
    this.calls.push(`fetch ${message} ${file}`);
    if (this.lost.has(message)) throw refusal("client/not-available");
    await this.#bytes(message, file);
  }

  async read(message: string, file: number, from: number, to: number): Promise<Uint8Array> {
    return (await this.#bytes(message, file)).slice(from, to);
  }

  async save(): Promise<void> {
    throw refusal("client/no-paths");
  }

  async transfers(): Promise<readonly TransferView[]> {
    return [...this.#transfers.values()];
  }

  async pause(message: string): Promise<void> {
    this.calls.push(`pause ${message}`);
  }

  async resume(message: string): Promise<void> {
    this.calls.push(`resume ${message}`);
  }

  async cancel(message: string): Promise<void> {
    this.calls.push(`cancel ${message}`);
  }

  async settings(): Promise<MediaSettings> {
    return this.#settings;
  }

  async setSettings(settings: MediaSettings): Promise<void> {
    this.#settings = settings;
  }

  async markPlayed(message: string): Promise<void> {
    this.#played.add(message);
  }

  async played(messages: readonly string[]): Promise<readonly string[]> {
    return messages.filter((message) => this.#played.has(message));
  }
}
