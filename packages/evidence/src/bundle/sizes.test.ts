import { describe, expect, it } from "vitest";
import { largestBundles } from "../testing/largest.ts";
import { BUNDLE_MAX_BYTES, encodeBundle } from "./codec.ts";

const bundles = await largestBundles();

describe("sizes", () => {
  it.each(bundles.map((bundle) => [bundle.shape, bundle] as const))(
    "E-32 a bundle of shape %s is at most 4096 bytes at a million logs and identities",
    (_, bundle) => expect(encodeBundle(bundle).byteLength).toBeLessThanOrEqual(BUNDLE_MAX_BYTES),
  );

  it("E-32 and one above it is not made", () => {
    const [first] = bundles;
    if (first?.shape !== "statements") throw new Error("not the first");
    const contradiction = new Uint8Array(4046);
    expect(encodeBundle({ ...first, contradiction: contradiction.subarray(1) }).byteLength).toBe(4096);
    expect(() => encodeBundle({ ...first, contradiction })).toThrow("evidence/too-large");
  });
});
