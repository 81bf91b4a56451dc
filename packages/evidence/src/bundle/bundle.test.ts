import { flipBit, nth } from "@chapar/log/testing";
import { identityOf } from "@chapar/wire";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIAR, makeLies, testEvidencePorts as ports, TestStation } from "../testing/index.ts";
import { rememberingPorts } from "../testing/remembering.ts";
import { FAULTS } from "../types.ts";
import { BUNDLE_MAX_BYTES, decodeBundle, encodeBundle } from "./codec.ts";
import { verifyBundle } from "./verify.ts";

const lies = await makeLies();

const remembering = rememberingPorts(ports);

describe.each(lies)("a bundle: $name", ({ bundle, honest, fault, name }) => {
  const bytes = encodeBundle(bundle);

  it("E-30 is checked with nothing but itself, and names the station, the fault and its times", async () => {
    expect(bytes.byteLength).toBeLessThanOrEqual(BUNDLE_MAX_BYTES);
    const verdict = await verifyBundle(bytes, ports);
    expect(verdict).toMatchObject({ ok: true, value: { shape: bundle.shape, station: LIAR, fault } });
    if (!verdict.ok) throw new Error(verdict.code);
    const { sinceMs, untilMs } = verdict.value;
    expect(sinceMs === undefined || untilMs === undefined || sinceMs <= untilMs).toBe(true);
    expect(decodeBundle(bytes)).toEqual({ ok: true, value: bundle });
    expect(FAULTS[bundle.shape]).toContain(fault);
  });

  it("E-30 shows nothing with objects that can all be true", async () => {
    const code = bundle.shape === "unanswered" ? "evidence/wrong-subject" : "evidence/not-false";
    expect(await verifyBundle(encodeBundle(honest), ports)).toEqual({ ok: false, code });
  });

  it("E-30 is another's only when it is signed by another", async () => {
    const other = new TestStation(2).key;
    const result = await verifyBundle(encodeBundle({ ...bundle, station: other }), ports);
    expect(result).toMatchObject({ ok: false });
    expect({ name, result }).toMatchObject({
      result: { code: expect.stringMatching(/^evidence\/(wrong-station|bad-signature|bad-proof)$/) },
    });
  });

  it("E-30 with any byte altered, cut or added is refused", async () => {
    // Every byte of the first lie of each shape; some of each part of the others, which are made of the same parts.
    const step = lies.find((one) => one.bundle.shape === bundle.shape)?.bundle === bundle ? 1 : 29;
    for (let at = 0; at < bytes.byteLength; at += step) {
      const checked = await verifyBundle(flipBit(bytes, 8 * at + (at % 8)), remembering);
      expect({ at, ok: checked.ok }).toEqual({ at, ok: false });
    }
    expect(await verifyBundle(bytes.slice(0, -1), ports)).toEqual({ ok: false, code: "evidence/malformed" });
    expect(await verifyBundle(Uint8Array.of(...bytes, 0), ports)).toEqual({ ok: false, code: "evidence/malformed" });
  });
});

describe("bundles", () => {
  it("E-33 hold nothing of what was written, and no identity id", () => {
    const station = new TestStation();
    const genesis = station.addOp("dara");
    const secrets = ["three", "four", "five", "FOUR", "dara"].map((text) => Buffer.from(text));
    secrets.push(Buffer.from(identityOf(genesis, ports.sha256)), Buffer.from(genesis.subarray(6)));
    const all = Buffer.concat(lies.map(({ bundle }) => encodeBundle(bundle)));
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  });

  it("E-30 have a lie for every fault of every shape", () => {
    const made = new Set(lies.map(({ bundle, fault }) => `${bundle.shape} ${fault}`));
    const all = Object.entries(FAULTS).flatMap(([shape, faults]) => faults.map((fault) => `${shape} ${fault}`));
    expect([...made].sort()).toEqual([...all].sort());
  });

  it("E-30 answer any bytes with a verdict or a code", async () => {
    const head = encodeBundle(nth(lies, 0).bundle).subarray(0, 16);
    await fc.assert(
      fc.asyncProperty(fc.nat(12), fc.uint8Array({ maxLength: 300 }), async (shape, rest) => {
        const bytes = Uint8Array.of(...head, shape, ...rest);
        expect(decodeBundle(bytes).ok).toBe(false);
        expect(await verifyBundle(bytes, ports)).toMatchObject({ ok: false });
      }),
      { numRuns: 300 },
    );
    const unknown = Uint8Array.of(...head, 10, ...new Uint8Array(32));
    expect(await verifyBundle(unknown, ports)).toEqual({ ok: false, code: "evidence/unknown-shape" });
    expect(await verifyBundle(new Uint8Array(4097), ports)).toEqual({ ok: false, code: "evidence/too-large" });
    expect(await verifyBundle(new Uint8Array(40), ports)).toEqual({ ok: false, code: "evidence/malformed" });
  });
});
