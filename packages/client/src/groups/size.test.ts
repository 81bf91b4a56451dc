import { MAX_COMMIT_BYTES, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { expect, it } from "vitest";
import { addedAtOnce, suiteFor } from "./size.ts";

it("F-110 a group has the suite of its size: what its maker says, or whom it begins with", () => {
  expect([suiteFor(0, false), suiteFor(249, false)]).toEqual(["x-wing", "x-wing"]);
  expect([suiteFor(0, true), suiteFor(250, false), suiteFor(999, false)]).toEqual(["x25519", "x25519", "x25519"]);
});

it("F-111 a thousand come into a large group by few commits, into a small one by ever smaller ones, and always somebody", () => {
  expect(addedAtOnce("x25519", 1)).toBeGreaterThan(240);
  expect(addedAtOnce("x25519", 1000)).toBeGreaterThan(190);
  expect(addedAtOnce("x-wing", 1)).toBeGreaterThan(140);
  expect(addedAtOnce("x-wing", 300)).toBeLessThan(20);
  expect(addedAtOnce("x-wing", 400)).toBe(1);
});

it.each(["x-wing", "x25519"] as const)(
  "F-111 so many key packages of suite %s leave room for the rest of a commit",
  async (suite) => {
    const crypto = nodeCrypto();
    const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
    const signaturePrivateKey = crypto.random(32);
    const device = await crypto.ed25519.publicKey(signaturePrivateKey);
    const keys = { credential: { identity: crypto.random(20), device }, signaturePrivateKey };
    const { publicBytes } = await mls.keyPackage(keys, suite);
    // Thirty-two devices of one person may come in the place of one.
    const most = (addedAtOnce(suite, 1) + 31) * publicBytes.byteLength;
    expect(most).toBeLessThan(MAX_COMMIT_BYTES);
    expect(most).toBeGreaterThan(MAX_COMMIT_BYTES / 2);
  },
);
