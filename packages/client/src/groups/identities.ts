/* Sets of identities and devices, for what is asked of a thousand of them: comparing each with each would be a million comparisons. */
import { toHex } from "@chapar/wire/bytes";

/** Ids by their bytes. Cost of a question: O(1). */
export class Ids {
  readonly #known: ReadonlySet<string>;

  constructor(ids: Iterable<Uint8Array>) {
    this.#known = new Set(Array.from(ids, (id) => toHex(id)));
  }

  has(id: Uint8Array): boolean {
    return this.#known.has(toHex(id));
  }
}

/** Each id once, at its first place. Cost: O(n). */
export function distinct<T extends Uint8Array>(list: readonly T[]): readonly T[] {
  return [...new Map(list.toReversed().map((one) => [toHex(one), one])).values()].toReversed();
}
