/* `client.people` of the fake engine. */
import type { PeopleCalls, PortraitView } from "@chapar/client";
import { pictureIn } from "@chapar/client/pictures";

export class FakePeople implements PeopleCalls {
  readonly #pictures = new Map<string, PortraitView>();

  async pictures(): Promise<readonly PortraitView[]> {
    return [...this.#pictures.values()];
  }

  async setPicture(picture: Uint8Array | undefined): Promise<void> {
    this.#put("id-me", picture, true);
  }

  /** Somebody else told theirs. */
  told(identity: string, picture: Uint8Array | undefined): void {
    this.#put(identity, picture, false);
  }

  #put(identity: string, bytes: Uint8Array | undefined, mine: boolean): void {
    const mediaType = bytes && pictureIn(bytes)?.mediaType;
    if (bytes === undefined || mediaType === undefined) this.#pictures.delete(identity);
    else this.#pictures.set(identity, { identity, bytes, mediaType, mine });
  }
}
