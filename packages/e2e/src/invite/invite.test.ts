import { identityId, stationKey } from "@chapar/wire";
import { concatBytes, fromBase64Url, toBase64Url, utf8 } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../node/node-crypto.ts";
import { decodeInvite, encodeInvite, type Invite } from "./invite.ts";
import { inviteLink, invitePayload, parseInvite } from "./link.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const KEY = stationKey(new Uint8Array(32).fill(5));

const STATION: Invite = {
  home: { station: { key: KEY, urls: ["https://chapar.example:8443"] }, region: "IR" },
  stationName: "ایستگاه",
  token: utf8("sign-up token"),
  person: undefined,
  routes: [],
};
const PERSON: Invite = {
  ...STATION,
  token: new Uint8Array(0),
  person: { identity: identityId(new Uint8Array(20).fill(6)), name: "سارا", knock: new Uint8Array(16).fill(7) },
};

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const url = fc.stringMatching(/^https:\/\/[a-z0-9]{1,30}(:[0-9]{1,5})?$/);
const name = fc.constantFrom("Sara", "سارا", "李小龙", "👩🏽‍⚕️ Dr", "x".repeat(64));
const invites: fc.Arbitrary<Invite> = fc.record({
  home: fc.record({
    station: fc.record({ key: bytes(32).map(stationKey), urls: fc.array(url, { maxLength: 4 }) }),
    region: fc.stringMatching(/^[A-Z]{2}$/),
  }),
  stationName: fc.oneof(name, fc.constant("")),
  token: fc.uint8Array({ maxLength: 64 }),
  person: fc.option(fc.record({ identity: bytes(20).map(identityId), name, knock: bytes(16) }), { nil: undefined }),
  routes: fc.array(url, { maxLength: 16 }),
});

function parsed(text: string): string {
  const result = parseInvite(text, sha256);
  return result.ok ? "ok" : result.code;
}

/** An invite's bytes with their tail replaced by `change`, and the checksum made right again. */
function forged(invite: Invite, change: (body: Uint8Array) => Uint8Array): Uint8Array {
  const body = change(encodeInvite(invite, sha256).slice(0, -4));
  return concatBytes(body, sha256(concatBytes(utf8("chapar invite v1"), body)).slice(0, 4));
}

function codeOfForged(change: (body: Uint8Array) => Uint8Array): string {
  const result = decodeInvite(forged(STATION, change), sha256);
  return result.ok ? "ok" : result.code;
}

const withFields = (...fields: number[]): string =>
  codeOfForged((body) => Uint8Array.of(...body.slice(0, -1), ...fields));

/** Where the station name of STATION begins: before it stand version, kind and home; after it token and fields. */
const nameAt = (body: Uint8Array): number => body.length - 1 - 13 - 1 - utf8(STATION.stationName).length - 1;

/** STATION with other bytes in the place of its name. */
const renamed = (raw: Uint8Array): ReturnType<typeof decodeInvite> =>
  decodeInvite(
    forged(STATION, (body) =>
      concatBytes(body.slice(0, nameAt(body)), Uint8Array.of(raw.length), raw, body.slice(-15)),
    ),
    sha256,
  );

describe("invites", () => {
  it("I-30 come back from bytes, link, URI and payload, with white space and marks around", () => {
    fc.assert(
      fc.property(invites, fc.constantFrom("", " ", "\n", "\u200f", "\ufeff\t", "\u2068 "), (invite, around) => {
        expect(decodeInvite(encodeInvite(invite, sha256), sha256)).toEqual({ ok: true, value: invite });
        const payload = invitePayload(invite, sha256);
        for (const text of [inviteLink(invite, sha256), `chapar:i/${payload}`, payload])
          expect(parseInvite(around + text + around, sha256)).toMatchObject({ ok: true, value: { invite } });
      }),
    );
  });

  it("I-30 have a link at the station's first web URL, or a URI when it has none", () => {
    expect(inviteLink(STATION, sha256)).toMatch(/^https:\/\/chapar\.example:8443\/#i\/AQA[\w-]+$/);
    const hidden = { ...STATION, home: { ...STATION.home, station: { key: KEY, urls: ["obfs4:x"] } } };
    expect(inviteLink(hidden, sha256)).toMatch(/^chapar:i\/AQA/);
    const local = {
      ...STATION,
      home: { ...STATION.home, station: { key: KEY, urls: ["obfs4:x", "http://[::1]:8080/"] } },
    };
    expect(inviteLink(local, sha256)).toMatch(/^http:\/\/\[::1\]:8080\/#i\//);
    expect(parseInvite(inviteLink(local, sha256), sha256)).toMatchObject({ ok: true, value: { originListed: true } });
  });

  it("I-31 never throw on any text or bytes, and tell damage", () => {
    const link = inviteLink(PERSON, sha256);
    const raw = encodeInvite(PERSON, sha256);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.constant(link)),
        fc.nat(link.length),
        fc.string({ maxLength: 3 }),
        (text, at, put) => {
          expect(typeof parsed(text.slice(0, at) + put + text.slice(at))).toBe("string");
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = raw.slice();
        bad[at] = (bad[at] ?? 0) ^ flip;
        expect(decodeInvite(bad, sha256)).toEqual({ ok: false, code: "e2e/damaged-invite" });
        expect(decodeInvite(raw.slice(0, at), sha256)).toEqual({ ok: false, code: "e2e/damaged-invite" });
      }),
    );
    for (let cut = 1; cut < 40; cut++) expect(parsed(link.slice(0, -cut))).toBe("e2e/damaged-invite");
    expect(parsed(`${link}A`)).toBe("e2e/damaged-invite");
    expect(parsed(`${link}.`)).toBe("e2e/damaged-invite");
    expect(parsed(`https://chapar.example/#i/${"A".repeat(30_000)}`)).toBe("e2e/damaged-invite");
  });

  it("I-31 tell other text, another version and another kind", () => {
    for (const text of [
      "",
      "hello",
      "https://chapar.example/",
      "سلام",
      "AA",
      " ".repeat(40_000),
      `x${" ".repeat(30_000)}x`,
    ])
      expect(parsed(text)).toBe("e2e/not-an-invite");
    expect(codeOfForged((body) => Uint8Array.of(2, ...body.slice(1)))).toBe("e2e/unknown-invite");
    expect(codeOfForged((body) => Uint8Array.of(1, 2, ...body.slice(2)))).toBe("e2e/unknown-invite");
    expect(parsed(toBase64Url(forged(STATION, (body) => Uint8Array.of(2, ...body.slice(1)))))).toBe(
      "e2e/unknown-invite",
    );
    expect(codeOfForged((body) => body.slice(0, -1))).toBe("e2e/damaged-invite");
    expect(codeOfForged((body) => Uint8Array.of(...body, 0))).toBe("e2e/damaged-invite");
  });

  it("I-32 pass over odd fields, refuse even ones, keep order", () => {
    expect(withFields(1, 3, 2, 9, 9)).toBe("ok");
    expect(withFields(1, 2, 1, 9)).toBe("e2e/unknown-invite");
    expect(withFields(2, 3, 0, 2, 0)).toBe("e2e/damaged-invite");
    expect(withFields(1, 1, 1, 0x20)).toBe("e2e/damaged-invite");
    const routed = { ...STATION, routes: ["https://second.example", "obfs4:192.0.2.1:443?cert=abc"] };
    expect(decodeInvite(encodeInvite(routed, sha256), sha256)).toEqual({ ok: true, value: routed });
  });

  it("I-33 refuse links that look like another, and tell when the link's host is not the station's", () => {
    const payload = invitePayload(STATION, sha256);
    for (const prefix of [
      "https://chapar.example@evil.example/#i/",
      "https://chapar.example:8443\\@evil.example/#i/",
      "https://сhapar.example/#i/",
      "https://chapar.example／#i/",
      "https://chapar.example/＃i/",
      "https://chapar.example/%23i/",
      "https://chapar.example/path/#i/",
      "https://chapar.example/?x=1#i/",
      "javascript://chapar.example/#i/",
      "ftp://chapar.example/#i/",
      "chapar:I/",
      "https://chapar\u202e.example/#i/",
    ])
      expect(parsed(prefix + payload), prefix).toBe("e2e/look-alike-invite");
    const originListed = (origin: string): boolean | undefined => {
      const result = parseInvite(`${origin}/#i/${payload}`, sha256);
      return result.ok ? result.value.originListed : undefined;
    };
    expect(originListed("https://chapar.example:8443")).toBe(true);
    expect(originListed("HTTPS://CHAPAR.example:8443")).toBe(true);
    expect(originListed("https://chapar.example")).toBe(false);
    expect(originListed("https://evil.example")).toBe(false);
    expect(originListed("http://chapar.example:8443")).toBe(false);
  });

  it("I-34 show clean names whatever was written, and refuse a name with nothing to show", () => {
    const hostile = utf8("Sa\u202era");
    expect(renamed(hostile)).toMatchObject({ ok: true, value: { stationName: "Sara" } });
    expect(renamed(utf8("\u202e"))).toEqual({ ok: false, code: "e2e/damaged-invite" });
    expect(renamed(new Uint8Array(0))).toMatchObject({ ok: true, value: { stationName: "" } });
    expect(() => encodeInvite({ ...STATION, stationName: "a\u0000" }, sha256)).toThrow(RangeError);
    expect(() => encodeInvite({ ...STATION, token: new Uint8Array(65) }, sha256)).toThrow(RangeError);
  });

  it("I-35 to a person fit 350 characters as a link", () => {
    const twenty = "آ".repeat(20);
    const longest = {
      ...PERSON,
      home: { ...PERSON.home, station: { key: KEY, urls: ["https://station-of-some-length.example:8443"] } },
      stationName: twenty,
      person: { identity: identityId(new Uint8Array(20).fill(6)), name: twenty, knock: new Uint8Array(16).fill(7) },
    };
    expect(inviteLink(longest, sha256).length).toBeLessThanOrEqual(350);
    expect(inviteLink(PERSON, sha256).length).toBeLessThanOrEqual(250);
    expect(fromBase64Url(invitePayload(PERSON, sha256))).toEqual(encodeInvite(PERSON, sha256));
  });
});
