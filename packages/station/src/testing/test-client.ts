/*
 * A scripted client: it speaks the real frames over a real link and does exactly what a test tells it, right or wrong.
 * It keeps what it was told (pushes, goodbye) and leaves checking to the test.
 */
import type { Link, LinkEnd } from "@chapar/carrier";
import {
  accountMessage,
  decodeFrame,
  deviceId,
  frameBytes,
  FrameReader,
  readMessage,
  writeMessage,
  type Hello,
  type IdentityId,
  type LogId,
  type Notice,
  type Request,
  type Response,
  type WireErrorCode,
} from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import type { TestRoom } from "./test-room.ts";

/** A push as it arrived. */
export type Push = Extract<Notice, { type: "log.push" }>;
/** A notice of bodies that are not there, as it arrived. */
export type Gap = Extract<Notice, { type: "log.gap" }>;

/** What was passed on and forgotten, as it arrived. */
export type Ephemeral = Extract<Notice, { type: "ephemeral" }>;

/** What a request is answered with when the link ends before its answer. */
const GONE: Response = { type: "error", code: "station/peer-unreachable", detail: undefined };

interface Waiter {
  readonly isReady: () => boolean;
  readonly resolve: () => void;
}

/** One end of one link. */
export class TestClient {
  readonly link: Link;
  readonly pushes: Push[] = [];
  readonly gaps: Gap[] = [];
  /** what was passed on and forgotten, as it arrived */
  readonly ephemerals: Ephemeral[] = [];
  /** why the station said it would close */
  goodbye: WireErrorCode | undefined;
  /** requests that the other side asked, with their ids; answered by the test */
  readonly asked: { readonly id: number; readonly body: Request }[] = [];
  hello: Hello | undefined;
  ended: LinkEnd | undefined;
  readonly #reader = new FrameReader();
  readonly #open = new Map<number, (response: Response) => void>();
  #nextId = 1;
  #waiters: Waiter[] = [];

  constructor(link: Link) {
    this.link = link;
    link.receive((chunk) => this.#receive(chunk));
    void this.#watchEnd();
  }

  async #watchEnd(): Promise<void> {
    this.ended = await this.link.ended;
    for (const answer of this.#open.values()) answer(GONE);
    this.#wake();
  }

  #receive(chunk: Uint8Array): void {
    for (const bytes of this.#reader.push(chunk).frames) {
      const frame = decodeFrame(bytes.slice());
      if (!frame.ok) throw new Error(`the station sent a frame that does not decode: ${frame.code}`);
      const { value } = frame;
      if (value.kind === "response") {
        this.#open.get(value.id)?.(value.body);
        this.#open.delete(value.id);
      } else if (value.kind === "request") this.asked.push({ id: value.id, body: value.body });
      else if (value.body.type === "hello") this.hello = value.body;
      else if (value.body.type === "log.push") this.pushes.push(value.body);
      else if (value.body.type === "log.gap") this.gaps.push(value.body);
      else if (value.body.type === "ephemeral") this.ephemerals.push(value.body);
      else if (value.body.type === "goodbye") this.goodbye = value.body.code;
    }
    this.#wake();
  }

  #wake(): void {
    const ready = this.#waiters.filter((waiter) => waiter.isReady());
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.resolve();
  }

  /** Resolves when something is so; looked at whenever something arrives. */
  async until(isReady: () => boolean): Promise<void> {
    if (isReady()) return;
    await new Promise<void>((resolve) => this.#waiters.push({ isReady, resolve }));
  }

  /** Says `greet` after the station's `hello`. */
  async greet(version = 1): Promise<Response> {
    await this.until(() => this.hello !== undefined || this.ended !== undefined);
    return await this.ask({ type: "greet", version });
  }

  /** Asks; an `error` is an answer. A link that ends first answers `station/peer-unreachable`. */
  ask(body: Request, id: number = this.#nextId++): Promise<Response> {
    if (this.ended !== undefined) return Promise.resolve(GONE);
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.link.send(frameBytes({ kind: "request", id, body }));
    });
  }

  /** Asks and expects one kind of answer. @throws Error for another */
  async expect<Type extends Response["type"]>(type: Type, body: Request): Promise<Extract<Response, { type: Type }>> {
    const answer = await this.ask(body);
    if (answer.type !== type) {
      const code = answer.type === "error" ? ` ${answer.code}` : "";
      throw new Error(`${body.type} was answered ${answer.type}${code}`);
    }
    return answer as Extract<Response, { type: Type }>;
  }

  /** Asks and expects a refusal; answers its code. @throws Error for anything else */
  async refused(body: Request): Promise<WireErrorCode> {
    return (await this.expect("error", body)).code;
  }

  /** Sends a frame that nobody answers. */
  say(body: Notice): void {
    this.raw(frameBytes({ kind: "notice", body }));
  }

  /** Answers a request of the other side. */
  reply(id: number, body: Response): void {
    this.link.send(frameBytes({ kind: "response", id, body }));
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.link.send(bytes);
  }

  #station(): Hello {
    if (this.hello === undefined) throw new Error("no hello yet");
    return this.hello;
  }

  /** Shows the key of a device. */
  async auth(
    identity: IdentityId,
    device: { publicKey: Uint8Array; sign(message: Uint8Array): Uint8Array },
  ): Promise<Response> {
    const { station, nonce } = this.#station();
    const id = deviceId(device.publicKey);
    const signature = device.sign(accountMessage(station, nonce, identity, id));
    return await this.ask({ type: "account.auth", identity, device: id, signature });
  }

  /** A proof of a room's read key of an epoch, for this link. */
  async readProof(room: TestRoom, log: LogId, epoch = room.epoch): Promise<{ key: Uint8Array; signature: Uint8Array }> {
    return await this.proofBy(room.readSigner(epoch), log);
  }

  /** A proof of a read key, for this link. */
  async proofBy(signer: Signer, log: LogId): Promise<{ key: Uint8Array; signature: Uint8Array }> {
    const { station, nonce } = this.#station();
    return { key: signer.publicKey, signature: await signer.sign(readMessage(station, nonce, log)) };
  }

  /** A proof of a room's write key of an epoch, for this link. */
  async writeProof(room: TestRoom, log: LogId, epoch = room.epoch): Promise<{ epoch: number; signature: Uint8Array }> {
    const { station, nonce } = this.#station();
    return { epoch, signature: await room.writeSigner(epoch).sign(writeMessage(station, nonce, log, epoch)) };
  }

  /** Opens a room for reading and writing in its current epoch. */
  async openRoom(room: TestRoom, log: LogId, epoch = room.epoch): Promise<Response> {
    const [read, write] = await Promise.all([this.readProof(room, log, epoch), this.writeProof(room, log, epoch)]);
    return await this.ask({ type: "log.open", log, read, write });
  }

  /** Entries pushed for a log, in order of arrival. */
  pushed(log: LogId): Uint8Array[] {
    return this.pushes.filter((push) => Buffer.compare(push.log, log) === 0).flatMap((push) => push.entries);
  }

  async close(): Promise<void> {
    this.link.close();
    await this.link.ended;
  }
}
