/* The censor's cryptography from Node. */
import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import type { Primitives } from "../parsers/primitives.ts";

const TAG_BYTES = 16;

/** Primitives over node:crypto. */
export const nodePrimitives: Primitives = {
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  md5: (bytes) => createHash("md5").update(bytes).digest(),
  hmacSha256: (key, message) => createHmac("sha256", key).update(message).digest(),
  aes128Block: (key, block) => createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(block),
  aes128GcmOpen(key, nonce, aad, sealed) {
    const open = createDecipheriv("aes-128-gcm", key, nonce);
    open.setAAD(aad);
    open.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
    const clear = open.update(sealed.subarray(0, sealed.byteLength - TAG_BYTES));
    try {
      open.final();
    } catch {
      // A wrong tag is the answer "not this key", which a censor meets all the time.
      return undefined;
    }
    return clear;
  },
};
