import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyReader, type Key } from "./keys.ts";

const pieces = fc.constantFrom(
  "a",
  "سلام",
  "\r",
  "\u001B[A",
  "\u001BOB",
  "\u001B[5~",
  "\u001B[1;3A",
  "\u001B\r",
  "\u001B[200~x\ry\u001B[201~",
  "\u007F",
  "世",
);

/** Typed text may arrive as one piece or several; joined it is the same. */
function keysOf(chunks: readonly string[]): Key[] {
  const keys: Key[] = [];
  const reader = createKeyReader((key) => {
    const before = keys.at(-1);
    if (key.kind === "text" && before?.kind === "text")
      keys[keys.length - 1] = { kind: "text", text: before.text + key.text };
    else keys.push(key);
  });
  for (const chunk of chunks) reader.feed(chunk);
  if (reader.isPending) reader.flush();
  return keys;
}

describe("keys", () => {
  it("are the same however the terminal cuts its bytes", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (typed, chunkChars) => {
        const text = typed.join("");
        const chunks = Array.from({ length: Math.ceil(text.length / chunkChars) }, (_, index) =>
          text.slice(index * chunkChars, (index + 1) * chunkChars),
        );
        expect(keysOf(chunks)).toEqual(keysOf([text]));
      }),
    );
  });

  it("never hang or throw on any input", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 8 }), (chunks) => {
        const reader = createKeyReader(() => undefined);
        for (const chunk of [...chunks, "\u001B[201~"]) reader.feed(chunk);
        reader.flush();
      }),
    );
  });
});
