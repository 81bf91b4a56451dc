import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/index.ts";
import { WIRE_CODES } from "../errors.ts";
import { deviceId, stationKey } from "../ids.ts";
import { TEST_CHAIN_PORTS as PORTS, TestChain, testHome } from "../testing/op-chains.ts";
import { foldChain } from "./chain.ts";
import { decodeOp, encodeOp, type Op, type OpBody, opSigningBytes, signedPart } from "./op.ts";
import { isRegion, isRouteUrl } from "./station-ref.ts";

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const url = fc.stringMatching(/^https:\/\/[a-z0-9.-]{1,60}(:[0-9]{1,5})?$/);
const home = fc.record({
  station: fc.record({ key: bytes(32).map(stationKey), urls: fc.array(url, { maxLength: 4 }) }),
  region: fc.stringMatching(/^[A-Z]{2}$/),
});
const keys = fc.array(bytes(32), { minLength: 1, maxLength: 5 });
const entry = fc.record({ device: bytes(32).map(deviceId), inboxReadKey: bytes(32), proof: bytes(64) });
const body: fc.Arbitrary<OpBody> = fc.oneof(
  fc.record({ kind: fc.constant("genesis" as const), rotationKeys: keys, device: entry, home }),
  fc.record({ kind: fc.constant("device-add" as const), device: entry }),
  fc.record({ kind: fc.constant("device-revoke" as const), device: bytes(32).map(deviceId) }),
  fc.record({ kind: fc.constant("set-home" as const), home }),
  fc.record({ kind: fc.constant("rotate" as const), rotationKeys: keys }),
  fc.record({ kind: fc.constant("set-anchors" as const), anchors: fc.array(home, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant("tombstone" as const) }),
);
const op: fc.Arbitrary<Op> = fc.record({
  seq: fc.nat(0xffff_ffff),
  prev: bytes(32),
  timeMs: fc.maxSafeNat(),
  rank: fc.nat(255),
  body,
  signature: bytes(64),
});

describe("ops", () => {
  it("I-3 come back from their bytes, and the signature covers all but itself", () => {
    fc.assert(
      fc.property(op, (value) => {
        const encoded = encodeOp(value);
        const decoded = decodeOp(encoded);
        expect(decoded).toEqual({ ok: true, value });
        expect(toHex(signedPart(encoded))).toBe(toHex(opSigningBytes(value)));
      }),
    );
  });

  it("I-11 decode any bytes without throwing, and accept one spelling only", () => {
    const damaged = fc.tuple(op.map(encodeOp), fc.nat(), fc.nat(255), fc.nat(3)).map(([encoded, at, byte, cut]) => {
      const out = encoded.slice(0, encoded.length - cut);
      out[at % out.length] = byte;
      return out;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), damaged), (input) => {
        const decoded = decodeOp(input);
        if (decoded.ok) expect(toHex(encodeOp(decoded.value))).toBe(toHex(input));
        else {
          expect(Object.hasOwn(WIRE_CODES, decoded.code)).toBe(true);
          expect(decoded.offset).toBeLessThanOrEqual(input.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("I-11 fold any list of bytes into a state or a code", async () => {
    const honest = new TestChain("sara").addDevice("phone").push({ kind: "set-home", home: testHome("x") }).ops;
    const piece = fc.oneof(fc.constantFrom(...honest), fc.uint8Array({ maxLength: 300 }), op.map(encodeOp));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (list) => {
        const result = await foldChain(list, PORTS);
        if (result.ok) expect(list.map(toHex)).toEqual(honest.slice(0, list.length).map(toHex));
        else expect(Object.hasOwn(WIRE_CODES, result.code)).toBe(true);
      }),
    );
  });
});

describe("station references", () => {
  it("I-13 take no URL that is not a scheme and printable ASCII", () => {
    for (const good of [
      "https://a.example",
      "https://[2001:db8::1]:8443/x",
      "wss://xn--mgba3a4f16a.example",
      "obfs4:x",
    ])
      expect(isRouteUrl(good)).toBe(true);
    for (const bad of [
      "",
      "a.example",
      "https:",
      "https://a example",
      "https://‮a",
      "HTTPS://a",
      `https://${"a".repeat(300)}`,
      "https://exa\u0000mple",
    ])
      expect(isRouteUrl(bad)).toBe(false);
    expect([isRegion("IR"), isRegion("ir"), isRegion("I"), isRegion("IRN"), isRegion("І?")]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(() => encodeOp({ ...base, body: { kind: "set-home", home: { ...testHome("x"), region: "ir" } } })).toThrow(
      RangeError,
    );
  });
});

const base = { seq: 1, prev: new Uint8Array(32), timeMs: 0, rank: 0, signature: new Uint8Array(64) };
