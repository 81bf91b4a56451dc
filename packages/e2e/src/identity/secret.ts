/*
 * Bytes that must not be seen: a type without a text or JSON form, whose contents a logger, a template string or a structured
 * clone cannot reach, and which can be overwritten. JavaScript may have copied the bytes before (moving garbage collection,
 * a caller's own slice): wiping shortens the time a secret lies in memory, it does not promise that none is left.
 */

/** Secret bytes of one kind; `Secret<"rank 0">` does not pass where `Secret<"device">` belongs. */
export class Secret<Kind extends string> {
  /** what the bytes are for; tells kinds apart in the compiler and in a debugger */
  readonly kind: Kind;
  #bytes: Uint8Array | undefined;

  /** Takes the array over: `wipe` overwrites it. */
  constructor(kind: Kind, bytes: Uint8Array) {
    this.kind = kind;
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy: to be handed to a primitive at once and never kept. @throws Error after `wipe` */
  expose(): Uint8Array {
    if (this.#bytes === undefined) throw new Error("a wiped secret was used");
    return this.#bytes;
  }

  /** Whether the bytes are gone. */
  get wiped(): boolean {
    return this.#bytes === undefined;
  }

  /** Overwrites the bytes with zeros; the secret cannot be used afterwards. Twice is as once. */
  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }
}
