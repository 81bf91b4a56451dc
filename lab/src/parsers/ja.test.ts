import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodePrimitives } from "../net/node-primitives.ts";
import { ja3, ja3Text, ja4 } from "./ja.ts";
import { type ClientHello, parseClientHello } from "./tls-hello.ts";

interface Case {
  readonly id: string;
  readonly in: string;
  readonly out: { readonly ja4: string; readonly serverName: string };
}
const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../vectors/lab/hellos.json"), "utf8")) as {
  cases: Case[];
};

function helloOf({ in: hex }: Case): ClientHello {
  const hello = parseClientHello(new Uint8Array(Buffer.from(hex, "hex")));
  if (!hello.ok) throw new Error(hello.code);
  return hello.value;
}

describe("fingerprints of recorded hellos", () => {
  for (const each of cases) {
    it(each.id, () => {
      const hello = helloOf(each);
      expect(ja4(hello, "t", nodePrimitives)).toBe(each.out.ja4);
      expect(hello.serverName).toBe(each.out.serverName);
      expect(ja3(hello, nodePrimitives)).toMatch(/^[0-9a-f]{32}$/);
    });
  }

  it("JA4 stays where Chromium shuffles its extensions, JA3 does not", () => {
    const [one, other] = cases.filter(({ id }) => id.startsWith("Chromium")).map(helloOf);
    expect(ja4(one!, "t", nodePrimitives)).toBe(ja4(other!, "t", nodePrimitives));
    expect(ja3Text(one!)).not.toBe(ja3Text(other!));
  });
});
