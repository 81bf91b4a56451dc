/* Answers `client.media`. */
import { idText, ID_SIZE_BYTES, parseIdText } from "@chapar/wire";
import { cleanFileName, encodeFileFacts, MAX_FILES, MAX_TEXT_BYTES, MEDIA_KEY } from "@chapar/wire/content";
import { filePart } from "@chapar/e2e";
import { toBase64Url, utf8 } from "@chapar/wire/bytes";
import type { MessageIdText, MessageView, OutgoingMessage } from "../api.ts";
import type { ToldFile } from "../conversation/letter.ts";
import { Placer } from "../conversation/placer.ts";
import { type ConversationRow, outboxShelf } from "../conversation/rows.ts";
import type { DeskPorts } from "../desk-ports.ts";
import { ClientError } from "../errors.ts";
import type { FileView, MediaCalls, MediaSettings, OutgoingFile } from "../media-api.ts";
import type { TransferView } from "../media-views.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { needRoom } from "./asking.ts";
import { AutomaticRule } from "./automatic.ts";
import { beginPreparing } from "./preparing.ts";
import { findFile, toldFiles } from "./finding.ts";
import { HeldPieces } from "./held.ts";
import { haltShelf, RATE_KEY, rateShelf, uploadShelf } from "./rows.ts";
import { forgetUpload, readyFile, type ReadyFile, sizeOf } from "./sealing.ts";
import { type MediaWorks, worksOf } from "./works.ts";

const MAX_READ_BYTES: number = 4 * 1024 * 1024;
const PLAYED_KEY = "media/played/";
const MARK = Uint8Array.of(1);

interface Caller {
  readonly signal: AbortSignal;
}

/** The calls about files. */
export class MediaDesk implements MediaCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async #works(): Promise<MediaWorks> {
    return worksOf(this.#ports.joined().member);
  }

  #row(conversation: string): ConversationRow {
    const id = parseIdText(conversation, ID_SIZE_BYTES.conversation);
    const row = id && this.#ports.joined().member.book.get(id);
    if (row === undefined) throw new ClientError("client/unknown-conversation");
    return row;
  }

  async send(
    conversation: string,
    { files, ...message }: OutgoingMessage & { readonly files: readonly OutgoingFile[] },
    { signal }: Caller,
  ): Promise<MessageView> {
    const { member, writing, views, session } = this.#ports.joined();
    const row = this.#row(conversation);
    if (files.length === 0) throw new ClientError("client/empty");
    if (files.length > MAX_FILES) throw new ClientError("client/too-many-files");
    if (utf8(message.text.toWellFormed()).byteLength > MAX_TEXT_BYTES) throw new ClientError("client/too-large");
    const works = await this.#works();
    const names = files.map(({ fileName }) => cleanFileName(fileName));
    const preparing = await beginPreparing(member, row, message.text, names);
    let ready: readonly ReadyFile[] = [];
    try {
      const sizes = await Promise.all(files.map(({ from }) => sizeOf(from, works.platform)));
      await needRoom(member.link(), sizes);
      ready = await this.#ready(works, row, files, sizes, signal);
      const told = ready.map(({ file }, at): ToldFile => toldOf(file, files[at]));
      const keep = (draft: Draft): void => {
        for (const one of ready) one.keep(draft);
        preparing.done(draft);
      };
      const blobs = ready.flatMap((one) => one.names);
      const parts = told.map(({ part }) => part);
      const others = [{ key: MEDIA_KEY, value: encodeFileFacts(told.map(({ facts }) => facts)) }];
      const queued = await writing.send(row, message, { parts, others, blobs, keep });
      const view = await views.message(queued.row, { placed: false, at: queued.sequence });
      session.wake("media");
      if (view === undefined) throw new ClientError("client/unknown-message");
      return view;
    } catch (error) {
      for (const one of ready) await one.drop();
      await preparing.over();
      throw error;
    }
  }

  /** Reads and seals all files; of a failure nothing stays. */
  async #ready(
    { platform, board }: MediaWorks,
    row: ConversationRow,
    files: readonly OutgoingFile[],
    sizes: readonly number[],
    signal: AbortSignal,
  ): Promise<readonly ReadyFile[]> {
    const { member } = this.#ports.joined();
    const total = sizes.reduce((sum, size) => sum + size, 0);
    // The message has no id before its content is known.
    const message = `preparing ${toBase64Url(member.random(8))}`;
    const place = { message, conversation: idText(row.id), file: undefined, direction: "up" } as const;
    const transfer = board.open(place, total, "preparing");
    const ready: ReadyFile[] = [];
    let before = 0;
    try {
      for (const { from } of files) {
        const progress = (bytes: number): void => transfer.progress(before + bytes);
        const one = await readyFile(member, platform, from, { signal, progress });
        ready.push(one);
        before += one.file.sizeBytes;
      }
      return ready;
    } catch (error) {
      for (const one of ready) await one.drop();
      throw error;
    } finally {
      transfer.become("done");
    }
  }

  async files(message: MessageIdText): Promise<readonly FileView[]> {
    const { member, receipts, home } = this.#ports.joined();
    const { id, row } = await receipts.find(message);
    const { board, downloads } = await this.#works();
    const { files } = await toldFiles(member, row, id);
    const before = await rateShelf.get(member.store, RATE_KEY);
    const automatic = new AutomaticRule(member.own, home.view(0).kind, board.downRate, before);
    const views: FileView[] = [];
    for (const [at, { part, facts }] of files.entries()) {
      const sizeBytes = Number(part.size);
      const found = await findFile(member, row, id, at).catch(() => undefined);
      const isHere = found !== undefined && (await downloads.isHere(found));
      views.push({
        message,
        file: at,
        fileName: cleanFileName(part.filename),
        mediaType: part.contentType,
        sizeBytes,
        facts,
        isHere,
        seconds: isHere ? 0 : automatic.secondsOf(sizeBytes),
        isAutomatic: !isHere && found !== undefined && automatic.covers(facts.kind, sizeBytes),
      });
    }
    return views;
  }

  async #wanted(
    message: MessageIdText,
    index: number,
    signal: AbortSignal,
  ): Promise<Parameters<MediaWorks["downloads"]["fetch"]>[0]> {
    const { id, row } = await this.#ports.joined().receipts.find(message);
    return { row, message: id, index, signal };
  }

  async fetch(message: MessageIdText, file: number, { signal }: Caller): Promise<void> {
    await (await this.#works()).downloads.fetch(await this.#wanted(message, file, signal));
    await this.#keepRate();
  }

  /** What was measured last is known after a restart as well (F-149). */
  async #keepRate(): Promise<void> {
    const { member, home } = this.#ports.joined();
    const { kind } = home.view(0);
    const bytesPerSecond = (await this.#works()).board.downRate;
    if (kind === undefined || bytesPerSecond === undefined) return;
    const draft = new Draft();
    rateShelf.put(draft, RATE_KEY, { kind, bytesPerSecond });
    await draft.commit(member.store);
  }

  async read(message: MessageIdText, file: number, from: number, to: number, { signal }: Caller): Promise<Uint8Array> {
    const { downloads } = await this.#works();
    return downloads.read(await this.#wanted(message, file, signal), from, Math.min(to, from + MAX_READ_BYTES));
  }

  async save(message: MessageIdText, file: number, path: string, { signal }: Caller): Promise<void> {
    await (await this.#works()).downloads.save(await this.#wanted(message, file, signal), path);
    await this.#keepRate();
  }

  async transfers(): Promise<readonly TransferView[]> {
    const { board, uploads } = await this.#works();
    await uploads.show();
    return board.all();
  }

  async pause(message: MessageIdText): Promise<void> {
    const { uploads, downloads, board } = await this.#works();
    const { id } = await this.#ports.joined().receipts.find(message);
    if (await this.#isWaiting(id)) {
      await uploads.halt(id, "paused");
      uploads.stop(id);
      const view = board.of({ message, file: undefined, direction: "up" });
      if (view !== undefined) board.open(view, view.totalBytes, "paused");
    }
    downloads.stop(id);
  }

  async resume(message: MessageIdText): Promise<void> {
    const { member, session } = this.#ports.joined();
    const { id } = await this.#ports.joined().receipts.find(message);
    const { uploads } = await this.#works();
    const draft = new Draft();
    haltShelf.remove(draft, id);
    await draft.commit(member.store);
    uploads.look();
    session.wake("media");
  }

  async #isWaiting(id: Uint8Array): Promise<boolean> {
    const { uploads } = await this.#works();
    return (await uploads.waiting()).some(({ out }) => toBase64Url(out.id) === toBase64Url(id));
  }

  async cancel(message: MessageIdText): Promise<void> {
    const { uploads, downloads, board } = await this.#works();
    const { id, row } = await this.#ports.joined().receipts.find(message);
    downloads.stop(id);
    uploads.stop(id);
    await this.#giveUp(row, id);
    board.giveUp({ message, file: undefined, direction: "up" });
  }

  /** The letter stays where it is, refused; its keys are forgotten. */
  async #giveUp(was: ConversationRow, id: Uint8Array): Promise<void> {
    const { member } = this.#ports.joined();
    const { book, store, events, sha256, device } = member;
    const { platform, uploads } = await this.#works();
    await book.lane(was.id).run(async () => {
      const row = book.get(was.id) ?? was;
      const letter = (await uploads.waiting()).find(({ out }) => toBase64Url(out.id) === toBase64Url(id));
      if (letter === undefined) return;
      const draft = new Draft();
      const placer = new Placer(row, draft, store, events);
      outboxShelf.remove(draft, concatKey(row.id, letter.sequence));
      haltShelf.remove(draft, id);
      placer.refused(letter.out, device.credential.identity, "client/cancelled");
      for (const name of letter.out.blobs) {
        const upload = await uploadShelf.get(store, name);
        draft.remove("blob", name);
        if (upload === undefined) continue;
        forgetUpload(draft, name, upload.sizeBytes);
        if (upload.path === undefined) await new HeldPieces(platform.shelf, upload, sha256).remove();
      }
      book.put(draft, placer.row);
      await draft.commit(store);
    });
  }

  async settings(): Promise<MediaSettings> {
    return AutomaticRule.settings(this.#ports.joined().member.own);
  }

  async setSettings(settings: MediaSettings): Promise<void> {
    const { member } = this.#ports.joined();
    const draft = new Draft();
    AutomaticRule.write(member.own, draft, settings);
    await draft.commit(member.store);
  }

  async markPlayed(message: MessageIdText): Promise<void> {
    const { member, receipts } = this.#ports.joined();
    const { id, row } = await receipts.find(message);
    const key = `${PLAYED_KEY}${message}`;
    if (member.own.get(key) !== undefined) return;
    const draft = new Draft();
    member.own.put(draft, key, MARK);
    draft.after(() => member.events.changed(row.id, id));
    await draft.commit(member.store);
  }

  async played(messages: readonly MessageIdText[]): Promise<readonly MessageIdText[]> {
    const { own } = this.#ports.joined().member;
    return messages.filter((message) => own.get(`${PLAYED_KEY}${message}`) !== undefined);
  }
}

function toldOf(file: ReadyFile["file"], told: OutgoingFile | undefined): ToldFile {
  const { fileName = "", mediaType = "application/octet-stream", facts = { kind: "file" } as const } = told ?? {};
  return { part: filePart(file, { fileName, mediaType }), facts };
}
