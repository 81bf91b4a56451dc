import * as fc from "fast-check";
import { expect, it } from "vitest";
import { bytesKey } from "./bytes-key.ts";

it("bytesKey is equal exactly when the bytes are", () => {
  const id = fc.uint8Array({ minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(id, id, (a, b) => {
      expect(bytesKey(a) === bytesKey(b)).toBe(Buffer.compare(a, b) === 0);
    }),
  );
  fc.assert(
    fc.property(id, fc.nat(19), (a, at) => {
      const b = a.slice();
      b[at]! ^= 1;
      expect(bytesKey(a)).not.toBe(bytesKey(b));
      expect(bytesKey(a)).toBe(bytesKey(a.slice()));
    }),
  );
});
