import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { createHash, randomBytes } from "node:crypto";
import { FakeClock } from "../testing/fake-clock.ts";
import {
  formatMirrorRoute,
  MAX_MIRRORED_BYTES,
  MirrorBook,
  mirrorDatagram,
  mirrorRoute,
  MirrorTalk,
} from "./mirror.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const textOf = (bytes: Uint8Array | undefined): string => String.fromCharCode(...(bytes ?? []));

function stage(): {
  clock: FakeClock;
  talk: (port: number) => MirrorTalk;
  about: (words: Uint8Array, port: number) => string;
} {
  const clock = new FakeClock();
  const book = new MirrorBook(clock, sha256);
  const talk = (port: number): MirrorTalk => new MirrorTalk(book, port);
  const about = (words: Uint8Array, port: number): string =>
    textOf(talk(9400).take(utf8(`MIRROR ABOUT ${toHex(sha256(words))} ${port}\n`)));
  return { clock, talk, about };
}

describe("a mirror", () => {
  it("P-126 gives back what is said to it, and no more than its share", () => {
    const { talk } = stage();
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 9 }),
        (chunks) => {
          const one = talk(9401);
          for (const chunk of chunks) expect(one.take(chunk)).toEqual(chunk);
        },
      ),
    );
    const long = talk(9401);
    const large = new Uint8Array(MAX_MIRRORED_BYTES / 2).fill(1);
    expect([long.take(large), long.take(large), long.take(large)].map((given) => given?.byteLength)).toEqual([
      large.byteLength,
      large.byteLength,
      undefined,
    ]);
  });

  it("P-126 tells how often first words came and how many came at all, for two minutes", async () => {
    const { clock, talk, about } = stage();
    const words = new Uint8Array(randomBytes(201));
    talk(9401).take(words);
    expect(about(words, 9401)).toBe("SEEN 1 0 1\n");
    await clock.advance(400);
    talk(9401).take(words);
    talk(9401).end();
    talk(9402).take(utf8("somebody else"));
    expect(about(words, 9401)).toBe("SEEN 2 400 3\n");
    expect(about(words, 9402)).toBe("SEEN 2 400 1\n");
    expect(about(utf8("never said"), 9403)).toBe("SEEN 0 0 0\n");
    await clock.advance(120_000);
    expect(about(words, 9401)).toBe("SEEN 0 0 0\n");
  });

  it("P-126 remembers so many and no more", () => {
    const { talk, about } = stage();
    for (let i = 0; i < 5_000; i++) talk(9401).take(utf8(`words ${i}`));
    expect(about(utf8("words 0"), 9401)).toMatch(/^SEEN 0 0 \d+\n$/);
    expect(about(utf8("words 4999"), 9401)).toMatch(/^SEEN 1 0 409[5-6]\n$/);
  });

  it("P-126 gives by steps, and what is no order comes back", () => {
    const { talk } = stage();
    const one = talk(9401);
    const order = utf8("MIRROR GIVE 30:4 40:5\n");
    expect(one.take(order)?.byteLength).toBe(0);
    expect(one.take(new Uint8Array(10))?.byteLength).toBe(4);
    expect(one.take(new Uint8Array(10))?.byteLength).toBe(5);
    expect(one.take(new Uint8Array(10))?.byteLength).toBe(0);
    expect(textOf(talk(9401).take(utf8("MIRROR UP\n")))).toBe("MIRROR UP\n");
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const given = talk(9401).take(utf8(`MIRROR GIVE ${text}\n`));
        expect(given === undefined || given.byteLength <= MAX_MIRRORED_BYTES).toBe(true);
      }),
    );
  });

  it("P-126 a datagram comes back no longer than it was, and not to a low port", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.nat(65_535), (bytes, port) => {
        const answer = mirrorDatagram(bytes, port);
        if (port < 16_384 || bytes.byteLength === 0) expect(answer).toBeUndefined();
        else expect(answer?.byteLength).toBe(bytes.byteLength);
      }),
    );
    expect(mirrorDatagram(Uint8Array.of(0x38, 1), 50_000)).toEqual(Uint8Array.of(0x40, 1));
    expect(mirrorDatagram(Uint8Array.of(0x20, 1), 50_000)).toEqual(Uint8Array.of(0x20, 1));
  });

  it("P-126 has an address of one spelling, with ports enough", () => {
    for (const route of ["mirror://station.example:9400/?ports=8", "mirror://[2001:db8::1]:9400/?ports=12"])
      expect(formatMirrorRoute(mirrorRoute(route)!)).toBe(route);
    for (const bad of [
      "mirror://station.example:9400/",
      "mirror://station.example:9400/?ports=7",
      "mirror://station.example:16380/?ports=8",
      "mirror://station.example:0/?ports=8",
      "https://station.example",
      "mirror://a b:9400/?ports=8",
    ])
      expect(mirrorRoute(bad), bad).toBeUndefined();
  });
});
