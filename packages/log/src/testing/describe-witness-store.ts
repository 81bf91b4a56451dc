/* What every WitnessStore must do, whatever disk is under it. */
import { describe, expect, it } from "vitest";
import type { WitnessStore } from "../witness/witness.ts";

/** Opens a store on the same disk as before, or on a fresh one. */
export interface WitnessStoreMaker {
  /** a fresh, empty disk */
  readonly fresh: () => Promise<WitnessStore>;
  /** closes the store and opens its disk again, as after a restart */
  readonly reopen: (store: WitnessStore) => Promise<WitnessStore>;
}

function root(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

/** Runs the conformance suite of the WitnessStore port. */
export function describeWitnessStore(name: string, make: WitnessStoreMaker): void {
  describe(`WitnessStore ${name}`, () => {
    it("begins empty", async () => {
      expect([...(await (await make.fresh()).load())]).toEqual([]);
    });

    it("has after a restart what it saved last, for each origin", async () => {
      const store = await make.fresh();
      await store.save("a.example/log", { size: 1, root: root(1) });
      await store.save("b.example/log", { size: 2 ** 53 - 1, root: root(2) });
      await store.save("a.example/log", { size: 7, root: root(3) });
      await store.publish("a.example/log", root(4));
      const loaded = await (await make.reopen(store)).load();
      expect(new Map([...loaded].map(([origin, head]) => [origin, [head.size, [...head.root]]]))).toEqual(
        new Map([
          ["a.example/log", [7, [...root(3)]]],
          ["b.example/log", [2 ** 53 - 1, [...root(2)]]],
        ]),
      );
    });

    it("keeps origins apart that differ in case, spaces or accents only", async () => {
      const store = await make.fresh();
      const origins = ["log", "Log", "log ", "l\u00f3g", "lo\u0301g"];
      for (const [i, origin] of origins.entries()) await store.save(origin, { size: i, root: root(i) });
      const loaded = await (await make.reopen(store)).load();
      expect(origins.map((origin) => loaded.get(origin)?.size)).toEqual([0, 1, 2, 3, 4]);
    });
  });
}
