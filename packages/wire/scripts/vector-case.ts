/* What a case of vectors/wire/*.json is, and how one is written. */
import { concatBytes, fromHex, toHex } from "../src/bytes/index.ts";

/** A case of a vector file. */
export interface VectorCase {
  readonly id: string;
  readonly note: string;
  readonly in: string;
  readonly out?: unknown;
  readonly error?: string;
}

/** Bytes that count up. */
export const fill = (sizeBytes: number, from: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, i) => (from + i) & 0xff);
/** Bytes of a text of hex. @throws Error for any other */
export const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text.replaceAll(" ", ""));
  if (bytes === undefined) throw new Error(`not hex: ${text}`);
  return bytes;
};
/** Bytes and hex, one after the other. */
export const join = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  concatBytes(...parts.map((part) => (typeof part === "string" ? hex(part) : part)));

/** Bytes as hex and undefined as null, at any depth. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** What decodes. */
export const good = (id: string, note: string, bytes: Uint8Array, out: unknown): VectorCase => ({
  id,
  note,
  in: toHex(bytes),
  out: plain(out),
});
/** What is refused, and how. */
export const bad = (
  id: string,
  note: string,
  error: string,
  ...parts: readonly (string | Uint8Array)[]
): VectorCase => ({
  id,
  note,
  in: toHex(join(...parts)),
  error,
});
