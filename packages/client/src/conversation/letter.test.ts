import { createHash } from "node:crypto";
import { conversationId, identityId } from "@chapar/wire";
import { encodeLetter, noPreviousLetter, textPart } from "@chapar/wire/content";
import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { composeContent } from "./letter.ts";
import { readLetter } from "./told.ts";

const conversation = conversationId(new Uint8Array(20).fill(1));
const context = {
  sender: identityId(new Uint8Array(20).fill(2)),
  conversation,
  sha256: (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest()),
  nowMs: 1_000,
};

function timeTold(writtenAtMs: number): number | undefined {
  const content = composeContent(textPart("hello"), {
    random: (sizeBytes) => new Uint8Array(sizeBytes),
    writtenAtMs,
  });
  const frontier = { size: 0, root: new Uint8Array(32) };
  const read = readLetter(encodeLetter({ conversation, seq: 0, prev: noPreviousLetter(), frontier, content }), context);
  if (!read.ok || read.value.told.kind !== "message") throw new Error("not shown");
  return read.value.writtenAtMs;
}

describe("letters", () => {
  it("tell a time that every app can make a date of, or none", () => {
    assert(
      property(integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER }), (atMs) => {
        const told = timeTold(atMs);
        expect(new Date(told ?? 0).toISOString()).toMatch(/Z$/);
        expect(told).toBe(atMs <= 8.64e15 ? atMs : undefined);
      }),
      { examples: [[8.64e15], [8.64e15 + 1], [Number.MAX_SAFE_INTEGER]] },
    );
  });
});
