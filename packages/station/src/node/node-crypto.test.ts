import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeSha256, nodeSigner, nodeVerifier } from "./node-crypto.ts";

describe("primitives of node:crypto", () => {
  it("hash as node's other interface does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        expect(Buffer.from(nodeSha256(bytes)).toString("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
      }),
    );
  });

  it("verify what they signed and nothing else, and answer false for what is no key or signature", async () => {
    const signer = nodeSigner(new Uint8Array(32).fill(1));
    const verify = nodeVerifier();
    const message = Uint8Array.of(1, 2, 3);
    const signature = await signer.sign(message);
    expect(verify(signer.publicKey, message, signature)).toBe(true);
    expect(verify(signer.publicKey, Uint8Array.of(1, 2), signature)).toBe(false);
    expect(verify(nodeSigner(new Uint8Array(32)).publicKey, message, signature)).toBe(false);
    for (const key of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(32).fill(255)]) {
      expect(verify(key, message, signature)).toBe(false);
    }
    expect(verify(signer.publicKey, message, new Uint8Array(63))).toBe(false);
  });
});
