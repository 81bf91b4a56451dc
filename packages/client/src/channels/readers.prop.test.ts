import * as fc from "fast-check";
import { identityId, idText, stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import type { ReaderEntry } from "./led.ts";
import { ReaderIndex } from "./readers.ts";
import type { Removal } from "./rows.ts";

const station = { key: stationKey(new Uint8Array(32)), urls: [] };

function entry(
  of: Pick<ReaderEntry, "name" | "leaf" | "since" | "writes" | "going" | "link"> & { readonly who: number },
): ReaderEntry {
  const { who, ...rest } = of;
  return { ...rest, identity: identityId(new Uint8Array(20).fill(who)), station, barred: false, atMs: 1 };
}

const entries = fc
  .record({
    who: fc.integer({ min: 0, max: 9 }),
    name: fc.constantFrom("a", "B", "b", "ش", ""),
    leaf: fc.integer({ min: 0, max: 4 }),
    since: fc.integer({ min: 0, max: 6 }),
    writes: fc.boolean(),
    going: fc.boolean(),
    link: fc.constantFrom("one", "two"),
  })
  .map(entry);
const removals = fc.array(fc.record({ leaf: fc.integer({ min: 0, max: 4 }), period: fc.integer({ min: 1, max: 7 }) }), {
  maxLength: 6,
});
const steps = fc.array(fc.oneof(entries, removals), { maxLength: 40 });

describe("the index of readers", () => {
  it("H-20 says after every step what reading the whole register would say", () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 8 }), steps, (first, then) => {
        const held = new Map(first.map((one) => [idText(one.identity), one]));
        const index = new ReaderIndex(held.values());
        let told: readonly Removal[] = [];
        for (const step of then) {
          if (Array.isArray(step)) {
            // The board tells more, and after a restoration of the device possibly something else.
            told = step.length % 2 === 0 ? [...told, ...step] : step;
            index.follow(told);
          } else {
            held.set(idText(step.identity), step);
            index.take(step);
          }
          const gone = new Map(told.map(({ leaf, period }) => [leaf, period]));
          const present = [...held.values()].filter(({ leaf, since }) => (gone.get(leaf) ?? 0) <= since);
          const names = (some: readonly ReaderEntry[]) => some.map(({ identity }) => idText(identity)).toSorted();
          expect(names(index.present)).toEqual(names(present));
          const sorted = index.present.map(({ name }) => name.toLowerCase());
          expect(sorted).toEqual(sorted.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
          expect(names(index.marked)).toEqual(names(present.filter(({ writes, going }) => writes || going)));
          for (const link of ["one", "two"])
            expect(index.used(link)).toBe([...held.values()].filter((one) => one.link === link).length);
          for (let leaf = 0; leaf < 5; leaf++)
            expect(index.isTaken(leaf)).toBe(present.some((one) => one.leaf === leaf));
          for (const one of held.values())
            expect(index.reader(one.identity)).toBe(present.includes(one) ? one : undefined);
        }
      }),
    );
  });

  it("H-20 follows a restored board that tells something else before a row that is the same", () => {
    const [early, late] = [1, 2].map((who) =>
      entry({ who, name: "a", leaf: who, since: 0, writes: false, going: false, link: "one" }),
    );
    if (early === undefined || late === undefined) throw new Error("no readers");
    const index = new ReaderIndex([early, late]);
    const same = { leaf: 4, period: 7 };
    index.follow([{ leaf: 1, period: 1 }, same]);
    expect(index.present).toEqual([late]);
    index.follow([{ leaf: 2, period: 1 }, same]);
    expect(index.present).toEqual([early]);
  });
});
