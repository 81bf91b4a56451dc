/*
 * Events for apps, and the engine's own bell. A listener that throws hurts nobody else: its error goes to the sink that
 * the platform named.
 */
import { idText } from "@chapar/wire";
import { toBase64Url } from "@chapar/wire/bytes";
import type { ClientEvent } from "./api.ts";

/** Tells listeners. */
export class Events {
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #bells = new Set<() => void>();

  subscribe(listener: (event: ClientEvent) => void): () => void {
    // A wrapper, so that the same function may be subscribed twice and each is ended by itself.
    const own = (event: ClientEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit(event: ClientEvent): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(event));
    this.ring();
  }

  /** Tells that a message stands elsewhere or otherwise than before. */
  changed(conversation: Uint8Array, message: Uint8Array): void {
    const told = { conversation: idText(conversation), message: toBase64Url(message), change: "changed" } as const;
    this.emit({ type: "message", ...told });
  }

  /** Something may have come to rest: whoever waits in `until` looks again. */
  ring(): void {
    for (const bell of this.#bells) bell();
  }

  /** Resolves when the condition holds; asks it now and after every ring. @throws the signal's reason */
  async until(condition: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const rung = Promise.withResolvers<void>();
      const wake = (): void => rung.resolve();
      this.#bells.add(wake);
      signal.addEventListener("abort", wake, { once: true });
      try {
        if (await condition()) return;
        await rung.promise;
      } finally {
        this.#bells.delete(wake);
        signal.removeEventListener("abort", wake);
      }
    }
  }
}
