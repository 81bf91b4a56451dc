import { chainBytes, foldChain, liveDevice, stationKey } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isE2eError } from "../errors.ts";
import { nodeCrypto } from "../node/node-crypto.ts";
import { decodeBundle, deviceOf, encodeBundle, forgetWords, mlsDevice, signerOf, wipeBundle } from "./bundle.ts";
import { createIdentity, deviceEntry, newDeviceSecrets } from "./create.ts";
import { addDevice, chainPorts, endIdentity, extend, revokeDevice, setAnchors, setHome, takeBack } from "./ops.ts";
import { entropyOf, newRecoveryEntropy, rankZeroSeed, wordsOf } from "./recovery-words.ts";
import { Secret } from "./secret.ts";

const crypto = nodeCrypto();
const NOW_MS = 1_790_000_000_000;
const HOME = { station: { key: stationKey(new Uint8Array(32).fill(3)), urls: ["https://ir.example"] }, region: "IR" };
const AWAY = { station: { key: stationKey(new Uint8Array(32).fill(4)), urls: ["https://de.example"] }, region: "DE" };

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    if (!isE2eError(error)) return "another error";
    return typeof error.cause === "string" ? `${error.code} ${error.cause}` : error.code;
  }
}

describe("a new identity", () => {
  it("I-20 I-21 has a chain that verifies and secrets that differ each time", async () => {
    const one = await createIdentity(HOME, NOW_MS, crypto);
    const two = await createIdentity(HOME, NOW_MS, crypto);
    const folded = await foldChain(chainBytes(one.state), chainPorts(crypto), one.bundle.identity);
    expect(folded).toEqual({ ok: true, value: one.state });
    const device = await deviceOf(one.bundle, crypto);
    expect(liveDevice(one.state, device)).toBeDefined();
    expect(one.state.home).toEqual(HOME);
    const secrets = [one, two].flatMap(({ bundle }) =>
      [bundle.deviceSeed, bundle.inboxReadSeed, bundle.rankOneSeed, bundle.entropy].map((secret) =>
        toHex(secret!.expose()),
      ),
    );
    expect(new Set(secrets).size).toBe(8);
  });

  it("I-20 has its rank-0 key back from the words, and nothing else is needed to revoke and move", async () => {
    const { bundle, state } = await createIdentity(HOME, NOW_MS, crypto);
    const words = await wordsOf(bundle.entropy!);
    expect(words).toHaveLength(24);
    const typed = `  ${words.join("\n ").toUpperCase()} `;
    const seed = rankZeroSeed(await entropyOf(typed), crypto);
    expect((await signerOf(seed, crypto)).publicKey).toEqual(state.rotationKeys[0]);
    const lost = await deviceOf(bundle, crypto);
    const revoked = await revokeDevice(state, lost, { seed, timeMs: NOW_MS }, crypto);
    const moved = await setHome(revoked.state, AWAY, { seed: revoked.rankOneSeed, timeMs: NOW_MS }, crypto);
    expect(moved.state.home).toEqual(AWAY);
    expect(moved.state.devices).toEqual([]);
    const late = codeOf(setHome(moved.state, HOME, { seed: bundle.rankOneSeed!, timeMs: NOW_MS }, crypto));
    expect(await late).toBe("e2e/not-a-rotation-key");
  });
});

describe("a stolen everyday key", () => {
  it("I-14 is answered by the words: what the thief did counts no more, and a new rank 1 goes on", async () => {
    const { bundle, state } = await createIdentity(HOME, NOW_MS, crypto);
    const signing = { seed: bundle.rankOneSeed!, timeMs: NOW_MS };
    const moved = await setHome(state, AWAY, signing, crypto);
    const gone = await revokeDevice(moved.state, await deviceOf(bundle, crypto), signing, crypto);
    expect(gone.state.devices).toEqual([]);
    const words = { seed: rankZeroSeed(bundle.entropy!, crypto), timeMs: NOW_MS };
    const back = await takeBack(gone.state, 1, words, crypto);
    expect(back.state.home).toEqual(HOME);
    expect(back.state.devices).toEqual(state.devices);
    const next = await setHome(back.state, AWAY, { seed: back.rankOneSeed, timeMs: NOW_MS }, crypto);
    expect(next.state.home).toEqual(AWAY);
    expect(await codeOf(setHome(back.state, AWAY, { seed: gone.rankOneSeed, timeMs: NOW_MS }, crypto))).toBe(
      "e2e/not-a-rotation-key",
    );
    expect(await codeOf(takeBack(gone.state, 1, { seed: gone.rankOneSeed, timeMs: NOW_MS }, crypto))).toBe(
      "e2e/refused-op identity/not-allowed",
    );
  });
});

describe("recovery words", () => {
  it("I-20 follow BIP-39 for known entropy, and the seed follows from the entropy by HKDF alone", async () => {
    const zeros = new Secret("recovery entropy", new Uint8Array(32));
    expect((await wordsOf(zeros)).join(" ")).toBe(`${"abandon ".repeat(23)}art`);
    expect(toHex(rankZeroSeed(zeros, crypto).expose())).toBe(
      "93fabc982a44aad5dbcbff11b1b357160b17990f84659ef3a42e7b723b770757",
    );
  });

  it("I-20 refuses another count, an unknown word and a wrong checksum, without repeating the words", async () => {
    const good = `${"abandon ".repeat(23)}art`;
    for (const bad of [
      "",
      "abandon",
      good.replace("art", "abandon"),
      good.replace("art", "artt"),
      `${good} art`,
      "abandon ".repeat(24),
    ])
      expect(await codeOf(entropyOf(bad)), bad).toBe("e2e/bad-words");
    expect(await codeOf(entropyOf(good))).toBe("ok");
  });

  it("I-20 come back from any entropy", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (bytes) => {
        const words = await wordsOf(new Secret("recovery entropy", bytes.slice()));
        expect((await entropyOf(words.join(" "))).expose()).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });
});

describe("ops of our own", () => {
  it("I-8 list a device that agreed, and refuse one that agreed for another identity", async () => {
    const { bundle, state } = await createIdentity(HOME, NOW_MS, crypto);
    const other = await createIdentity(HOME, NOW_MS, crypto);
    const phone = newDeviceSecrets(crypto);
    const signing = { seed: bundle.rankOneSeed!, timeMs: NOW_MS };
    const added = await addDevice(state, await deviceEntry(bundle.identity, phone, crypto), signing, crypto);
    expect(added.state.devices).toHaveLength(2);
    expect(added.ops).toHaveLength(1);
    const wrong = await deviceEntry(other.bundle.identity, phone, crypto);
    expect(await codeOf(addDevice(state, wrong, signing, crypto))).toBe("e2e/refused-op identity/bad-device-proof");
    expect(await codeOf(addDevice(added.state, wrong, signing, crypto))).toBe(
      "e2e/refused-op identity/duplicate-device",
    );
  });

  it("I-6 I-9 follow the ranks: the everyday key may not end the chain nor replace rank 0", async () => {
    const { bundle, state } = await createIdentity(HOME, NOW_MS, crypto);
    const everyday = { seed: bundle.rankOneSeed!, timeMs: NOW_MS };
    const words = { seed: rankZeroSeed(bundle.entropy!, crypto), timeMs: NOW_MS };
    expect(await codeOf(endIdentity(state, everyday, crypto))).toBe("e2e/refused-op identity/not-allowed");
    const rotationKeys = [await crypto.ed25519.publicKey(new Uint8Array(32).fill(9))];
    expect(await codeOf(extend(state, { kind: "rotate", rotationKeys }, everyday, crypto))).toBe(
      "e2e/refused-op identity/not-allowed",
    );
    const anchored = await setAnchors(state, [HOME, AWAY], everyday, crypto);
    expect(anchored.state.anchors).toHaveLength(2);
    const ended = await endIdentity(anchored.state, words, crypto);
    expect(ended.state.closed).toBe(true);
    expect(await codeOf(setHome(ended.state, AWAY, words, crypto))).toBe("e2e/refused-op identity/closed");
  });
});

describe("private bundles", () => {
  it("I-22 come back from their bytes, with and without words", async () => {
    const { bundle } = await createIdentity(HOME, NOW_MS, crypto);
    const bytes = encodeBundle(bundle);
    const back = decodeBundle(bytes);
    expect(toHex(encodeBundle(back))).toBe(toHex(bytes));
    bytes.fill(0);
    expect(await deviceOf(back, crypto)).toEqual(await deviceOf(bundle, crypto));
    const without = forgetWords(back);
    expect(decodeBundle(encodeBundle(without)).entropy).toBeUndefined();
    expect(encodeBundle(without)).toHaveLength(encodeBundle(bundle).length - 32);
    const mls = await mlsDevice(bundle, crypto);
    expect(mls.credential.identity).toEqual(bundle.identity);
    expect(await crypto.ed25519.publicKey(mls.signaturePrivateKey)).toEqual(mls.credential.device);
  });

  it("I-22 refuse any damaged bytes with a code", async () => {
    const good = encodeBundle((await createIdentity(HOME, NOW_MS, crypto)).bundle);
    const bad = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(good.length - 1).map((length) => good.slice(0, length)),
      fc.constant(Uint8Array.of(...good, 0)),
      fc.constant(Uint8Array.of(2, ...good.slice(1))),
    );
    fc.assert(
      fc.property(bad, (bytes) => {
        expect(() => decodeBundle(bytes)).toThrow(expect.objectContaining({ code: "e2e/bad-bundle" }));
      }),
    );
  });

  it("I-23 have no text or JSON form, and are gone after wipe", async () => {
    const { bundle } = await createIdentity(HOME, NOW_MS, crypto);
    const seed = bundle.deviceSeed.expose();
    const told = [
      JSON.stringify(bundle.deviceSeed),
      JSON.stringify({ nested: [bundle.deviceSeed] }),
      JSON.stringify(Object.entries(bundle.deviceSeed)),
    ].join();
    expect(told).not.toContain(toHex(seed));
    expect(told).not.toContain(String(seed[0]));
    expect(Object.values(bundle.deviceSeed)).toEqual(["device seed"]);
    wipeBundle(bundle);
    expect(seed.every((byte) => byte === 0)).toBe(true);
    expect(bundle.deviceSeed.wiped).toBe(true);
    expect(() => bundle.deviceSeed.expose()).toThrow("wiped");
    expect(() => encodeBundle(bundle)).toThrow("wiped");
    bundle.deviceSeed.wipe();
    expect(newRecoveryEntropy(crypto).wiped).toBe(false);
  });
});
