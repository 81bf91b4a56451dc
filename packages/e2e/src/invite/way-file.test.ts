import { identityId, stationKey } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../node/node-crypto.ts";
import type { Invite } from "./invite.ts";
import { inviteLink, invitePayload } from "./link.ts";
import { encodeWayFile, MAX_WAY_FILE_CHARS, parseWayFile, type SignedWays } from "./way-file.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const INVITE: Invite = {
  home: { station: { key: stationKey(new Uint8Array(32).fill(5)), urls: ["https://station.example"] }, region: "IR" },
  stationName: "ایستگاه",
  token: utf8("token"),
  person: { identity: identityId(new Uint8Array(20).fill(6)), name: "سارا", knock: new Uint8Array(16).fill(7) },
  routes: ["burst+https://front.example,other.example"],
};
const LINK = inviteLink(INVITE, sha256);
const WAYS: SignedWays = {
  issuedMs: 1_900_000_000_000,
  expiresMs: 1_902_592_000_000,
  routes: ["burst+https://front.example,other.example", "ss://YTpi@192.0.2.7:8388/?station=https://one.example"],
  signature: new Uint8Array(64).fill(9),
};
const FILE = encodeWayFile({ text: LINK, ways: WAYS }, sha256);
const codeOf = (text: string): string => {
  const read = parseWayFile(text, sha256);
  return read.ok ? "ok" : read.code;
};

describe("files of an invite and ways", () => {
  it("P-127 come back, in any form of the invite, with the line ends of any system and space around", () => {
    const routes = fc.array(fc.stringMatching(/^https:\/\/[a-z]{1,30}\.example$/), { maxLength: 16 });
    const lists = fc.option(
      fc.record({
        issuedMs: fc.nat(2_000_000_000),
        expiresMs: fc.nat(2_000_000_000),
        routes,
        signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
      }),
      { nil: undefined },
    );
    const payload = invitePayload(INVITE, sha256);
    fc.assert(
      fc.property(
        lists,
        fc.constantFrom(LINK, `chapar:i/${payload}`, payload),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.constantFrom("", "\ufeff", "\n \n"),
        (ways, text, lineEnd, around) => {
          const file = around + encodeWayFile({ text, ways }, sha256).replaceAll("\n", lineEnd) + around;
          expect(parseWayFile(file, sha256)).toMatchObject({
            ok: true,
            value: { text, ways, found: { invite: INVITE } },
          });
        },
      ),
    );
  });

  it("P-127 hold the link where programs that know links only find it", () => {
    expect(/\S+#[a-z]\/\S+/iu.exec(FILE)?.[0]).toBe(LINK);
  });

  it("P-127 tell damage, wherever it is, and never throw", () => {
    fc.assert(
      fc.property(fc.nat(FILE.length - 1), fc.constantFrom("A", "0", "\n", " "), (at, put) => {
        fc.pre(FILE[at] !== put);
        const code = codeOf(FILE.slice(0, at) + put + FILE.slice(at + 1));
        // Space at the very ends is space around.
        if (at > 0 && at < FILE.length - 1) expect(code).not.toBe("ok");
      }),
      { numRuns: 300 },
    );
    for (let cut = 2; cut < FILE.length - 20; cut += 7) expect(codeOf(FILE.slice(0, -cut))).toBe("e2e/damaged-file");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(codeOf(text)).not.toBe("ok");
        expect(codeOf(`chapar file v1\n${text}`)).not.toBe("ok");
      }),
    );
    expect(codeOf(`chapar file v1\n${"A".repeat(MAX_WAY_FILE_CHARS)}`)).toBe("e2e/damaged-file");
  });

  it("P-127 tell other text, another version, and an invite in them that is refused", () => {
    expect(codeOf("")).toBe("e2e/not-a-file");
    expect(codeOf(LINK)).toBe("e2e/not-a-file");
    expect(codeOf(FILE.replace("v1", "v2"))).toBe("e2e/unknown-file");
    const spoofed = encodeWayFile(
      { text: LINK.replace("station.example", "station.example@evil.example"), ways: undefined },
      sha256,
    );
    expect(codeOf(spoofed)).toBe("e2e/look-alike-invite");
    expect(codeOf(encodeWayFile({ text: LINK.slice(0, -3), ways: undefined }, sha256))).toBe("e2e/damaged-invite");
    expect(() => encodeWayFile({ text: `${LINK}\nways`, ways: undefined }, sha256)).toThrow(RangeError);
    expect(() => encodeWayFile({ text: LINK, ways: { ...WAYS, routes: ["no route"] } }, sha256)).toThrow(RangeError);
  });
});
