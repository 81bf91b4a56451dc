import { testSigner } from "@chapar/log/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvidencePorts } from "../ports.ts";
import { accusations } from "../testing/accusations.ts";
import { arbitraryStep, History, type Said, type Step } from "../testing/history.ts";
import { testEvidencePorts as ports, TestStation } from "../testing/index.ts";
import { rememberingPorts } from "../testing/remembering.ts";
import type { Verdict } from "../types.ts";
import { accuseHeads, accuseIdentity } from "./accuse.ts";
import { encodeBundle } from "./codec.ts";
import { isExcused, verifyBundle } from "./verify.ts";

const honest = new TestStation();

interface Search {
  readonly tried: number;
  readonly verdicts: readonly Verdict[];
}

/** Every verdict that can be had from what was said. */
async function search(said: Said, remembering: EvidencePorts): Promise<Search> {
  const verdicts: Verdict[] = [];
  let tried = 0;
  for await (const bundle of accusations(said, honest.key, (room) => honest.log(room))) {
    tried++;
    const checked = await verifyBundle(encodeBundle(bundle), remembering);
    if (checked.ok) verdicts.push(checked.value);
  }
  return { tried, verdicts };
}

const steps = fc.array(arbitraryStep, { minLength: 4, maxLength: 24 });
const isCalm = (step: Step): boolean => step.do !== "restore";

describe("an honest station", () => {
  it("E-31 is accused by no combination of what it signed", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const said = await new History().run(drawn.filter(isCalm));
        const { tried, verdicts } = await search(said, rememberingPorts(ports));
        expect(verdicts).toEqual([]);
        expect(tried).toBeGreaterThan(0);
      }),
      { numRuns: 12 },
    );
  });

  it("E-31 is excused by its incidents, whatever it was restored from", async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, async (before, after) => {
        const drawn: Step[] = [{ do: "backup" }, ...before, { do: "restore" }, ...after];
        const said = await new History().run(drawn);
        const { verdicts } = await search(said, rememberingPorts(ports));
        expect(verdicts.filter((one) => !isExcused(one, said.incidents))).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it("E-31 owes nothing by an epoch that is not whole, the first of a new generation among them", async () => {
    const station = new TestStation();
    await station.append("hall", ["one"]);
    await station.append("attic", ["one"]);
    station.addOp("dara");
    station.addOp("sara");
    const word = await station.identityWord("sara");
    await station.epoch();
    const earlier = await station.headClaim("attic");
    station.tick();
    const restored = station.copy();
    restored.restore(station.timeMs + 9, 2);
    await restored.epoch(1);
    const later = await restored.headClaim("attic");
    const log = station.log("attic");
    const notFalse = { ok: false, code: "evidence/not-false" };
    expect(await accuseHeads({ log, earlier, later }, station.key, ports)).toEqual(notFalse);
    const other = await restored.identityClaim("sara");
    expect(await accuseIdentity({ word, other }, station.key, ports)).toEqual(notFalse);
    // When the next one is whole and still has nothing of them, both are false, and no window excuses what was signed before it.
    const { ledger } = restored;
    await ledger.epoch(new Map(), new Map(), restored.timeMs, true);
    const whole = await restored.headClaim("attic");
    expect(await accuseHeads({ log, earlier, later: whole }, station.key, ports)).toMatchObject({ ok: true });
    const none = await restored.identityClaim("sara");
    expect(await accuseIdentity({ word, other: none }, station.key, ports)).toMatchObject({ ok: true });
  });

  it("E-31 and the search finds what is false: two histories under one key", async () => {
    const script = (entries: number[], person: "dara" | "sara"): Step[] => [
      { do: "append", room: "hall", entries },
      { do: "op", person },
      { do: "register", room: "hall", reader: testSigner(20), from: 0 },
      { do: "word", person },
      { do: "epoch", taken: 9 },
      { do: "tick", ms: 5 },
      { do: "append", room: "attic", entries },
    ];
    const one = new History();
    await one.run(script([1, 2], "dara"));
    await new History(one.said, new TestStation()).run(script([3, 4], "sara"));
    await new History(one.said, new TestStation()).run(script([5, 6, 7], "sara"));
    const { verdicts } = await search(one.said, rememberingPorts(ports));
    const made = new Set(verdicts.map(({ shape, fault }) => `${shape} ${fault}`));
    expect([...made].sort()).toEqual([
      "checkpoints other-prefix",
      "checkpoints other-root",
      "heads other-root",
      "heads rolled-back",
      "log omitted",
      "log other-prefix",
      "log other-root",
      "manifest other-leaf",
      "statements entry",
      "statements prefix",
      "statements same-index",
      "statements same-size",
    ]);
  });

  it("E-31 is excused for nothing else: not by another kind of incident, nor outside its window", () => {
    const verdict = {
      shape: "statements",
      station: honest.key,
      fault: "rolled-back",
      sinceMs: 20,
      untilMs: 31,
      excusable: true,
    } as const;
    const incident = { kind: "incident", what: "restored", fromMs: 20, toMs: 30, note: "" } as const;
    expect(isExcused(verdict, [incident])).toBe(true);
    expect(isExcused({ ...verdict, sinceMs: 30 }, [incident])).toBe(true);
    expect(isExcused(verdict, [])).toBe(false);
    expect(isExcused(verdict, [{ ...incident, what: "clock" }])).toBe(false);
    expect(isExcused({ ...verdict, sinceMs: 19 }, [incident])).toBe(false);
    expect(isExcused({ ...verdict, untilMs: 30 }, [incident])).toBe(false);
    expect(isExcused({ ...verdict, sinceMs: 31, untilMs: 32 }, [incident])).toBe(false);
    expect(isExcused({ ...verdict, sinceMs: undefined }, [incident])).toBe(false);
    expect(isExcused({ ...verdict, excusable: false }, [incident])).toBe(false);
  });
});
