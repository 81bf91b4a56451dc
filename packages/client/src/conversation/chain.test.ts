import { array, assert, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChainLink, followChain, startChain } from "./chain.ts";

const device = new Uint8Array(32).fill(1);
const hashOf = (n: number): Uint8Array => new Uint8Array(32).fill(n + 1);
const link = (sequence: number): ChainLink => ({
  sequence,
  previous: sequence === 0 ? new Uint8Array(32) : hashOf(sequence - 1),
  hash: hashOf(sequence),
});

describe("a sender's chain", () => {
  it("F-24 follows letters in order and skips nothing", () => {
    let chain = startChain(device);
    for (let i = 0; i < 10; i++) {
      const verdict = followChain(chain, link(i));
      expect(verdict).toMatchObject({ ok: true, skipped: 0 });
      if (verdict.ok) chain = verdict.chain;
    }
    expect(chain).toMatchObject({ nextSequence: 10, missing: [] });
  });

  it("F-24 counts what was skipped, and takes it when it comes late, once", () => {
    const ahead = followChain(startChain(device), link(3));
    if (!ahead.ok) throw new Error(ahead.code);
    expect(ahead).toMatchObject({ skipped: 3, chain: { nextSequence: 4, missing: [0, 1, 2] } });
    const late = followChain(ahead.chain, link(1));
    if (!late.ok) throw new Error(late.code);
    expect(late).toMatchObject({ skipped: 0, chain: { nextSequence: 4, missing: [0, 2] } });
    expect(followChain(late.chain, link(1))).toEqual({ ok: false, code: "client/repeated-sequence" });
  });

  it("F-24 refuses a sequence used before and a wrong hash of the letter before", () => {
    const first = followChain(startChain(device), link(0));
    if (!first.ok) throw new Error(first.code);
    expect(followChain(first.chain, link(0))).toEqual({ ok: false, code: "client/repeated-sequence" });
    const forged = { ...link(1), previous: hashOf(9) };
    expect(followChain(first.chain, forged)).toEqual({ ok: false, code: "client/broken-chain" });
  });

  it("F-24 takes every sequence at most once and remembers a bounded number of gaps, whatever comes", () => {
    assert(
      property(array(nat(2 ** 40), { maxLength: 200 }), (sequences) => {
        let chain = startChain(device);
        const taken = new Set<number>();
        for (const sequence of sequences) {
          const verdict = followChain(chain, { sequence, previous: chain.previous, hash: hashOf(sequence % 200) });
          if (!verdict.ok) continue;
          expect(taken.has(sequence)).toBe(false);
          taken.add(sequence);
          chain = verdict.chain;
          expect(chain.missing.length).toBeLessThanOrEqual(64);
        }
      }),
    );
  });
});
