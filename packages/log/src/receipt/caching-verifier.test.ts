import { describe, expect, it } from "vitest";
import { flipBit, testHasher, testSigner, TestStationLog, testVerifier } from "../testing/index.ts";
import { cachingVerifier } from "./caching-verifier.ts";
import { verifyStatement } from "./verify.ts";

const hasher = testHasher();
const signer = testSigner(1);

describe("a caching verifier", () => {
  it("L-21 checks a batch's signature once for all its statements, and wrong ones every time", async () => {
    let checks = 0;
    const verify = cachingVerifier((key, message, signature) => (checks++, testVerifier(key, message, signature)));
    const log = new TestStationLog(hasher, signer, new Uint8Array(32));
    const { receipts, head } = await log.commit(["one", "two", "three"], 1000);
    for (const statement of [...receipts, head, ...receipts]) {
      expect(await verifyStatement(statement, signer.publicKey, { hasher, verify })).toMatchObject({ ok: true });
    }
    expect(checks).toBe(1);
    const wrong = { ...head, batch: { ...head.batch, signature: flipBit(head.batch.signature, 9) } };
    const other = { ...head, size: head.size + 1 };
    for (const statement of [wrong, wrong, other]) {
      const checked = await verifyStatement(statement, signer.publicKey, { hasher, verify });
      expect(checked).toEqual({ ok: false, code: "log/bad-signature" });
    }
    expect(checks).toBe(4);
  });

  it("keeps no more than its capacity, and never mixes parts of different lengths", async () => {
    let checks = 0;
    const verify = cachingVerifier(() => (checks++, true), 2);
    const one = Uint8Array.of(1);
    const none = new Uint8Array(0);
    for (const message of [one, none, one, none]) await verify(none, message, none);
    expect(checks).toBe(2);
    await verify(one, none, none);
    await verify(none, one, none);
    expect(checks).toBe(4);
    const long = new Uint8Array(2000);
    await verify(none, long, none);
    await verify(none, long, none);
    expect(checks).toBe(6);
  });
});
