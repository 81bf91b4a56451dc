import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { inviterName } from "./invite-name.ts";

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return bytes.length < 64 ? [bytes.length, ...bytes] : [0x40 | (bytes.length >> 8), bytes.length & 255, ...bytes];
};

function invite(kind: number, name: string): string {
  const bytes = [
    1,
    kind,
    ...Array<number>(32).fill(7),
    1,
    ...text("https://station.example:8443/a/rather/long/path/that/needs/two/bytes"),
    0x49,
    0x52,
    ...text("Tehran"),
    ...text("token"),
    ...Array<number>(20).fill(9),
    ...text(name),
    ...Array<number>(16).fill(1),
    0,
    1,
    2,
    3,
    4,
  ];
  return `#i/${Buffer.from(bytes).toString("base64url")}`;
}

describe("the inviter's name before the engine is here", () => {
  it("I-30 is read from a person's link", () => {
    expect(inviterName(invite(1, "سارا Sara"))).toBe("سارا Sara");
  });

  it("is none for a station's invite, a place in the app, or nothing", () => {
    expect(inviterName(invite(0, "x"))).toBeUndefined();
    expect(inviterName("#c/abc")).toBeUndefined();
    expect(inviterName("")).toBeUndefined();
  });

  it("is none for a link that was cut anywhere before the name's end", () => {
    const whole = invite(1, "Sara");
    const cut = Buffer.from(whole.slice(3), "base64url");
    for (let size = 0; size < cut.length - 21; size += 1)
      expect(inviterName(`#i/${cut.subarray(0, size).toString("base64url")}`)).toBeUndefined();
  });

  it("never throws, whatever the fragment", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const name = inviterName(`#i/${Buffer.from([1, 1, ...bytes]).toString("base64url")}`);
        return name === undefined || typeof name === "string";
      }),
    );
    fc.assert(fc.property(fc.string(), (any) => inviterName(any) === undefined || any.startsWith("#i/")));
  });
});
