import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { sourceOf } from "./road-gate.ts";

/** A request from an address, with what a proxy may have written into it. */
function from(remoteAddress: string, passedOn?: string): string {
  const headers = passedOn === undefined ? {} : { "x-forwarded-for": passedOn };
  return sourceOf({ headers, socket: { remoteAddress } } as Pick<IncomingMessage, "headers" | "socket">);
}

describe("whom a request is from", () => {
  it("P-22 counts by address, IPv6 by its /64", () => {
    expect(from("203.0.113.9")).toBe("203.0.113.9");
    expect(from("::ffff:203.0.113.9")).toBe("::ffff:203.0.113.9");
    expect(from("2001:db8:1:2:3:4:5:6")).toBe(from("2001:db8:1:2:ffff::1"));
    expect(from("2001:db8::1")).toBe(from("2001:db8::2"));
    expect(from("2001:db8:1:2:3:4:5:6")).not.toBe(from("2001:db8:1:3:3:4:5:6"));
  });

  it("P-22 believes a proxy on the operator's own network, and its last word only", () => {
    expect(from("127.0.0.1", "198.51.100.7, 203.0.113.9")).toBe("203.0.113.9");
    expect(from("::ffff:127.0.0.1", "203.0.113.9")).toBe("203.0.113.9");
    expect(from("10.0.0.2", "203.0.113.9")).toBe("203.0.113.9");
    expect(from("198.51.100.7", "203.0.113.9")).toBe("198.51.100.7");
    expect(from("127.0.0.1", "nonsense")).toBe("127.0.0.1");
  });
});
