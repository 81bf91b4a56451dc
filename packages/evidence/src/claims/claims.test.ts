import { cosign, makeVerifierKey, NoteAlgorithm } from "@chapar/log";
import { flipBit, nth, testSha256, testSigner } from "@chapar/log/testing";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { testEvidencePorts as ports, TestStation } from "../testing/index.ts";
import type { LeafClaim, MapClaim } from "../types.ts";
import { decodeMapClaim, encodeMapClaim } from "./codec.ts";
import { MAX_GENERATIONS } from "./generation.ts";
import { openHeadClaim, openIdentityClaim, openIncident, openLeafClaim, withoutCosignatures } from "./open.ts";

const station = new TestStation();
const { key } = station;
const stranger = new TestStation(2).key;
let head: MapClaim;
let identity: MapClaim;
let leaf: LeafClaim;

beforeAll(async () => {
  await station.append("room", ["one", "two"]);
  station.addOp("dara");
  station.addOp("sara");
  await station.epoch();
  head = await station.headClaim("room");
  identity = await station.identityClaim("sara");
  leaf = await station.ledger.leafClaim(1);
});

describe("claims", () => {
  it("E-20 say what an epoch has, and that it has not, under the station's key alone", async () => {
    const opened = await openHeadClaim(head, station.log("room"), key, ports);
    const root = station.room("room").tree.root();
    const place = { index: 2, ledgerSize: 3, generation: 1 };
    expect(opened).toMatchObject({ ok: true, value: { ...place, epoch: { number: 0 }, value: { size: 2, root } } });
    const who = await openIdentityClaim(identity, station.identity("sara"), key, ports);
    expect(who).toMatchObject({ ok: true, value: { ...place, value: { opCount: 1 } } });
    const none = await openHeadClaim(await station.headClaim("nowhere"), station.log("nowhere"), key, ports);
    expect(none).toMatchObject({ ok: true, value: { value: undefined } });
    expect(await openLeafClaim(leaf, key, ports)).toMatchObject({
      ok: true,
      value: { leaf: { kind: "identity-op", seq: 0 }, index: 1, size: 3, generation: 1 },
    });
  });

  it("E-20 are refused for another log, another station, another leaf, and where the leaf is no epoch", async () => {
    const other = await openHeadClaim(head, station.log("other"), key, ports);
    expect(other).toEqual({ ok: false, code: "evidence/bad-proof" });
    const log = station.log("room");
    expect(await openHeadClaim(head, log, stranger, ports)).toEqual({ ok: false, code: "evidence/wrong-station" });
    expect(await openLeafClaim({ ...leaf, leaf: head.epoch.leaf }, key, ports)).toEqual({
      ok: false,
      code: "evidence/bad-signature",
    });
    expect(await openLeafClaim({ ...leaf, leaf: Uint8Array.of(1, 0) }, key, ports)).toEqual({
      ok: false,
      code: "evidence/malformed",
    });
    const notEpoch = await openHeadClaim({ ...head, epoch: leaf }, log, key, ports);
    expect(notEpoch).toEqual({ ok: false, code: "evidence/malformed" });
  });

  it("E-20 with any byte altered are refused", async () => {
    const bytes = encodeMapClaim(head);
    const log = station.log("room");
    for (let at = 0; at < bytes.byteLength; at++) {
      const decoded = decodeMapClaim(flipBit(bytes, 8 * at + 3));
      const opened = decoded.ok ? await openHeadClaim(decoded.value, log, key, ports) : decoded;
      expect({ at, ok: opened.ok }).toEqual({ at, ok: false });
    }
  });

  it("E-20 come back from their bytes, and any bytes are a value or a code", () => {
    for (const claim of [head, identity]) {
      const bytes = encodeMapClaim(claim);
      expect(decodeMapClaim(bytes)).toEqual({ ok: true, value: claim });
      expect(decodeMapClaim(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, code: "wire/trailing" });
      expect(decodeMapClaim(bytes.slice(0, -1))).toMatchObject({ ok: false });
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeMapClaim(bytes);
        if (decoded.ok) expect(encodeMapClaim(decoded.value)).toEqual(bytes);
      }),
    );
  });

  it("E-20 lose the cosignatures of witnesses and stay what they are", async () => {
    const witness = testSigner(7);
    const key7 = makeVerifierKey("w", NoteAlgorithm.cosignatureEd25519, witness.publicKey, testSha256);
    const text = `x\n1\n${"A".repeat(43)}=\n`;
    const more = [await cosign(text, { key: key7, signer: witness }, 7n)];
    const claim = await station.ledger.leafClaim(1, 0, more);
    expect(claim.proof.byteLength).toBeGreaterThan(leaf.proof.byteLength + 72);
    expect(withoutCosignatures(claim, key, ports)).toEqual({ ok: true, value: leaf });
    expect(await openLeafClaim(claim, key, ports)).toEqual(await openLeafClaim(leaf, key, ports));
    expect(withoutCosignatures(claim, stranger, ports)).toEqual({ ok: false, code: "evidence/wrong-station" });
  });
});

describe("generations of a log", () => {
  it("E-20 are told by the origin that signed, and an incident excuses only as the first leaf of one after the first", async () => {
    const restored = station.copy();
    const incident = restored.restore(station.timeMs + 1000, MAX_GENERATIONS);
    const second = restored.ledger.record(incident);
    await restored.epoch();
    const first = await restored.ledger.leafClaim(0);
    expect(await openIncident(first, key, ports)).toEqual({ ok: true, value: incident });
    expect(await openLeafClaim(first, key, ports)).toMatchObject({ value: { generation: MAX_GENERATIONS, index: 0 } });
    const later = await openIncident(await restored.ledger.leafClaim(second), key, ports);
    expect(later).toEqual({ ok: false, code: "evidence/wrong-subject" });
    const begun = new TestStation();
    begun.ledger.record(incident);
    await begun.epoch();
    expect(await openIncident(await begun.ledger.leafClaim(0), key, ports)).toEqual({
      ok: false,
      code: "evidence/wrong-subject",
    });
    expect(await openIncident(nth([leaf], 0), stranger, ports)).toEqual({ ok: false, code: "evidence/wrong-station" });
  });
});
