import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitLines } from "./lines.ts";
import { decodeMessage, encodeMessage, type HostMessage } from "./messages.ts";

const value = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer(),
  fc.boolean(),
  fc.uint8Array({ maxLength: 40 }),
  fc.record({ text: fc.string({ unit: "binary" }), bytes: fc.uint8Array({ maxLength: 20 }) }),
);
const message: fc.Arbitrary<HostMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("call" as const),
    id: fc.nat(),
    method: fc.string(),
    params: fc.array(value, { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant("result" as const), id: fc.nat(), result: value }),
  fc.record({ kind: fc.constant("cancel" as const), id: fc.nat() }),
  fc.constant({ kind: "leaving" as const }),
);

describe("lines between two processes", () => {
  it("say the same on the other side, however they are cut", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 1, max: 50 }), (messages, pieceChars) => {
        const text = messages.map(encodeMessage).join("");
        const heard: unknown[] = [];
        const take = splitLines(
          1_000_000,
          (line) => heard.push(decodeMessage(line)),
          () => heard.push("too long"),
        );
        for (let at = 0; at < text.length; at += pieceChars) take(text.slice(at, at + pieceChars));
        expect(heard).toEqual(messages);
      }),
    );
  });

  it("never throw, whatever is sent", () => {
    const shapes = fc.json().map((text) => text.replaceAll('""', '"id"'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json(), shapes), (line) => {
        expect(() => decodeMessage(line)).not.toThrow();
      }),
    );
    for (const line of [
      '{"id":1,"error":null}',
      '{"id":1,"method":2}',
      '{"method":"hello"}',
      '{"method":"hello","params":null}',
      '{"$bytes":1}',
    ]) {
      expect(() => decodeMessage(line)).not.toThrow();
    }
  });

  it("are given up when one never ends", () => {
    const heard: string[] = [];
    const take = splitLines(
      10,
      (line) => heard.push(line),
      () => heard.push("(too long)"),
    );
    take("short\n");
    take("0123456");
    take("789abc");
    take("\nlater\n");
    expect(heard).toEqual(["short", "(too long)"]);
  });
});
