import { identityId, stationKey } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isE2eError } from "../errors.ts";
import { newRecoveryEntropy } from "../identity/recovery-words.ts";
import { nodeCrypto } from "../node/node-crypto.ts";
import { parseInvite } from "../invite/link.ts";
import { BACKUP_KEY_BYTES, backupKeyBytes, backupKeysOf } from "./backup-keys.ts";
import {
  encodeAnswer,
  encodeHello,
  helloCommitment,
  type LinkHello,
  linkDigits,
  linkKeys,
  meetingKeys,
  openGrant,
  openHello,
  sealGrant,
} from "./link.ts";
import { encodeLinkCode, type LinkCode, linkCodeText, parseLinkCode } from "./link-code.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const STATION = { key: stationKey(new Uint8Array(32).fill(3)), urls: ["https://ir.example", "https://ir2.example"] };
const IDENTITY = identityId(new Uint8Array(20).fill(9));

async function newHello(): Promise<{ hello: LinkHello; bytes: Uint8Array; privateKey: Uint8Array }> {
  const { privateKey, publicKey } = await linkKeys(crypto);
  const hello = {
    kemKey: publicKey,
    nonce: crypto.random(32),
    device: crypto.random(32),
    inboxReadKey: crypto.random(32),
  };
  return { hello, bytes: encodeHello(hello), privateKey };
}

function codeOf(hello: Uint8Array): LinkCode {
  return {
    secret: crypto.random(32),
    commitment: helloCommitment(hello, sha256),
    expiresMs: 1_790_000_000_000,
    station: STATION,
  };
}

function refusal(work: () => unknown): string {
  try {
    work();
    return "ok";
  } catch (error) {
    return isE2eError(error) ? error.code : "another error";
  }
}

describe("a code", () => {
  it("D-1 comes back from its text, also with white space around it, and fits a QR code of a telephone", async () => {
    const { bytes } = await newHello();
    const code = codeOf(bytes);
    const text = linkCodeText(encodeLinkCode(code, sha256));
    expect(parseLinkCode(`\n ${text}\t`, sha256)).toMatchObject({ ok: true, value: code });
    expect(text.length).toBeLessThan(300);
  });

  it("D-1 is refused when any character was changed, cut or added, and never throws", async () => {
    const { bytes } = await newHello();
    const text = linkCodeText(encodeLinkCode(codeOf(bytes), sha256));
    fc.assert(
      fc.property(fc.nat(text.length - 10), fc.integer({ min: 1, max: 61 }), (at, by) => {
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const place = at + 9;
        const was = alphabet.indexOf(text.charAt(place));
        const changed = text.slice(0, place) + alphabet.charAt((was + by) % 64) + text.slice(place + 1);
        expect(parseLinkCode(changed, sha256)).toEqual({ ok: false, code: "e2e/damaged-code" });
      }),
    );
    for (let size = 9; size < text.length; size++)
      expect(parseLinkCode(text.slice(0, size), sha256)).toEqual({ ok: false, code: "e2e/damaged-code" });
    fc.assert(fc.property(fc.string(), (any) => !parseLinkCode(any, sha256).ok));
  });

  it("D-1 of a later version says so; an invite is no code, and a code is no invite", async () => {
    const { bytes } = await newHello();
    const encoded = encodeLinkCode(codeOf(bytes), sha256);
    const body = encoded.slice(0, -4);
    body[0] = 2;
    const sum = sha256(Buffer.concat([Buffer.from("chapar link code v1"), body])).slice(0, 4);
    expect(parseLinkCode(linkCodeText(Buffer.concat([body, sum])), sha256)).toEqual({
      ok: false,
      code: "e2e/unknown-code",
    });
    expect(parseLinkCode("https://ir.example/#i/AQAA", sha256)).toEqual({ ok: false, code: "e2e/not-a-code" });
    expect(parseInvite(linkCodeText(encoded), sha256).ok).toBe(false);
  });
});

describe("digits", () => {
  it("D-2 are the same on both sides, six of them, and others when any octet of code, answer or hello is another", async () => {
    const { bytes: hello } = await newHello();
    const value = codeOf(hello);
    const code = encodeLinkCode(value, sha256);
    const answer = encodeAnswer({ identity: IDENTITY, nonce: crypto.random(32) });
    const right = linkDigits({ code, answer, hello }, value.secret, crypto);
    expect(right.digits).toMatch(/^[0-9]{6}$/);
    expect(linkDigits({ code, answer, hello }, value.secret, crypto)).toEqual(right);
    fc.assert(
      fc.property(
        fc.constantFrom("code", "answer", "hello"),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (which, n, by) => {
          const parts = { code, answer, hello };
          const changed = parts[which as keyof typeof parts].slice();
          changed[n % changed.byteLength]! ^= by;
          const other = linkDigits({ ...parts, [which]: changed }, value.secret, crypto);
          expect(toHex(other.transcript)).not.toBe(toHex(right.transcript));
        },
      ),
    );
  });

  it("D-2 spread: of 2,000 linkings no more share their digits than chance has it", async () => {
    const { bytes: hello } = await newHello();
    const value = codeOf(hello);
    const code = encodeLinkCode(value, sha256);
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const answer = encodeAnswer({ identity: IDENTITY, nonce: crypto.random(32) });
      seen.add(linkDigits({ code, answer, hello }, value.secret, crypto).digits);
    }
    // Two expected repeats; thirty would take a chance of less than 10^-20.
    expect(seen.size).toBeGreaterThan(1970);
  });

  it("D-2 are not reached by a hello that the code does not commit to", async () => {
    const [one, other] = [await newHello(), await newHello()];
    const code = codeOf(one.bytes);
    expect(refusal(() => openHello(other.bytes, code, sha256))).toBe("e2e/wrong-hello");
    expect(openHello(one.bytes, code, sha256)).toEqual(one.hello);
    const short = one.bytes.slice(0, -1);
    const cut = { ...code, commitment: helloCommitment(short, sha256) };
    expect(refusal(() => openHello(short, cut, sha256))).toBe("e2e/wrong-hello");
  });
});

describe("what follows from a secret", () => {
  it("D-3 differs for each secret and each use", () => {
    const keys = [crypto.random(32), crypto.random(32)].flatMap((secret) => {
      const { nonce, writeSeed, readSeed, frameKey } = meetingKeys(secret, crypto);
      return [nonce, writeSeed, readSeed, frameKey].map(toHex);
    });
    expect(new Set(keys).size).toBe(8);
  });

  it("D-40 of the words is one log and one key, the same each time, and other words have others", () => {
    const [mine, theirs] = [newRecoveryEntropy(crypto), newRecoveryEntropy(crypto)];
    const bytes = backupKeyBytes(mine, crypto);
    expect(bytes.byteLength).toBe(BACKUP_KEY_BYTES);
    expect(backupKeyBytes(mine, crypto)).toEqual(bytes);
    const all = [bytes, backupKeyBytes(theirs, crypto)].flatMap((one) => Object.values(backupKeysOf(one)).map(toHex));
    expect(new Set(all).size).toBe(8);
  });
});

describe("a grant", () => {
  it("D-6 opens for the hello's key and this linking alone", async () => {
    const [one, other] = [await newHello(), await newHello()];
    const transcript = crypto.random(32);
    const plain = crypto.random(3000);
    const sealed = await sealGrant(plain, one.hello, transcript, crypto);
    expect(await openGrant(sealed, one.privateKey, transcript, crypto)).toEqual(plain);
    expect(await openGrant(sealed, other.privateKey, transcript, crypto)).toBeUndefined();
    expect(await openGrant(sealed, one.privateKey, crypto.random(32), crypto)).toBeUndefined();
    sealed[sealed.byteLength - 1]! ^= 1;
    expect(await openGrant(sealed, one.privateKey, transcript, crypto)).toBeUndefined();
    expect(await openGrant(new Uint8Array(10), one.privateKey, transcript, crypto)).toBeUndefined();
  });
});
