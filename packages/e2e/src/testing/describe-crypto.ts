/*
 * What every CryptoPort must do: published vectors first, then the refusals that the code above relies on.
 *
 * Vectors: RFC 4231 §4.2-3 (HMAC), RFC 5869 A.1 (HKDF), RFC 8032 §7.1 (Ed25519), RFC 7748 §6.1 (X25519), RFC 9180 A.1.1
 * (HPKE's DHKEM(X25519)), FIPS 202 empty-string digests, GCM specification case 14, and test vector 1 of
 * draft-connolly-cfrg-xwing-kem. ML-KEM itself is held by X-Wing's vector: its shared secret only comes out right when
 * key expansion and decapsulation are.
 */
import { fromHex, toHex, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { hpke } from "../crypto/hpke.ts";
import { dhKemX25519, xWing } from "../crypto/kem.ts";
import type { CryptoPort } from "../crypto/port.ts";
import { X_WING_VECTOR } from "./x-wing-vector.ts";

function hex(text: string): Uint8Array {
  return fromHex(text.replaceAll(/\s/g, ""))!;
}

const EMPTY = new Uint8Array(0);

const RFC7748 = {
  alicePrivate: "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
  alicePublic: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  bobPublic: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  shared: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
} as const;

const RFC9180 = {
  receiverIkm: "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
  receiverPublic: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
  enc: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
  sharedSecret: "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
} as const;

function describeHashes(make: () => CryptoPort): void {
  it("hashes", async () => {
    const crypto = make();
    expect(toHex(crypto.sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(toHex(crypto.sha512(utf8("abc"))).slice(0, 64)).toBe(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a",
    );
    expect(toHex(await crypto.sha3(EMPTY))).toBe("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
    expect(toHex(await crypto.shake256(EMPTY, 32))).toBe(
      "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f",
    );
  });

  it("HMAC, RFC 4231 §4.3", () => {
    const mac = make().hmac("sha512", utf8("Jefe"), utf8("what do ya want for nothing?"));
    expect(toHex(mac).slice(0, 64)).toBe("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554");
    const short = make().hmac("sha256", utf8("Jefe"), utf8("what do ya want for nothing?"));
    expect(toHex(short)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  it("HKDF, RFC 5869 A.1 and A.3", () => {
    const crypto = make();
    const prk = crypto.hkdfExtract("sha256", hex("000102030405060708090a0b0c"), new Uint8Array(22).fill(0x0b));
    expect(toHex(prk)).toBe("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    expect(toHex(crypto.hkdfExpand("sha256", prk, hex("f0f1f2f3f4f5f6f7f8f9"), 42))).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
    const bare = crypto.hkdfExtract("sha256", EMPTY, new Uint8Array(22).fill(0x0b));
    expect(toHex(bare)).toBe("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    expect(() => crypto.hkdfExpand("sha256", prk, EMPTY, 255 * 32 + 1)).toThrow(RangeError);
  });

  it("random bytes differ, also beyond 64 KiB", () => {
    const crypto = make();
    expect(
      crypto
        .random(100_000)
        .subarray(70_000)
        .some((byte) => byte !== 0),
    ).toBe(true);
    expect(toHex(crypto.random(32))).not.toBe(toHex(crypto.random(32)));
  });
}

function describeAead(make: () => CryptoPort): void {
  it("AES-GCM, specification cases 2 and 14", async () => {
    const crypto = make();
    const zeros = new Uint8Array(16);
    const sealed = await crypto.aeadSeal(new Uint8Array(32), new Uint8Array(12), EMPTY, zeros);
    expect(toHex(sealed)).toBe("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    const short = await crypto.aeadSeal(zeros, new Uint8Array(12), EMPTY, zeros);
    expect(toHex(short)).toBe("0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf");
  });

  it("AES-GCM opens what it sealed and refuses every change", async () => {
    const crypto = make();
    const [key, nonce, aad] = [crypto.random(32), crypto.random(12), crypto.random(20)];
    const sealed = await crypto.aeadSeal(key, nonce, aad, utf8("text"));
    expect(await crypto.aeadOpen(key, nonce, aad, sealed)).toEqual(utf8("text"));
    for (let at = 0; at < sealed.byteLength; at++) {
      const changed = sealed.slice();
      changed[at]! ^= 1;
      expect(await crypto.aeadOpen(key, nonce, aad, changed)).toBeUndefined();
    }
    expect(await crypto.aeadOpen(key, nonce, EMPTY, sealed)).toBeUndefined();
    expect(await crypto.aeadOpen(key, nonce, aad, sealed.subarray(0, 15))).toBeUndefined();
    expect(await crypto.aeadOpen(key, nonce, aad, EMPTY)).toBeUndefined();
  });
}

function describeSignatures(make: () => CryptoPort): void {
  it("Ed25519, RFC 8032 §7.1 test 2", async () => {
    const { ed25519 } = make();
    const seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    const publicKey = await ed25519.publicKey(seed);
    expect(toHex(publicKey)).toBe("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const signature = await ed25519.sign(seed, hex("72"));
    expect(toHex(signature)).toBe(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    expect(await ed25519.verify(publicKey, hex("72"), signature)).toBe(true);
  });

  it("Ed25519 answers false for anything malformed", async () => {
    const crypto = make();
    const seed = crypto.random(32);
    const publicKey = await crypto.ed25519.publicKey(seed);
    const signature = await crypto.ed25519.sign(seed, utf8("m"));
    expect(await crypto.ed25519.verify(publicKey, utf8("n"), signature)).toBe(false);
    expect(await crypto.ed25519.verify(publicKey, utf8("m"), signature.subarray(1))).toBe(false);
    expect(await crypto.ed25519.verify(publicKey.subarray(1), utf8("m"), signature)).toBe(false);
    expect(await crypto.ed25519.verify(EMPTY, utf8("m"), EMPTY)).toBe(false);
    // S + L: the same equation holds, but RFC 8032 §5.1.7 wants S below L
    const high = signature.slice();
    high[63]! |= 0xe0;
    expect(await crypto.ed25519.verify(publicKey, utf8("m"), high)).toBe(false);
  });

  it("a wiped or reused seed array never gives another key's signature", async () => {
    const crypto = make();
    const seed = crypto.random(32);
    await crypto.ed25519.sign(seed, utf8("m"));
    seed.set(crypto.random(32));
    const signature = await crypto.ed25519.sign(seed, utf8("m"));
    expect(await crypto.ed25519.verify(await crypto.ed25519.publicKey(seed), utf8("m"), signature)).toBe(true);
  });
}

function describeKems(make: () => CryptoPort): void {
  it("X25519, RFC 7748 §6.1", async () => {
    const { x25519 } = make();
    const alice = hex(RFC7748.alicePrivate);
    expect(toHex(await x25519.publicKey(alice))).toBe(RFC7748.alicePublic);
    expect(toHex((await x25519.shared(alice, hex(RFC7748.bobPublic)))!)).toBe(RFC7748.shared);
    expect(await x25519.shared(alice, new Uint8Array(32))).toBeUndefined();
    expect(await x25519.shared(alice, EMPTY)).toBeUndefined();
  });

  it("DHKEM(X25519), RFC 9180 A.1.1: key derivation and decapsulation", async () => {
    const kem = dhKemX25519(make());
    const pair = await kem.deriveKeyPair(hex(RFC9180.receiverIkm));
    expect(toHex(pair.publicKey)).toBe(RFC9180.receiverPublic);
    const secret = await kem.decapsulate(pair.privateKey, hex(RFC9180.enc));
    expect(toHex(secret!)).toBe(RFC9180.sharedSecret);
  });

  it("X-Wing, draft-connolly-cfrg-xwing-kem vector 1", async () => {
    const kem = xWing(make());
    const secret = await kem.decapsulate(hex(X_WING_VECTOR.seed), hex(X_WING_VECTOR.ciphertext));
    const publicKey = await kem.publicKey(hex(X_WING_VECTOR.seed));
    expect(toHex(await make().sha3(publicKey))).toBe(X_WING_VECTOR.publicKeySha3);
    expect(toHex(secret!)).toBe(X_WING_VECTOR.sharedSecret);
  });

  it("X-Wing round trip; malformed keys and ciphertexts give undefined", async () => {
    const crypto = make();
    const kem = xWing(crypto);
    const pair = await kem.deriveKeyPair(crypto.random(64));
    const sent = await kem.encapsulate(pair.publicKey);
    expect(await kem.decapsulate(pair.privateKey, sent!.enc)).toEqual(sent!.secret);
    expect(await kem.encapsulate(pair.publicKey.subarray(1))).toBeUndefined();
    expect(await kem.encapsulate(new Uint8Array(1216).fill(255))).toBeUndefined();
    expect(await kem.decapsulate(pair.privateKey, sent!.enc.subarray(1))).toBeUndefined();
    const other = sent!.enc.slice();
    other[5]! ^= 1;
    expect(await kem.decapsulate(pair.privateKey, other)).not.toEqual(sent!.secret);
  });
}

function describeHpke(make: () => CryptoPort): void {
  it("HPKE base mode, RFC 9180 A.1.1 sequence 0", async () => {
    const crypto = make();
    const kem = dhKemX25519(crypto);
    const suite = hpke(crypto, { kem, hash: "sha256", aeadKeyBytes: 16 });
    const pair = await kem.deriveKeyPair(hex(RFC9180.receiverIkm));
    const opened = await suite.open(
      pair.privateKey,
      hex(RFC9180.enc),
      hex("4f6465206f6e2061204772656369616e2055726e"),
      hex("436f756e742d30"),
      hex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"),
    );
    expect(opened).toEqual(utf8("Beauty is truth, truth beauty"));
  });

  it("HPKE on X-Wing seals and opens; a change anywhere gives undefined", async () => {
    const crypto = make();
    const kem = xWing(crypto);
    const suite = hpke(crypto, { kem, hash: "sha512", aeadKeyBytes: 32 });
    const pair = await kem.deriveKeyPair(crypto.random(64));
    const sealed = await suite.seal(pair.publicKey, utf8("info"), EMPTY, utf8("secret"));
    expect(await suite.open(pair.privateKey, sealed!.enc, utf8("info"), EMPTY, sealed!.ciphertext)).toEqual(
      utf8("secret"),
    );
    expect(await suite.open(pair.privateKey, sealed!.enc, utf8("ofni"), EMPTY, sealed!.ciphertext)).toBeUndefined();
    expect(await suite.open(pair.privateKey, EMPTY, utf8("info"), EMPTY, sealed!.ciphertext)).toBeUndefined();
    expect(await suite.seal(EMPTY, utf8("info"), EMPTY, utf8("secret"))).toBeUndefined();
  });
}

/**
 * The conformance suite of CryptoPort.
 *
 * @param make builds the port under test; called once a case
 */
export function describeCrypto(make: () => CryptoPort): void {
  describeHashes(make);
  describe("AEAD", () => describeAead(make));
  describe("signatures", () => describeSignatures(make));
  describe("KEMs", () => describeKems(make));
  describe("HPKE", () => describeHpke(make));
}
