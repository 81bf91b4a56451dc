import { fromBase64Url, toBase64Url } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBase64Url } from "./base64url.ts";

it("K-31 base64url of a log is read as everywhere else, and any second spelling refused", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }),
  );
  const character = fc.constantFrom(...Array.from("AQgwx09-_+/=é "));
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 9 }), (text) => {
      expect(decodeBase64Url(text)).toEqual(fromBase64Url(text));
    }),
    { numRuns: 2000 },
  );
});
