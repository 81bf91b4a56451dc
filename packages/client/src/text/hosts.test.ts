import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { doubtOf } from "./hosts.ts";

describe("hosts that may be taken for others", () => {
  it.each([
    ["https://\u0430pple.com/login", "mixed", "xn--pple-43d.com"],
    ["https://\u0430\u0440\u0440\u04cf\u0435.com", "look-alike", "xn--80ak6aa92e.com"],
    ["https://\u03bd\u03bf\u03c5\u03b1.example", "look-alike", "xn--mxaxgy.example"],
    ["https://g\u0261ogle.com", "look-alike", undefined],
    ["https://\u062f\u0627\u0645\u0646\u0647.example", "script", undefined],
    ["https://m\u00fcnchen.example/a", "script", "xn--mnchen-3ya.example"],
    ["https://\u6771\u4eactower.example", "script", undefined],
    ["https://\u043f\u043e\u0447\u0442\u0430.\u0440\u0444", "script", undefined],
    ["https://xn--80ak6aa92e.com", "script", "xn--80ak6aa92e.com"],
    ["https://bank.example@evil.example/", "user", "evil.example"],
    ["http://bank.example:443@evil.example/", "user", "evil.example"],
  ])("C-80 %s: %s", (written, doubt, host) => {
    const found = doubtOf(written);
    expect(found?.doubt).toBe(doubt);
    if (host !== undefined) expect(found?.host).toBe(host);
    expect(found?.host).toMatch(/^[\p{ASCII}]+$/u);
  });

  it("C-80 leaves other addresses alone, and never throws", () => {
    for (const plain of ["https://example.org/\u0430", "http://localhost:1", "https://[::1]/", "https://a-b.example?@"])
      expect(doubtOf(plain)).toBeUndefined();
    assert(
      property(string({ unit: "binary", maxLength: 60 }), (text) => {
        const doubt = doubtOf(`https://${text}`)?.doubt;
        return doubt === undefined || ["user", "mixed", "look-alike", "script"].includes(doubt);
      }),
    );
  });
});
