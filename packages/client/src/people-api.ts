/* Pictures of people (protocol/5-content.md §4), as apps call them: `client.people`. Every call works without a network. */
import type { IdentityIdText } from "./id-text.ts";
import { ANSWERS, CHANGES, type CallTable } from "./part.ts";

/** A person's picture; a stranger's, whose bytes were judged by their own header. */
export interface PortraitView {
  readonly identity: IdentityIdText;
  readonly bytes: Uint8Array;
  /** by the bytes: PNG, JPEG or WebP */
  readonly mediaType: string;
  readonly mine: boolean;
}

/** `client.people`. */
export interface PeopleCalls {
  /** Pictures of the own person and of everyone known who has one. Cost: O(people), some 4 kB each. */
  pictures(): Promise<readonly PortraitView[]>;
  /**
   * Sets the own picture, or takes it away, and tells everyone the person writes with.
   * @param picture  drawn anew, square: PNG, JPEG or WebP of at most 6,144 bytes and 256 pixels a side
   * @throws ClientError `client/not-joined` · `client/bad-picture`
   */
  setPicture(picture: Uint8Array | undefined): Promise<void>;
}

/** Its calls. */
export const PEOPLE_CALLS: CallTable<PeopleCalls> = { pictures: ANSWERS, setPicture: CHANGES };
