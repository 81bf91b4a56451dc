/* `client.push`: where this device can be woken while it has no link (protocol/13-notifications.md). */
import { ANSWERS, type CallTable } from "./part.ts";

/** `client.push`. */
export interface PushCalls {
  /**
   * The home's VAPID key, for `PushManager.subscribe`; 65 bytes. undefined: the home wakes nobody.
   * @throws ClientError `client/not-available` without a link
   */
  key(): Promise<Uint8Array | undefined>;
  /**
   * Leaves the address of this device's push service at the home; an empty one takes it away.
   * @throws ClientError `client/not-available` without a link · WireError `station/not-allowed` for an address it does not send to
   */
  put(endpoint: string): Promise<void>;
}

/** Its calls. */
export const PUSH_CALLS: CallTable<PushCalls> = { key: ANSWERS, put: ANSWERS };
