import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { consistencyProof } from "../proof/consistency.ts";
import { verifyContradiction } from "../receipt/contradiction.ts";
import type { SignedStatement, Verified } from "../receipt/statement.ts";
import { encodeStatement } from "../receipt/statement-codec.ts";
import { verifyStatement } from "../receipt/verify.ts";
import { flipBit, nth, testHasher, testSigner, TestStationLog, testVerifier } from "../testing/index.ts";
import { checkPage } from "./check-page.ts";
import { decodeHeldHead, encodeHeldHead, type HeldHead, startHeldHead } from "./held-head.ts";
import { type LogFault, type LogStep, MAX_CLOCK_SKEW_MS, stepLog } from "./step.ts";

const hasher = testHasher();
const ports = { hasher, verify: testVerifier };
const signer = testSigner(1);
const logId = new Uint8Array(32).fill(5);
const makeLog = (): TestStationLog => new TestStationLog(hasher, signer, logId);
const start = (): HeldHead => startHeldHead(signer.publicKey, logId, hasher);

async function verified(head: SignedStatement): Promise<Verified<SignedStatement>> {
  const checked = await verifyStatement(head, head.batch.stationKey, ports);
  if (!checked.ok) throw new Error(checked.code);
  return checked.value;
}

async function take(held: HeldHead, log: TestStationLog, head: SignedStatement, end = head.size): Promise<LogStep> {
  const first = held.range.size;
  const leafHashes = log.leaves.slice(first, end);
  const bridge =
    end < head.size && end > 0 ? { consistency: await consistencyProof(end, head.size, log.tree.reader, hasher) } : {};
  return stepLog(held, { first, leafHashes, head: await verified(head), ...bridge }, hasher);
}

function must(step: LogStep): HeldHead {
  if (step.fault !== undefined) throw new Error(step.fault.code);
  return step.state;
}

function faultOf(step: LogStep, before: HeldHead): LogFault {
  expect(step.state).toBe(before);
  if (step.fault === undefined) throw new Error("no fault");
  return step.fault;
}

async function provable(fault: LogFault): Promise<string> {
  if (fault.contradiction === undefined) throw new Error("no contradiction");
  const checked = await verifyContradiction(fault.contradiction, signer.publicKey, ports);
  if (!checked.ok) throw new Error(checked.code);
  return checked.value;
}

describe("an honest station", () => {
  it("L-30 is believed however its log is cut into pages and whatever heads come between", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat({ max: 12 })),
        async (commits, cuts) => {
          const log = makeLog();
          let held = start();
          for (const [i, count] of commits.entries()) {
            const { head } = await log.commit(
              Array.from({ length: count }, (_, j) => `${i}/${j}`),
              1000 + i,
            );
            const end = Math.min(head.size, held.range.size + Number(cuts.next().value));
            held = must(await take(held, log, head, end));
            const stored = decodeHeldHead(encodeHeldHead(held), hasher);
            if (!stored.ok) throw new Error(stored.code);
            expect(encodeHeldHead(stored.value)).toEqual(encodeHeldHead(held));
            held = stored.value;
          }
          held = must(await take(held, log, nth(held.heads, held.heads.length - 1)));
          expect(held.range.root()).toEqual(log.tree.root());
          expect(held.heads).toHaveLength(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("L-29 L-22 a short receipt of the last entry serves as the head of a page", async () => {
    const log = makeLog();
    const { receipts } = await log.commit(["one", "two"], 1000);
    const head = encodeStatement(nth(receipts, 1));
    const step = await checkPage(start(), { first: 0, leafHashes: log.leaves, head }, ports);
    expect(must(step).range.size).toBe(2);
  });

  it("L-33 may answer an older head late: stale, not a misdeed", async () => {
    const log = makeLog();
    const old = await log.commit(["one"], 1000);
    const held = must(await take(start(), log, (await log.commit(["two"], 1001)).head));
    const step = stepLog(held, { first: 0, leafHashes: [], head: await verified(old.head) }, hasher);
    const fault = faultOf(step, held);
    expect(fault).toMatchObject({ code: "log/stale", held: { size: 2 }, offered: { size: 1 } });
    expect(fault.contradiction).toBeUndefined();
  });
});

describe("while entries are still on their way", () => {
  it("L-33 a head between the held entries and the newest head is stale too", async () => {
    const log = makeLog();
    const middle = await log.commit(["a", "b", "c"], 1000);
    const { head } = await log.commit(["d", "e"], 1001);
    const held = must(await take(start(), log, head, 1));
    expect(faultOf(await take(held, log, middle.head), held).code).toBe("log/stale");
  });
});

describe("a page that cannot be taken leaves the state alone", () => {
  it("L-30 gap, overlap, entries beyond the head, entries that end before it", async () => {
    const log = makeLog();
    const first = await log.commit(["a", "b", "c"], 1000);
    const held = must(await take(start(), log, first.head));
    const { head } = await log.commit(["d", "e"], 1001);
    const offered = await verified(head);
    const code = (page: { first: number; leafHashes: Uint8Array[] }): string =>
      faultOf(stepLog(held, { ...page, head: offered }, hasher), held).code;
    expect(code({ first: 4, leafHashes: log.leaves.slice(4) })).toBe("log/gap");
    expect(code({ first: 2, leafHashes: log.leaves.slice(2) })).toBe("log/overlap");
    expect(code({ first: 3, leafHashes: [...log.leaves.slice(3), nth(log.leaves, 0)] })).toBe("log/out-of-range");
    expect(code({ first: 3, leafHashes: log.leaves.slice(3, 4) })).toBe("log/incomplete");
    expect(code({ first: 3, leafHashes: [new Uint8Array(31), nth(log.leaves, 4)] })).toBe("log/bad-argument");
  });

  it("L-31 entries altered, dropped or reordered do not lead to the signed root", async () => {
    const log = makeLog();
    const { head } = await log.commit(["a", "b", "c", "d"], 1000);
    const a = nth(log.leaves, 0);
    const b = nth(log.leaves, 1);
    const c = nth(log.leaves, 2);
    const d = nth(log.leaves, 3);
    const offered = await verified(head);
    const held = start();
    for (const leafHashes of [
      [a, c, b, d],
      [a, b, c, flipBit(d, 3)],
      [a, a, c, d],
    ]) {
      expect(faultOf(stepLog(held, { first: 0, leafHashes, head: offered }, hasher), held).code).toBe("log/bad-root");
    }
    const wrong = await consistencyProof(3, 4, log.tree.reader, hasher);
    const dropped = { first: 0, leafHashes: [a, b, d], head: offered, consistency: wrong };
    expect(faultOf(stepLog(held, dropped, hasher), held).code).toBe("log/bad-root");
  });

  it("L-29 L-35 heads of another station, another log, or that do not decode or verify", async () => {
    const held = start();
    const own = await makeLog().commit(["a"], 1000);
    const otherLog = await new TestStationLog(hasher, signer, new Uint8Array(32)).commit(["a"], 1000);
    const otherStation = await new TestStationLog(hasher, testSigner(2), logId).commit(["a"], 1000);
    const step = (head: Verified<SignedStatement>): LogStep =>
      stepLog(held, { first: 0, leafHashes: [], head }, hasher);
    expect(faultOf(step(await verified(otherLog.head)), held).code).toBe("log/wrong-log");
    expect(faultOf(step(await verified(otherStation.head)), held).code).toBe("log/wrong-station");
    const bytes = encodeStatement(own.head);
    const check = async (head: Uint8Array): Promise<LogFault> =>
      faultOf(await checkPage(held, { first: 0, leafHashes: [], head }, ports), held);
    expect(await check(bytes.subarray(1))).toMatchObject({ code: "log/bad-statement", offered: undefined });
    expect(await check(flipBit(bytes, 8 * bytes.length - 9))).toMatchObject({ code: "log/bad-signature" });
    expect(await check(encodeStatement(otherLog.head, { logId: true }))).toMatchObject({ code: "log/wrong-log" });
    expect(await check(encodeStatement(nth(own.receipts, 0)))).toMatchObject({ code: "log/missing-context" });
  });

  it("L-34 a head from the future", async () => {
    const log = makeLog();
    const { head } = await log.commit(["a"], 10_000_000);
    const held = start();
    const page = { first: 0, leafHashes: log.leaves, head: await verified(head) };
    const late = 10_000_000 - MAX_CLOCK_SKEW_MS;
    expect(faultOf(stepLog(held, { ...page, nowMs: late - 1 }, hasher), held).code).toBe("log/from-future");
    expect(must(stepLog(held, { ...page, nowMs: late }, hasher)).range.size).toBe(1);
  });
});

describe("a lying station leaves a proof", () => {
  it("L-32 a fork at the held size", async () => {
    const held = must(await take(start(), ...(await logWith(["a", "b"], 1000))));
    const [liar, head] = await logWith(["a", "B"], 1001);
    const fault = faultOf(await take(held, liar, head), held);
    expect(fault).toMatchObject({ code: "log/forked", held: { size: 2 }, offered: { size: 2 } });
    expect(await provable(fault)).toBe("same-size");
  });

  it("L-32 roll-back to a smaller log, and a larger one dated before", async () => {
    const held = must(await take(start(), ...(await logWith(["a", "b"], 1000))));
    const [small, smallHead] = await logWith(["a"], 1001);
    const rolledBack = faultOf(await take(held, small, smallHead), held);
    expect([rolledBack.code, await provable(rolledBack)]).toEqual(["log/rolled-back", "rolled-back"]);
    const [large, largeHead] = await logWith(["a", "b", "c"], 999);
    const backdated = faultOf(await take(held, large, largeHead), held);
    expect([backdated.code, await provable(backdated)]).toEqual(["log/backdated", "rolled-back"]);
  });

  it("L-33 a fork behind a head that is still waiting for its entries", async () => {
    for (let heldSize = 1; heldSize < 12; heldSize++) {
      const names = Array.from({ length: 20 }, (_, i) => `e${i}`);
      const [honest, promised] = await logWith(names.slice(0, 13), 1000);
      const held = must(await take(start(), honest, promised, heldSize));
      const [liar, head] = await logWith(names.with(12, "rewritten"), 1001);
      const fault = faultOf(await take(held, liar, head), held);
      expect(fault.code).toBe("log/forked");
      expect(await provable(fault)).toBe("prefix");
      const partly = faultOf(await take(held, liar, head, 15), held);
      expect(partly).toMatchObject({ code: "log/forked", held: { size: 13 }, offered: { size: 20 } });
      expect(partly.contradiction).toBeUndefined();
    }
  });

  it("L-33 cannot make a client forget heads by flooding it with more", async () => {
    const log = makeLog();
    let held = start();
    let code = "";
    for (let i = 0; code === "" && i < 20; i++) {
      const { head } = await log.commit([`${i}`], 1000 + i);
      const step = stepLog(held, { first: 0, leafHashes: [], head: await verified(head) }, hasher);
      held = step.state;
      code = step.fault?.code ?? "";
    }
    expect(code).toBe("log/incomplete");
    expect(held.heads.map((head) => head.size)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe("stored state", () => {
  it("L-35 refuses trailing bytes and parts that do not belong together, and never throws", async () => {
    const held = must(await take(start(), ...(await logWith(["a", "b", "c"], 1000))));
    const bytes = encodeHeldHead(held);
    expect(decodeHeldHead(Uint8Array.of(...bytes, 0), hasher)).toMatchObject({ ok: false, code: "wire/trailing" });
    const foreign = encodeHeldHead({ ...held, logId: new Uint8Array(32) });
    expect(decodeHeldHead(foreign, hasher)).toMatchObject({ ok: false, code: "log/bad-statement" });
    const log = makeLog();
    let waiting = must(await take(start(), log, (await log.commit(["a"], 1000)).head, 0));
    waiting = must(await take(waiting, log, (await log.commit(["b"], 1001)).head, 0));
    const unordered = encodeHeldHead({ ...waiting, heads: waiting.heads.toReversed() });
    expect(decodeHeldHead(unordered, hasher)).toMatchObject({ ok: false, code: "log/bad-statement" });
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), fc.nat({ max: bytes.length }), (bit, end) => {
        const decoded = decodeHeldHead(flipBit(bytes, bit), hasher);
        if (decoded.ok) expect(encodeHeldHead(decoded.value)).toEqual(flipBit(bytes, bit));
        expect(decodeHeldHead(bytes.subarray(0, end), hasher).ok).toBe(end === bytes.length);
      }),
    );
  });
});

async function logWith(entries: readonly string[], timeMs: number): Promise<[TestStationLog, SignedStatement]> {
  const log = makeLog();
  const { head } = await log.commit(entries, timeMs);
  return [log, head];
}
