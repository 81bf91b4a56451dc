/*
 * What every decoder of untrusted bytes answers: a value, or a code and the offset where reading stopped.
 * Decoders never throw; throwing is for broken invariants of our own.
 */

/** Why bytes could not be read. `range` means well-formed but outside what the field allows. */
export type ByteFault =
  | "wire/truncated"
  | "wire/too-long"
  | "wire/not-canonical"
  | "wire/bad-utf8"
  | "wire/trailing"
  | "wire/range";

/** The outcome of decoding untrusted bytes. `offset` counts from the start of the bytes handed in. */
export type Decoded<T, Code extends string = ByteFault> =
  | { ok: true; value: T }
  | { ok: false; code: Code; offset: number };
