import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodePrimitives } from "../net/node-primitives.ts";
import { cryptoBytes, initialKeys, openInitial, parseQuicClientHello, parseQuicHeader } from "./quic-initial.ts";

interface Case {
  readonly id: string;
  readonly in: string;
  readonly out: {
    side: "client" | "server";
    key?: string;
    iv?: string;
    headerKey?: string;
    frames?: string;
    serverName?: string;
  };
}
const { cases } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../vectors/lab/quic-initial.json"), "utf8"),
) as { cases: Case[] };
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const first = bytes("8394c8f03e515708");
const client = bytes(cases.find(({ id }) => id === "client initial")!.in);

const frame = (at: number, data: number[]): number[] => [6, at, data.length, ...data];

describe("QUIC Initial, RFC 9001 Appendix A", () => {
  for (const { id, in: input, out } of cases) {
    it(id, () => {
      if (out.key !== undefined) {
        const keys = initialKeys(bytes(input), out.side, nodePrimitives);
        expect([keys.key, keys.iv, keys.headerKey].map(hex)).toEqual([out.key, out.iv, out.headerKey]);
        return;
      }
      const opened = openInitial(bytes(input), out.side, nodePrimitives, first);
      expect(opened.ok && hex(opened.value)).toBe(out.frames);
      if (out.serverName !== undefined) {
        const hello = parseQuicClientHello(bytes(input), nodePrimitives);
        expect(hello.ok && hello.value.serverName).toBe(out.serverName);
      }
    });
  }

  it("refuses a packet with one bit changed anywhere", () => {
    for (let at = 0; at < client.byteLength; at += 37) {
      const changed = client.slice();
      changed[at]! ^= 0x10;
      expect(openInitial(changed, "client", nodePrimitives).ok).toBe(false);
    }
  });

  it("says truncated for a datagram that is cut off", () => {
    expect(openInitial(client.subarray(0, 600), "client", nodePrimitives)).toMatchObject({
      ok: false,
      code: "truncated",
    });
    expect(parseQuicHeader(client.subarray(0, 9))).toMatchObject({ ok: false, code: "truncated" });
    expect(parseQuicHeader(Uint8Array.of(0x40, 1, 2))).toMatchObject({ ok: false, code: "foreign" });
  });

  it("puts CRYPTO frames together in any order and stops at a hole", () => {
    const whole = [...frame(3, [4, 5]), 0, 1, ...frame(0, [1, 2, 3])];
    expect([...cryptoBytes(Uint8Array.from(whole))]).toEqual([1, 2, 3, 4, 5]);
    expect([...cryptoBytes(Uint8Array.from([...frame(4, [9]), ...frame(0, [1, 2, 3])]))]).toEqual([1, 2, 3]);
    const acked = [2, 5, 0, 1, 0, 0, 0, ...frame(0, [7])];
    expect([...cryptoBytes(Uint8Array.from(acked))]).toEqual([7]);
  });
});
