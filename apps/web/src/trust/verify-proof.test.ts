/* An opened file is judged as a stranger would: every way a station can lie is told, and nothing else is. */
import { encodeBundle, FAULTS } from "@chapar/evidence";
import { makeLies } from "@chapar/evidence/testing";
import { describe, expect, it } from "vitest";
import { messages as en } from "../i18n/en.trust.gen.ts";
import { messages as fa } from "../i18n/fa.trust.gen.ts";
import { PROOFS } from "../testing/sample-proofs.gen.ts";
import { proofWords } from "./proof-words.ts";
import { verifyProof } from "./verify-proof.ts";

describe("an opened proof", () => {
  it("is told by shape and fault for every lie, with the key that signed; the honest twin proves nothing", async () => {
    for (const { name, fault, bundle, honest } of await makeLies()) {
      const verdict = await verifyProof(encodeBundle(bundle));
      expect(verdict, name).toMatchObject({ shape: bundle.shape, fault });
      expect(typeof verdict === "object" && verdict.stationKey, name).toMatch(/^[a-z2-7]{52}$/u);
      expect(await verifyProof(encodeBundle(honest)), name).toBe("false");
    }
  });

  it("of a kind that this version does not know is not called false", async () => {
    const bytes = Uint8Array.from(Buffer.from(PROOFS.omitted, "hex"));
    bytes[16] = 200;
    expect(await verifyProof(bytes)).toBe("newer");
    expect(await verifyProof(new Uint8Array())).toBe("false");
  });

  it("has a sentence in both languages whatever it shows", () => {
    for (const [shape, faults] of Object.entries(FAULTS)) {
      for (const fault of faults) {
        const key = proofWords(shape as keyof typeof FAULTS, fault);
        expect([en[key], fa[key]].every((text) => typeof text === "string" && text.length > 20)).toBe(true);
      }
    }
  });

  it("is the one that the screens are looked at with", async () => {
    for (const hex of Object.values(PROOFS))
      expect(await verifyProof(Uint8Array.from(Buffer.from(hex, "hex")))).toBeTypeOf("object");
  });
});
