import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { VectorCase } from "../../scripts/vector-case.ts";
import { VECTOR_FOLDER, vectorFiles } from "../../scripts/write-vectors.ts";
import { fromHex, toHex, type Decoded } from "../bytes/index.ts";
import { decodeFrame } from "./codec.ts";
import { decodeEntry } from "./entry.ts";
import { FrameReader } from "./stream.ts";

const stored = (name: string): string => readFileSync(join(VECTOR_FOLDER, name), "utf8");
const cases = (name: string): readonly VectorCase[] =>
  (JSON.parse(stored(name)) as { readonly cases: readonly VectorCase[] }).cases;

/** As JSON writes it: bytes as hex, what is undefined as null. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array ? toHex(inner) : inner === undefined ? null : inner,
  );
  return JSON.parse(text);
}

function outcome(decoded: Decoded<unknown, string>): unknown {
  return decoded.ok ? { out: plain(decoded.value) } : { error: decoded.code };
}

function stream(bytes: Uint8Array): unknown {
  const { frames, fault } = new FrameReader().push(bytes);
  if (fault !== undefined) return { error: fault };
  const usedBytes = frames.reduce((sum, frame) => sum + 4 + frame.byteLength, 0);
  return { out: { frames: frames.map(toHex), rest: bytes.byteLength - usedBytes } };
}

const DECODERS: readonly (readonly [name: string, decode: (bytes: Uint8Array) => unknown])[] = [
  ["frames.json", (bytes) => outcome(decodeFrame(bytes))],
  ["entries.json", (bytes) => outcome(decodeEntry(bytes))],
  ["stream.json", stream],
];

describe("vectors/wire", () => {
  it.each(DECODERS)("%s decodes, and is refused, as it says", (name, decode) => {
    for (const { id, note, in: bytes, ...wanted } of cases(name)) {
      expect({ id, note, ...(decode(fromHex(bytes) ?? new Uint8Array(0)) as object) }).toEqual({ id, note, ...wanted });
    }
  });

  it("is what its script writes; else run node packages/wire/scripts/write-vectors.ts", () => {
    for (const [name, text] of vectorFiles()) expect(stored(name)).toBe(text);
  });
});
