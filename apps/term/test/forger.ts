/* A contact who sends what no honest program would: an engine of ours whose letters say something else than was written. */
import { systemClock, systemRng, webSocketCarrier } from "@chapar/carrier/node";
import { type Client, openEngine } from "@chapar/client";
import { nodeMedia } from "@chapar/client/node";
import { MemoryStore } from "@chapar/client/testing";
import { type Authenticate, type Mls, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import {
  decodeLetter,
  encodeLetter,
  encodeMimi,
  type MimiContent,
  NO_EXTENSIONS,
  textPart,
} from "@chapar/wire/content";

/** Somebody whose letters are forged before they are sealed. */
export class Forger implements AsyncDisposable {
  readonly #client: Client;
  readonly #contents: Uint8Array[];

  private constructor(client: Client, contents: Uint8Array[]) {
    this.#client = client;
    this.#contents = contents;
  }

  /** @param folder  where their files are kept */
  static async open(folder: string): Promise<Forger> {
    const contents: Uint8Array[] = [];
    const crypto = nodeCrypto();
    const clock = systemClock();
    const forged = (inner: Mls): Mls => ({
      ...inner,
      seal: async (group, bytes) => {
        const letter = decodeLetter(bytes);
        const content = letter.ok ? contents.shift() : undefined;
        return inner.seal(
          group,
          letter.ok && content !== undefined ? encodeLetter({ ...letter.value, content }) : bytes,
        );
      },
    });
    const mls = (authenticate: Authenticate): Mls =>
      forged(tsMls({ crypto, authenticate, nowMs: () => clock.nowMs() }));
    const client = await openEngine({
      store: new MemoryStore(new Map()),
      clock,
      crypto,
      carriers: [webSocketCarrier()],
      rng: systemRng(),
      mls,
      isOnline: () => true,
      media: async () => nodeMedia(folder),
    });
    return new Forger(client, contents);
  }

  /** The engine, which does as it is told. */
  get client(): Client {
    return this.#client;
  }

  /** Sends letters with bytes of one's own as their content; resolves when all are at the station. */
  async sendBytes(conversation: string, contents: readonly Uint8Array[]): Promise<void> {
    await this.settled();
    this.#contents.push(...contents);
    for (const _ of contents) await this.#client.send(conversation, { text: "forged" });
    await this.settled();
  }

  /** Sends letters of fields of one's own. */
  sendForged(conversation: string, ...letters: readonly Partial<MimiContent>[]): Promise<void> {
    return this.sendBytes(
      conversation,
      letters.map((fields, at) =>
        encodeMimi({
          salt: new Uint8Array(16).fill(at),
          replaces: undefined,
          topicId: new Uint8Array(0),
          expires: undefined,
          inReplyTo: undefined,
          extensions: NO_EXTENSIONS,
          body: textPart("forged"),
          ...fields,
        }),
      ),
    );
  }

  /** Waits until everything has left. */
  settled(): Promise<void> {
    return this.#client.settled({ signal: AbortSignal.timeout(120_000) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}
