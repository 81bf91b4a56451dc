import { describe, expect, it } from "vitest";
import {
  decodeMimi,
  encodeMimi,
  NO_EXTENSIONS,
  SALT_BYTES,
  textPart,
  type UnknownExtension,
} from "../content/index.ts";
import { isSilent, SILENT, timerExtension, timerIn, TIMERS_S } from "./settings.ts";

function content(...others: UnknownExtension[]) {
  const encoded = encodeMimi({
    salt: new Uint8Array(SALT_BYTES),
    replaces: undefined,
    topicId: new Uint8Array(0),
    expires: undefined,
    inReplyTo: undefined,
    extensions: { ...NO_EXTENSIONS, others },
    body: textPart("x"),
  });
  const decoded = decodeMimi(encoded);
  if (!decoded.ok) throw new Error(decoded.code);
  return decoded.value;
}

describe("letters in time", () => {
  it("C-60 a timer is one of eight, and comes back as it was", () => {
    expect(TIMERS_S).toHaveLength(8);
    for (const seconds of TIMERS_S) expect(timerIn(content(timerExtension(seconds)))).toBe(seconds);
    expect(() => timerExtension(31)).toThrow(RangeError);
    expect(timerIn(content())).toBeUndefined();
  });

  it("C-60 any other value sets nothing", () => {
    const values = [[0x01], [0x18, 0x1f], [0x1a, 0xff, 0xff, 0xff, 0xff], [0x20], [0x61, 0x33], [0xf5], [0x80]];
    for (const value of values) {
      const extension = { key: "chapar.timer", value: Uint8Array.from(value) };
      expect([value, timerIn(content(extension))]).toEqual([value, undefined]);
    }
  });

  it("C-65 silent is true and nothing else", () => {
    expect(isSilent(content(SILENT))).toBe(true);
    expect(isSilent(content())).toBe(false);
    for (const value of [[0xf4], [0x01], [0xf6], [0x61, 0x79]])
      expect(isSilent(content({ key: "chapar.silent", value: Uint8Array.from(value) }))).toBe(false);
  });
});
