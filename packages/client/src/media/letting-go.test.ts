import { expect, it } from "vitest";
import { letGo } from "./letting-go.ts";

it("a buffer that one piece fills is given back, also behind a size field", () => {
  const whole = new Uint8Array(65_536);
  const behindField = new Uint8Array(65_536).subarray(3);
  for (const bytes of [whole, behindField]) {
    letGo(bytes);
    expect([bytes.byteLength, bytes.buffer.byteLength]).toEqual([0, 0]);
  }
});

it("a part of a larger buffer, which others may hold, is left alone", () => {
  const large = new Uint8Array(65_536).fill(7);
  for (const part of [large.subarray(0, 64), large.subarray(17)]) letGo(part);
  expect(large.every((byte) => byte === 7)).toBe(true);
  const shared = new Uint8Array(new SharedArrayBuffer(64));
  letGo(shared);
  expect(shared.byteLength).toBe(64);
});
