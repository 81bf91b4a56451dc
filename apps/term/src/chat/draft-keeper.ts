/* What is begun in the chat and not sent, kept by the engine within half a second of the last key (N-7). */
import type { Client, ConversationIdText } from "@chapar/client";

const SAVE_AFTER_MS = 400;

/** Keeps drafts. */
export class DraftKeeper {
  readonly #client: Client;
  readonly #failed: (error: unknown) => void;
  readonly #waiting = new Map<ConversationIdText, { readonly text: string; readonly timer: NodeJS.Timeout }>();

  constructor(client: Client, failed: (error: unknown) => void) {
    this.#client = client;
    this.#failed = failed;
  }

  /** What stands in a chat now; an empty text at once, so that what was sent does not come back. */
  keep(id: ConversationIdText, text: string): void {
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.set(id, { text, timer: setTimeout(() => this.#save(id), text === "" ? 0 : SAVE_AFTER_MS) });
  }

  #save(id: ConversationIdText): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    this.#client.chats.draft(id, waiting.text).catch(this.#failed);
  }

  /** Writes what waits; called when the chat is left. */
  flush(): void {
    for (const id of this.#waiting.keys()) this.#save(id);
  }
}
