import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { dnsAnswer, dnsQuestion, weighAnswers } from "./dns.ts";

const answers = (...sets: readonly (readonly string[])[]): ReturnType<typeof weighAnswers> =>
  weighAnswers(sets.map((addresses) => ({ hasName: true, addresses })));

describe("lookups", () => {
  it("P-120 the second answer that contradicts the first shows the first as forged, and is gone on with", () => {
    expect(answers(["198.51.100.2"])).toEqual({ outcome: "ok", address: "198.51.100.2" });
    expect(answers(["10.10.34.35"])).toEqual({ outcome: "forged", address: undefined });
    expect(answers(["31.13.94.37"], ["198.51.100.2"])).toEqual({ outcome: "forged", address: "198.51.100.2" });
    expect(answers(["198.51.100.2", "198.51.100.3"], ["198.51.100.3"])).toMatchObject({ outcome: "ok" });
    expect(answers()).toEqual({ outcome: "timeout", address: undefined });
    expect(weighAnswers([{ hasName: false, addresses: [] }])).toEqual({ outcome: "no-such-name", address: undefined });
  });

  it("P-120 an answer is read with compressed names, and any bytes are read without harm", () => {
    const question = dnsQuestion(0x1234, "station.example")!;
    const record = Uint8Array.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 2);
    const answer = Uint8Array.of(...question, ...record);
    answer[2] = 0x81;
    answer[7] = 1;
    expect(dnsAnswer(0x1234, answer)).toEqual({ hasName: true, addresses: ["198.51.100.2"] });
    expect(dnsAnswer(0x1235, answer)).toBeUndefined();
    expect(dnsQuestion(1, "a..b")).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(answer.length), (junk, cut) => {
        const mixed = Uint8Array.of(...answer.slice(0, cut), ...junk);
        const read = dnsAnswer(0x1234, mixed);
        expect(read === undefined || read.addresses.length <= 32).toBe(true);
      }),
    );
  });
});
