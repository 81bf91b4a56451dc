/* The own register: devices that saw the same entries hold the same values, whatever the order and the clocks. */
import { createHash } from "node:crypto";
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  infiniteStream,
  integer,
  nat,
  option,
  record,
  uint8Array,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../testing/memory-store.ts";
import { Draft } from "../store/shelf.ts";
import { OwnRegister, type OwnEntry } from "./register.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

async function device(name: number, nowMs: () => number) {
  const store = new MemoryStore();
  const clock = { nowMs, sleep: () => Promise.resolve() } as never;
  const core = { store, clock, sha256 };
  const id = new Uint8Array(32).fill(name);
  return { core, id, register: await OwnRegister.load(core, id) };
}

const valuesOf = (register: OwnRegister): unknown =>
  register.entries().map(({ key, value }) => [key, value === undefined ? undefined : [...value]]);

describe("the own register", () => {
  it("D-21 D-22 is the same on devices that saw the same entries in any order, also with clocks that jump", async () => {
    const write = record({
      by: integer({ min: 0, max: 2 }),
      key: constantFrom("read/a", "read/b", "mute/a"),
      value: option(uint8Array({ maxLength: 4 }), { nil: undefined }),
      nowMs: integer({ min: 0, max: 10_000 }),
    });
    await assert(
      asyncProperty(array(write, { maxLength: 20 }), infiniteStream(nat()), async (writes, random) => {
        let nowMs = 0;
        const devices = await Promise.all([1, 2, 3].map((name) => device(name, () => nowMs)));
        const sent: OwnEntry[] = [];
        for (const one of writes) {
          nowMs = one.nowMs;
          const { register, core } = devices[one.by] as (typeof devices)[number];
          const draft = new Draft();
          register.put(draft, one.key, one.value);
          await draft.commit(core.store);
          sent.push(register.entries().find(({ key }) => key === one.key) as OwnEntry);
        }
        for (const { register, core } of devices) {
          const left = [...sent];
          while (left.length > 0) {
            const at = (random.next().value ?? 0) % left.length;
            const draft = new Draft();
            // Some come in one transaction: what is on disk must not depend on it either.
            for (const entry of left.splice(at, 2)) register.take(draft, entry);
            await draft.commit(core.store);
          }
        }
        const [first, ...others] = devices.map(({ register }) => valuesOf(register));
        for (const other of others) expect(other).toEqual(first);
        for (const { core, id } of devices) expect(valuesOf(await OwnRegister.load(core, id))).toEqual(first);
      }),
    );
  });

  it("lets what is written after a clock went back win over what was seen before", async () => {
    let nowMs = 9_000_000;
    const { register, core } = await device(1, () => nowMs);
    const first = new Draft();
    register.put(first, "draft/a", new Uint8Array([1]));
    await first.commit(core.store);
    nowMs = 5;
    const second = new Draft();
    register.put(second, "draft/a", new Uint8Array([2]));
    await second.commit(core.store);
    expect(register.get("draft/a")).toEqual(new Uint8Array([2]));
  });

  it("takes nothing from another device that is beyond its limits", async () => {
    const { register, core, id } = await device(1, () => 7);
    const draft = new Draft();
    const entry = { key: "mute/a", value: new Uint8Array(16_384), atMs: 9, device: id };
    expect(register.take(draft, { ...entry, value: new Uint8Array(16_385) })).toBe(false);
    expect(register.take(draft, { ...entry, key: "k".repeat(201) })).toBe(false);
    expect(register.take(draft, entry)).toBe(true);
    await draft.commit(core.store);
    expect(register.entries().map(({ key }) => key)).toEqual(["mute/a"]);
  });

  it("is read again from the disk, removals included", async () => {
    const { register, core, id } = await device(1, () => 7);
    const draft = new Draft();
    register.put(draft, "mute/a", new Uint8Array([1]));
    register.put(draft, "mute/b", new Uint8Array([2]));
    register.put(draft, "mute/b", undefined);
    await draft.commit(core.store);
    const again = await OwnRegister.load(core, id);
    expect(valuesOf(again)).toEqual(valuesOf(register));
    expect(again.get("mute/b")).toBeUndefined();
  });

  it("finds what begins with a prefix, at the end of a folder and in the middle of a name, and knows when it wrote last", async () => {
    let nowMs = 5;
    const { register, core, id } = await device(1, () => nowMs);
    const draft = new Draft();
    for (const key of ["b/x/2", "b/x/1", "b/y", "a/b/1", "b/xy/3", "alone"])
      register.put(draft, key, id.subarray(0, 1));
    await draft.commit(core.store);
    const found = (prefix?: string) => register.entries(prefix).map(({ key }) => key);
    expect(found()).toEqual(["a/b/1", "alone", "b/x/1", "b/x/2", "b/xy/3", "b/y"]);
    expect(found("b/x")).toEqual(["b/x/1", "b/x/2", "b/xy/3"]);
    expect(found("b/x/")).toEqual(["b/x/1", "b/x/2"]);
    expect(found("b/y")).toEqual(["b/y"]);
    expect(found("c/")).toEqual([]);
    const writtenMs = register.writtenMs;
    expect(writtenMs).toBe(10);
    nowMs = 90;
    const other = new Draft();
    register.take(other, { key: "b/y", value: undefined, atMs: 70, device: new Uint8Array(32).fill(2) });
    await other.commit(core.store);
    expect([register.writtenMs, register.get("b/y")]).toEqual([writtenMs, undefined]);
  });
});
