/* `client.people` of the in-memory engine. */
import type { ClientEvent, PeopleCalls, PortraitView } from "../state/client-types.ts";

export class MemoryPeople implements PeopleCalls {
  readonly #pictures = new Map<string, PortraitView>();
  readonly #emit: (event: ClientEvent) => void;
  readonly #own: () => string;

  constructor(emit: (event: ClientEvent) => void, own: () => string) {
    this.#emit = emit;
    this.#own = own;
  }

  async pictures(): Promise<readonly PortraitView[]> {
    return [...this.#pictures.values()];
  }

  async setPicture(picture: Uint8Array | undefined): Promise<void> {
    this.put(this.#own(), picture, true);
  }

  /** Somebody has a picture now, or none any more. */
  put(identity: string, bytes: Uint8Array | undefined, mine: boolean): void {
    if (bytes === undefined) this.#pictures.delete(identity);
    else this.#pictures.set(identity, { identity, bytes, mediaType: "image/jpeg", mine });
    this.#emit({ type: "portrait", identity });
  }
}
