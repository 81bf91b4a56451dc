import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { fromBase64, toBase64, utf8, type Verifier } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint, openCheckpoint } from "../checkpoint/open.ts";
import { decodeCheckpointText, encodeCheckpointText } from "../checkpoint/text.ts";
import { testSha256, testSigner, testVerifier } from "../testing/index.ts";
import { cosign, cosignatureMessage, decodeCosignature } from "./cosignature.ts";
import { formatVerifierKey, makeVerifierKey, NoteAlgorithm, parseVerifierKey } from "./key.ts";
import { decodeNote, encodeNote, isKeyName, NOTE_MAX_BYTES, NOTE_MAX_SIGNATURES, type NoteSignature } from "./note.ts";
import { signNote } from "./sign.ts";
import { verifyNote } from "./verify.ts";

const primitives = { sha256: testSha256, ed25519: testVerifier };
const signer = testSigner(1);
const key = makeVerifierKey("example.com/log", NoteAlgorithm.ed25519, signer.publicKey, testSha256);
const witness = testSigner(2);
const witnessKey = makeVerifierKey(
  "witness.example/w1",
  NoteAlgorithm.cosignatureEd25519,
  witness.publicKey,
  testSha256,
);
const TEXT = `example.com/log\n7\n${toBase64(new Uint8Array(32))}\n`;

/** The example of the C2SP signed-note document. */
const EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE =
  "This is an example message.\n\n" +
  "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

function note(text: string): ReturnType<typeof decodeNote> {
  return decodeNote(utf8(text));
}

describe("signed notes", () => {
  it("L-42 verify the example of the specification, and only as it is", async () => {
    const parsed = parseVerifierKey(EXAMPLE_KEY, testSha256);
    const decoded = note(EXAMPLE);
    if (!parsed.ok || !decoded.ok) throw new Error("example does not decode");
    expect(await verifyNote(decoded.value, [parsed.value], primitives)).toMatchObject({ ok: true });
    expect(
      await verifyNote({ ...decoded.value, text: "this is an example message.\n" }, [parsed.value], primitives),
    ).toEqual({
      ok: false,
      code: "log/bad-signature",
    });
    expect(formatVerifierKey(parsed.value)).toBe(EXAMPLE_KEY);
    expect(encodeNote(decoded.value)).toEqual(utf8(EXAMPLE));
  });

  it("L-40 split text from signatures at the last empty line", () => {
    const decoded = note("a\n\nb\n\n\n— k AAAAAAA=\n");
    expect(decoded).toMatchObject({ ok: true, value: { text: "a\n\nb\n\n", signatures: [{ name: "k", keyId: 0 }] } });
  });

  it.each([
    ["no signatures", "text\n"],
    ["no empty line", "text\n— k AAAAAAA=\n"],
    ["no newline at the end", "text\n\n— k AAAAAAA="],
    ["an empty last line", "text\n\n— k AAAAAAA=\n\n"],
    ["another dash", "text\n\n- k AAAAAAA=\n"],
    ["two spaces", "text\n\n—  k AAAAAAA=\n"],
    ["something after the signature", "text\n\n— k AAAAAAA= x\n"],
    ["no name", "text\n\n—  AAAAAAA=\n"],
    ["a plus in the name", "text\n\n— k+ AAAAAAA=\n"],
    ["a Unicode space in the name", "text\n\n— k\u2003 AAAAAAA=\n"],
    ["base64 without padding", "text\n\n— k AAAAAAA\n"],
    ["base64 with spare bits", "text\n\n— k AAAAAAB=\n"],
    ["a key id without signature", "text\n\n— k AAAAAA==\n"],
    ["a tab", "te\txt\n\n— k AAAAAAA=\n"],
    ["a carriage return", "text\r\n\n— k AAAAAAA=\n"],
    ["a zero byte", "te\0xt\n\n— k AAAAAAA=\n"],
    ["too many signatures", `text\n\n${"— k AAAAAAA=\n".repeat(NOTE_MAX_SIGNATURES + 1)}`],
  ])("L-40 refuse %s", (_, text) => expect(note(text)).toMatchObject({ ok: false, code: "log/bad-note" }));

  it("L-40 refuse ill-formed UTF-8 and notes beyond the size limit, and keep a byte order mark", () => {
    const bytes = utf8("\ufefftext\n\n— k AAAAAAA=\n");
    const decoded = decodeNote(bytes);
    expect(decoded.ok && encodeNote(decoded.value)).toEqual(bytes);
    expect(decodeNote(bytes.with(4, 0xff))).toMatchObject({ code: "log/bad-note" });
    expect(decodeNote(new Uint8Array(NOTE_MAX_BYTES + 1))).toMatchObject({ code: "log/bad-note" });
    expect(note(`text\n\n${"— k AAAAAAA=\n".repeat(NOTE_MAX_SIGNATURES)}`).ok).toBe(true);
  });

  it("L-40 never throw and have one spelling for each value", () => {
    const piece = fc.constantFrom("\n", "\n\n", "— ", "k", " ", "AAAAAAA=", "text", "+", "\u00a0", "é", "\ud800");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.uint8Array({ maxLength: 80 }), (pieces, junk) => {
        for (const bytes of [utf8(pieces.join("")), junk]) {
          const decoded = decodeNote(bytes);
          if (decoded.ok) expect(encodeNote(decoded.value)).toEqual(bytes);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("L-42 ignore unknown keys, even ones that share a name or an id, but refuse a wrong signature of a known one", async () => {
    const good = await signNote(TEXT, key, signer);
    const sharesName = { ...good, keyId: good.keyId ^ 1 };
    const sharesId = { ...good, name: "other" };
    const wrong = { ...good, signature: good.signature.with(0, (good.signature[0] ?? 0) ^ 1) };
    const check = async (...signatures: (typeof good)[]): Promise<unknown> =>
      verifyNote({ text: TEXT, signatures }, [key], primitives);
    expect(await check(sharesName, sharesId, good, good)).toMatchObject({ ok: true, value: { length: 1 } });
    expect(await check(sharesName, sharesId)).toEqual({ ok: false, code: "log/unknown-key" });
    expect(await check(good, wrong)).toEqual({ ok: false, code: "log/bad-signature" });
    expect(await check({ ...good, signature: good.signature.subarray(1) })).toEqual({
      ok: false,
      code: "log/bad-signature",
    });
  });

  it("L-41 parse verifier keys strictly", () => {
    expect(parseVerifierKey(formatVerifierKey(witnessKey), testSha256)).toEqual({ ok: true, value: witnessKey });
    const [name, id, base64] = EXAMPLE_KEY.split("+");
    const short = toBase64(Uint8Array.of(1, 2, 3));
    for (const text of [
      "",
      `${name}+${id}`,
      `+${id}+${base64}`,
      `a b+${id}+${base64}`,
      `other+${id}+${base64}`,
      `${name}+530D903A+${base64}`,
      `${name}+530d903b+${base64}`,
      `${name}+${id}+${short}`,
      `${name}+${id}+`,
    ]) {
      expect(parseVerifierKey(text, testSha256)).toMatchObject({ ok: false, code: "log/bad-key" });
    }
    expect(parseVerifierKey(`k+00000000+${toBase64(Uint8Array.of(2, 9))}`, testSha256)).toMatchObject({
      value: { algorithm: 2 },
    });
    expect(isKeyName("")).toBe(false);
    expect(isKeyName("example.com/é")).toBe(true);
  });
});

describe("checkpoints", () => {
  it("L-43 round-trip, extension lines included", async () => {
    const checkpoint = {
      origin: "example.com/log",
      size: 20_852_163,
      root: new Uint8Array(32).fill(7),
      extensions: ["x", "y"],
    };
    const bytes = encodeCheckpoint(checkpoint, [await signNote(encodeCheckpointText(checkpoint), key, signer)]);
    expect(await openCheckpoint(bytes, [key], primitives)).toMatchObject({ ok: true, value: { checkpoint } });
    expect(await openCheckpoint(bytes, [witnessKey], primitives)).toEqual({ ok: false, code: "log/unknown-key" });
    expect(decodeCheckpoint(Uint8Array.of(...bytes, 10))).toMatchObject({ ok: false, code: "log/bad-note" });
  });

  const root = toBase64(new Uint8Array(32));
  it.each([
    ["two lines", "o\n1\n", "log/bad-checkpoint"],
    ["an empty origin", `\n1\n${root}\n`, "log/bad-checkpoint"],
    ["a leading zero", `o\n01\n${root}\n`, "log/bad-checkpoint"],
    ["a sign", `o\n+1\n${root}\n`, "log/bad-checkpoint"],
    ["a size above 2^53 - 1", `o\n9007199254740992\n${root}\n`, "log/out-of-range"],
    ["a huge size", `o\n18446744073709551615\n${root}\n`, "log/out-of-range"],
    ["a short root", `o\n1\n${toBase64(new Uint8Array(31))}\n`, "log/bad-checkpoint"],
    ["an empty extension line", `o\n1\n${root}\n\nx\n`, "log/bad-checkpoint"],
    ["no last newline", `o\n1\n${root}`, "log/bad-checkpoint"],
  ])("L-43 refuse %s", (_, text, code) => expect(decodeCheckpointText(text)).toMatchObject({ ok: false, code }));

  it("L-43 refuse to write what cannot be read", () => {
    for (const checkpoint of [
      { origin: "a\nb", size: 1, root: new Uint8Array(32) },
      { origin: "a", size: -1, root: new Uint8Array(32) },
      { origin: "a", size: 1, root: new Uint8Array(31) },
      { origin: "a", size: 1, root: new Uint8Array(32), extensions: ["x\ny"] },
    ]) {
      expect(() => encodeCheckpointText(checkpoint)).toThrow("log/bad-argument");
    }
  });
});

describe("cosignatures", () => {
  it("L-45 sign the header, the time and the whole text", async () => {
    const message = cosignatureMessage(TEXT, witnessKey, 1_679_315_147n);
    expect(message).toEqual({ ok: true, value: utf8(`cosignature/v1\ntime 1679315147\n${TEXT}`) });
    const signature = await cosign(TEXT, { key: witnessKey, signer: witness }, 1_679_315_147n);
    expect(signature.signature).toHaveLength(72);
    const checked = await verifyNote({ text: TEXT, signatures: [signature] }, [key, witnessKey], primitives);
    expect(checked).toMatchObject({ ok: true, value: [{ timeSeconds: 1_679_315_147n }] });
    const later = { ...signature, signature: signature.signature.with(7, 0) };
    expect(await verifyNote({ text: TEXT, signatures: [later] }, [witnessKey], primitives)).toMatchObject({
      code: "log/bad-signature",
    });
  });

  it("L-45 the example of the specification has the time it names", () => {
    const line =
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    const bytes = fromBase64(line)?.subarray(4) ?? new Uint8Array(0);
    expect(decodeCosignature(bytes, NoteAlgorithm.cosignatureEd25519)).toMatchObject({
      value: { timeSeconds: 1_679_315_147n },
    });
  });

  it("L-45 refuse times above 2^63 - 1, wrong sizes, and text that is no checkpoint", async () => {
    const bytes = new Uint8Array(72).fill(0x80, 0, 1);
    expect(decodeCosignature(bytes, NoteAlgorithm.cosignatureEd25519)).toEqual({
      ok: false,
      code: "log/bad-timestamp",
    });
    expect(decodeCosignature(bytes.subarray(1), NoteAlgorithm.cosignatureEd25519)).toEqual({
      ok: false,
      code: "log/bad-signature",
    });
    const cosigner = { key: witnessKey, signer: witness };
    await expect(cosign("no checkpoint\n", cosigner, 1n)).rejects.toMatchObject({ code: "log/bad-argument" });
    await expect(cosign(TEXT, cosigner, 0n)).rejects.toMatchObject({ code: "log/bad-argument" });
    const plain = await signNote("no checkpoint\n", key, signer);
    const odd = { name: witnessKey.name, keyId: witnessKey.keyId, signature: new Uint8Array(72) };
    const checked = await verifyNote({ text: "no checkpoint\n", signatures: [plain, odd] }, [witnessKey], primitives);
    expect(checked).toEqual({ ok: false, code: "log/bad-checkpoint" });
  });

  it("L-45 ML-DSA-44 is held by the table and used when its primitive is there", async () => {
    const publicKey = new Uint8Array(1312).fill(3);
    const pq = makeVerifierKey("witness.example/pq", NoteAlgorithm.cosignatureMlDsa44, publicKey, testSha256);
    const seen: Uint8Array[] = [];
    const fake = { publicKey, sign: (message: Uint8Array) => (seen.push(message), new Uint8Array(2420).fill(9)) };
    const signature = await cosign(TEXT, { key: pq, signer: fake }, 5n);
    const signed = { text: TEXT, signatures: [signature] };
    expect(await verifyNote(signed, [pq], primitives)).toEqual({ ok: false, code: "log/unknown-algorithm" });
    const mlDsa44 = (_: Uint8Array, message: Uint8Array): boolean => (seen.push(message), true);
    expect(await verifyNote(signed, [pq], { ...primitives, mlDsa44 })).toMatchObject({
      ok: true,
      value: [{ timeSeconds: 5n }],
    });
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toHaveLength(12 + 1 + 18 + 8 + 1 + 15 + 8 + 8 + 32);
  });

  it("L-45 ML-DSA-44 as Node has it signs and verifies, and no altered signature does", async () => {
    const pair = generateKeyPairSync("ml-dsa-44");
    const spki = pair.publicKey.export({ format: "der", type: "spki" });
    const publicKey = new Uint8Array(spki.subarray(-1312));
    const prefix = spki.subarray(0, -1312);
    const mlDsa44: Verifier = (raw, message, bytes) => {
      const imported = createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });
      return verify(null, message, imported, bytes);
    };
    const pq = makeVerifierKey("witness.example/pq", NoteAlgorithm.cosignatureMlDsa44, publicKey, testSha256);
    const cosigner = { publicKey, sign: (message: Uint8Array) => new Uint8Array(sign(null, message, pair.privateKey)) };
    const signature = await cosign(TEXT, { key: pq, signer: cosigner }, 5n);
    const check = (one: NoteSignature) =>
      verifyNote({ text: TEXT, signatures: [one] }, [pq], { ...primitives, mlDsa44 });
    expect(await check(signature)).toMatchObject({ ok: true, value: [{ timeSeconds: 5n }] });
    for (const at of [7, 8, 2427]) {
      const altered = { ...signature, signature: signature.signature.with(at, (signature.signature[at] ?? 0) ^ 1) };
      expect(await check(altered)).toEqual({ ok: false, code: "log/bad-signature" });
    }
  });
});
