import { encodeStatement, FULL_FORM, inclusionProof, type SignedStatement } from "@chapar/log";
import { flipBit, nth, testHasher, testSigner } from "@chapar/log/testing";
import { utf8 } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeMapClaim } from "../claims/codec.ts";
import { testEvidencePorts as ports, TestStation } from "../testing/index.ts";
import type { Challenge } from "../types.ts";
import { checkAnswer, checkChallenge, type CheckedChallenge } from "./check.ts";
import { challengeHash, decodeAnswer, decodeChallenge, encodeAnswer, encodeChallenge } from "./codec.ts";

const station = new TestStation();
const reader = testSigner(9);
const ROOM = "room";
let entry: Challenge;
let person: Challenge;
let head: SignedStatement;

beforeAll(async () => {
  await station.append(ROOM, ["one", "two", "three"]);
  station.addOp("dara");
  station.addOp("dara");
  await station.epoch();
  ({ head } = await station.append(ROOM, ["four"]));
  const common = { station: station.key, index: 1, timeMs: 1_800_000_000_000, nonce: new Uint8Array(16).fill(1) };
  entry = {
    ...common,
    kind: "entry",
    basis: { isClaim: false, bytes: encodeStatement(head, FULL_FORM) },
    subject: station.log(ROOM),
    reader: reader.publicKey,
  };
  person = {
    ...common,
    kind: "identity",
    basis: { isClaim: true, bytes: encodeMapClaim(await station.identityClaim("dara")) },
    subject: station.identity("dara"),
    reader: undefined,
  };
});

async function asked(challenge: Challenge): Promise<CheckedChallenge> {
  const checked = await checkChallenge(encodeChallenge(challenge), ports);
  if (!checked.ok) throw new Error(checked.code);
  return checked.value;
}

const codeOf = async (challenge: Challenge): Promise<string> => {
  const checked = await checkChallenge(encodeChallenge(challenge), ports);
  return checked.ok ? "ok" : checked.code;
};

describe("challenges", () => {
  it("E-40 come back from their bytes; any bytes are a value or a code", () => {
    for (const challenge of [entry, person]) {
      const bytes = encodeChallenge(challenge);
      expect(decodeChallenge(bytes)).toEqual({ ok: true, value: challenge });
      expect(decodeChallenge(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, code: "wire/trailing" });
      for (let size = 0; size < bytes.byteLength; size += 7)
        expect(decodeChallenge(bytes.slice(0, size))).toMatchObject({ ok: false });
      expect(challengeHash(bytes, ports.sha256)).not.toEqual(challengeHash(flipBit(bytes, 9), ports.sha256));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(3), (rest, kind) => {
        const bytes = Uint8Array.of(1, kind, ...rest);
        const decoded = decodeChallenge(bytes);
        if (decoded.ok) expect(encodeChallenge(decoded.value)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
    expect(decodeChallenge(Uint8Array.of(2, 0))).toMatchObject({ code: "evidence/malformed" });
    expect(decodeChallenge(new Uint8Array(4097))).toMatchObject({ code: "wire/too-long" });
    for (const bad of [
      { ...entry, nonce: new Uint8Array(15) },
      { ...person, reader: reader.publicKey },
      { ...entry, basis: { isClaim: true, bytes: new Uint8Array(3072) } },
    ])
      expect(() => encodeChallenge(bad)).toThrow("evidence/bad-argument");
  });

  it("E-40 rest on a statement, a head claim, an identity word or an identity claim of the accused", async () => {
    const claim = { isClaim: true, bytes: encodeMapClaim(await station.headClaim(ROOM)) };
    const word = { isClaim: false, bytes: await station.identityWord("dara") };
    expect(await asked(entry)).toMatchObject({ kind: "entry", basis: { size: 4 }, basisMs: head.batch.timeMs });
    expect(await asked({ ...entry, basis: claim })).toMatchObject({ kind: "entry", basis: { size: 3 } });
    expect(await asked(person)).toMatchObject({ kind: "identity", basis: { opCount: 2 } });
    expect(await asked({ ...person, basis: word })).toMatchObject({ kind: "identity", basis: { opCount: 2 } });
  });

  it("E-40 that rest on anything else are refused", async () => {
    const claim = { isClaim: true, bytes: encodeMapClaim(await station.headClaim(ROOM)) };
    const word = { isClaim: false, bytes: await station.identityWord("dara") };
    const other = new TestStation(2).key;
    expect(await codeOf({ ...entry, station: other })).toBe("evidence/wrong-station");
    expect(await codeOf({ ...person, basis: word, station: other })).toBe("evidence/wrong-station");
    expect(await codeOf({ ...entry, index: 4 })).toBe("evidence/wrong-subject");
    expect(await codeOf({ ...entry, index: 3, basis: claim })).toBe("evidence/wrong-subject");
    expect(await codeOf({ ...person, index: 2 })).toBe("evidence/wrong-subject");
    expect(await codeOf({ ...entry, subject: station.log("other") })).toBe("evidence/wrong-subject");
    expect(await codeOf({ ...entry, basis: claim, subject: station.log("other") })).toBe("evidence/bad-proof");
    expect(await codeOf({ ...person, basis: word, subject: station.log(ROOM) })).toBe("evidence/wrong-subject");
    expect(await codeOf({ ...person, basis: { ...entry.basis } })).toBe("evidence/malformed");
    expect(await codeOf({ ...entry, basis: { isClaim: true, bytes: entry.basis.bytes } })).toBe("evidence/malformed");
    const forged = { isClaim: false, bytes: flipBit(word.bytes, 8 * (word.bytes.byteLength - 1)) };
    expect(await codeOf({ ...person, basis: forged })).toBe("evidence/bad-signature");
    const nowhere = { isClaim: true, bytes: encodeMapClaim(await station.headClaim("nowhere")) };
    const absent = { ...entry, basis: nowhere, subject: station.log("nowhere") };
    expect(await codeOf(absent)).toBe("evidence/wrong-subject");
  });
});

describe("answers", () => {
  const answer = async (challenge: Challenge, bytes: Uint8Array): Promise<string> => {
    const checked = await checkAnswer(await asked(challenge), bytes, ports);
    return checked.ok ? checked.value.kind : checked.code;
  };
  const proofOf = (index: number): Promise<Uint8Array[]> =>
    inclusionProof(index, 4, station.room(ROOM).tree.reader, testHasher());

  it("E-40 are the entry with its inclusion under the basis's root", async () => {
    const inclusion = await proofOf(1);
    expect(await answer(entry, encodeAnswer({ kind: "entry", entry: utf8("two"), inclusion }))).toBe("entry");
    const wrong = encodeAnswer({ kind: "entry", entry: utf8("TWO"), inclusion });
    expect(await answer(entry, wrong)).toBe("evidence/bad-proof");
    const elsewhere = encodeAnswer({ kind: "entry", entry: utf8("three"), inclusion: await proofOf(2) });
    expect(await answer(entry, elsewhere)).toBe("evidence/bad-proof");
  });

  it("E-40 are a manifest for the reader that asked, which says that the entry is gone", async () => {
    const later = station.copy();
    later.remove(ROOM, 1);
    const manifest = await later.manifest(ROOM, { reader });
    const asManifest = (bytes: Uint8Array): Uint8Array => encodeAnswer({ kind: "manifest", manifest: bytes });
    expect(await answer(entry, asManifest(manifest))).toBe("manifest");
    expect(await answer({ ...entry, index: 2 }, asManifest(manifest))).toBe("evidence/wrong-subject");
    expect(await answer({ ...entry, reader: undefined }, asManifest(manifest))).toBe("evidence/wrong-subject");
    expect(await answer(entry, asManifest(await later.manifest(ROOM)))).toBe("evidence/wrong-subject");
    const missing = await later.manifest(ROOM, { reader, first: 2 });
    expect(await answer(entry, asManifest(missing))).toBe("evidence/wrong-subject");
    const stranger = new TestStation(2);
    await stranger.append(ROOM, ["one", "two"]);
    stranger.remove(ROOM, 1);
    expect(await answer(entry, asManifest(await stranger.manifest(ROOM, { reader })))).toBe("evidence/wrong-station");
    const forged = flipBit(manifest, 8 * (manifest.byteLength - 1));
    expect(await answer(entry, asManifest(forged))).toBe("evidence/bad-signature");
    expect(await answer(entry, asManifest(new Uint8Array(3)))).toBe("evidence/malformed");
  });

  it("E-40 are the op with the genesis, which lead to the commitment", async () => {
    const [genesis, op] = [nth(station.chain("dara"), 0), nth(station.chain("dara"), 1)];
    const good = encodeAnswer({ kind: "op", genesis, op });
    expect(await answer(person, good)).toBe("op");
    const first = encodeAnswer({ kind: "op", genesis, op: genesis });
    expect(await answer({ ...person, index: 0 }, first)).toBe("op");
    expect(await answer(person, first)).toBe("evidence/wrong-subject");
    const fork = station.copy();
    fork.addOp("sara");
    const other = encodeAnswer({ kind: "op", genesis: nth(fork.chain("sara"), 0), op });
    expect(await answer(person, other)).toBe("evidence/wrong-subject");
    const begun = new TestStation();
    begun.addOp("dara");
    const altered = encodeAnswer({ kind: "op", genesis, op: begun.addOp("dara", 7) });
    expect(await answer(person, altered)).toBe("evidence/bad-proof");
    expect(await answer(person, encodeAnswer({ kind: "op", genesis, op: new Uint8Array(9) }))).toBe(
      "evidence/malformed",
    );
    expect(await answer(entry, good)).toBe("evidence/wrong-subject");
    const inclusion = await proofOf(1);
    const entryBytes = encodeAnswer({ kind: "entry", entry: utf8("two"), inclusion });
    expect(await answer(person, entryBytes)).toBe("evidence/wrong-subject");
  });

  it("E-40 come back from their bytes; any bytes are a value or a code", async () => {
    for (const one of [
      { kind: "entry", entry: utf8("two"), inclusion: await proofOf(1) },
      { kind: "manifest", manifest: Uint8Array.of(1, 2) },
      { kind: "op", genesis: Uint8Array.of(1), op: Uint8Array.of(2) },
    ] as const) {
      const bytes = encodeAnswer(one);
      expect(decodeAnswer(bytes)).toEqual({ ok: true, value: one });
      expect(decodeAnswer(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, code: "wire/trailing" });
      expect(decodeAnswer(bytes.slice(0, -1))).toMatchObject({ ok: false });
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeAnswer(bytes);
        if (decoded.ok) expect(encodeAnswer(decoded.value)).toEqual(bytes);
      }),
    );
    expect(decodeAnswer(Uint8Array.of(3))).toMatchObject({ code: "evidence/malformed" });
    expect(decodeAnswer(new Uint8Array(600_000))).toMatchObject({ code: "wire/too-long" });
    expect(await answer(entry, new Uint8Array(1))).toBe("evidence/malformed");
  });
});
