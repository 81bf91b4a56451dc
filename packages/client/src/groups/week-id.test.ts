/* Names of weekly keys: one secret each, and nothing else is one. */
import { nodeCrypto } from "@chapar/e2e/node";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { decodeWeekId, weekKey, weekOf } from "./week-id.ts";
import { decodeWeekPart, encodeWeekPart } from "./week-part.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const conversation = crypto.random(20);

describe("the name of a weekly key", () => {
  it("F-113 says of which group and epoch it is, and belongs to one secret", () => {
    const key = weekKey(conversation, 7, crypto.random(32), sha256);
    expect(weekOf(key, sha256)).toMatchObject({ conversation, drawn: 7 });
    expect(weekOf({ ...key, secret: crypto.random(32) }, sha256)).toBeUndefined();
    expect(weekKey(conversation, 7, key.secret, sha256).id).toEqual(key.id);
  });

  it("F-113 is of one form: what is cut, longer, or named otherwise is none", () => {
    const { id } = weekKey(conversation, 7, crypto.random(32), sha256);
    expect(decodeWeekId(id)).toBeDefined();
    for (let at = 0; at < id.byteLength; at++) expect(decodeWeekId(id.subarray(0, at))).toBeUndefined();
    expect(decodeWeekId(concatBytes(id, Uint8Array.of(0)))).toBeUndefined();
    expect(decodeWeekId(concatBytes(utf8("chapar weak "), id.subarray(12)))).toBeUndefined();
    const beyond = id.slice();
    beyond.fill(255, 32, 40);
    expect(decodeWeekId(beyond)).toBeUndefined();
  });

  it("F-116 a part is 2,048 bytes, and what is not one is nothing", () => {
    const part = { ref: crypto.random(32), sealed: crypto.random(1260) };
    const frame = encodeWeekPart(part);
    expect(frame).toHaveLength(2048);
    expect(decodeWeekPart(frame)).toEqual(part);
    for (const bad of [frame.subarray(0, 2047), concatBytes(frame, frame), new Uint8Array(2048), Uint8Array.of(8)])
      expect(decodeWeekPart(bad)).toBeUndefined();
  });
});
