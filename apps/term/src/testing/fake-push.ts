/* `client.push` of the fake engine: a home that wakes devices. */
import type { PushCalls } from "@chapar/client";

const KEY_BYTES = 65;

export class FakePush implements PushCalls {
  /** addresses that were left, newest last */
  readonly endpoints: string[] = [];

  async key(): Promise<Uint8Array> {
    return new Uint8Array(KEY_BYTES).fill(4);
  }

  async put(endpoint: string): Promise<void> {
    this.endpoints.push(endpoint);
  }
}
