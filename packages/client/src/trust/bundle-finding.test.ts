import { FAULTS, type Verdict } from "@chapar/evidence";
import { stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { ALERT_CODES } from "./alert-row.ts";
import { alertCode } from "./bundle-finding.ts";

const ACCUSED = stationKey(new Uint8Array(32));

describe("codes that people are told", () => {
  it("R-7 there is one for every way in which a bundle can show something false, and none is an accident of order", () => {
    const told = Object.entries(FAULTS).flatMap(([shape, faults]) =>
      faults.map((fault) => {
        const times = { sinceMs: 1, untilMs: 2, excusable: false };
        const verdict = { shape, station: ACCUSED, fault, ...times } as Verdict;
        return `${shape} ${fault}: ${alertCode(verdict)}`;
      }),
    );
    expect(told).toEqual([
      "statements same-size: forked",
      "statements same-index: forked",
      "statements rolled-back: rolled-back",
      "statements prefix: forked",
      "statements entry: forked",
      "log other-root: forked",
      "log omitted: hidden",
      "log rolled-back: rolled-back",
      "log other-prefix: forked",
      "heads other-root: forked",
      "heads lost: rolled-back",
      "heads rolled-back: rolled-back",
      "checkpoints other-root: log-forked",
      "checkpoints other-prefix: log-forked",
      "identity other-commitment: foreign-op",
      "identity omitted: hidden-op",
      "identity rolled-back: hidden-op",
      "manifest pruned-early: pruned-early",
      "manifest expired-early: expired-early",
      "manifest other-leaf: altered",
      "manifest no-tombstone: removed-unlogged",
      "unanswered unanswered: no-answer",
      "duplicate twice: duplicated",
      "fold lost: hidden-op",
      "fold other-commitment: foreign-op",
    ]);
    for (const line of told) expect(ALERT_CODES).toContain(line.split(": ")[1]);
  });
});
