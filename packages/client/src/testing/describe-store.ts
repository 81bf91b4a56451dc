/* The conformance suite of the store port; every implementation runs it, in Node and in Chromium. */
import { fromHex, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { u64Key } from "../store/keys.ts";
import type { Store, StoreRow } from "../store/port.ts";

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
const ID_A = new Uint8Array(20).fill(0xa1);
const ID_B = new Uint8Array(20).fill(0xff);
const at = (id: Uint8Array, position: number): Uint8Array => new Uint8Array([...id, ...u64Key(position)]);
const texts = (rows: readonly StoreRow[]): string[] => rows.map((row) => new TextDecoder().decode(row.value));

async function fill(store: Store): Promise<void> {
  const ops = [];
  for (let i = 0; i < 10; i++) {
    ops.push({ table: "message", key: at(ID_A, i * 30), value: utf8(`a${i}`) } as const);
    ops.push({ table: "message", key: at(ID_B, i * 30), value: utf8(`b${i}`) } as const);
  }
  await store.write(ops);
}

/** What opens a store on one medium, again and again. */
export interface StoreMaker {
  /** opens the same medium as before, or a first time */
  open(): Promise<Store>;
}

/** Tests that an implementation keeps the promises of `Store`. `make` gives a new, empty medium. */
export function describeClientStore(name: string, make: () => Promise<StoreMaker>): void {
  describe(`${name} as a client store`, () => {
    it("answers undefined for what was never written", async () => {
      await using store = await (await make()).open();
      expect(await store.get("meta", utf8("me"))).toBeUndefined();
      expect(await store.range("message", { prefix: ID_A })).toEqual([]);
    });

    it("gives back what was written, in each table by itself", async () => {
      await using store = await (await make()).open();
      await store.write([
        { table: "conversation", key: ID_A, value: bytes("00ff") },
        { table: "group", key: ID_A, value: bytes("") },
      ]);
      expect(await store.get("conversation", ID_A)).toEqual(bytes("00ff"));
      expect(await store.get("group", ID_A)).toEqual(bytes(""));
      expect(await store.get("message", ID_A)).toBeUndefined();
    });

    it("replaces and deletes; the later op on a key wins", async () => {
      await using store = await (await make()).open();
      const key = utf8("k");
      await store.write([{ table: "meta", key, value: bytes("01") }]);
      await store.write([
        { table: "meta", key, value: bytes("02") },
        { table: "meta", key, value: bytes("03") },
      ]);
      expect(await store.get("meta", key)).toEqual(bytes("03"));
      await store.write([
        { table: "meta", key, value: bytes("04") },
        { table: "meta", key, value: undefined },
        { table: "meta", key: utf8("absent"), value: undefined },
      ]);
      expect(await store.get("meta", key)).toBeUndefined();
    });

    it("ranges over one id in byte order, with bounds after the prefix", async () => {
      await using store = await (await make()).open();
      await fill(store);
      expect(texts(await store.range("message", { prefix: ID_A }))).toEqual(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `a${i}`),
      );
      expect(texts(await store.range("message", { prefix: ID_A, from: u64Key(60), to: u64Key(150) }))).toEqual([
        "a2",
        "a3",
        "a4",
      ]);
      expect(texts(await store.range("message", { prefix: ID_B, from: u64Key(241) }))).toEqual(["b9"]);
      expect(await store.range("message", { prefix: ID_A, from: u64Key(9), to: u64Key(9) })).toEqual([]);
      expect(await store.range("message", { prefix: ID_A, from: u64Key(300), to: u64Key(3) })).toEqual([]);
    });

    it("reads backwards and stops at the limit", async () => {
      await using store = await (await make()).open();
      await fill(store);
      expect(texts(await store.range("message", { prefix: ID_B, reverse: true, limit: 2 }))).toEqual(["b9", "b8"]);
      expect(texts(await store.range("message", { prefix: ID_A, to: u64Key(60), reverse: true, limit: 5 }))).toEqual([
        "a1",
        "a0",
      ]);
      expect(texts(await store.range("message", { prefix: ID_A, limit: 1 }))).toEqual(["a0"]);
      expect(await store.range("message", { prefix: ID_A, limit: 0 })).toEqual([]);
    });

    it("gives the keys of a range as they were written", async () => {
      await using store = await (await make()).open();
      await fill(store);
      const rows = await store.range("message", { prefix: ID_A, limit: 2 });
      expect(rows.map((row) => row.key)).toEqual([at(ID_A, 0), at(ID_A, 30)]);
      const all = await store.range("message", {});
      expect(all).toHaveLength(20);
    });

    it("takes rows of 1 MiB and 2,000 ops in one write", async () => {
      await using store = await (await make()).open();
      const large = new Uint8Array(1 << 20).fill(7);
      await store.write([{ table: "blob", key: new Uint8Array(32), value: large }]);
      expect(await store.get("blob", new Uint8Array(32))).toEqual(large);
      await store.write(
        Array.from({ length: 2000 }, (_, i) => ({ table: "message", key: at(ID_A, i), value: u64Key(i) }) as const),
      );
      expect(await store.range("message", { prefix: ID_A })).toHaveLength(2000);
    });

    it("still holds everything when it is opened again", async () => {
      const maker = await make();
      {
        await using store = await maker.open();
        await fill(store);
      }
      await using again = await maker.open();
      expect(texts(await again.range("message", { prefix: ID_A, limit: 2 }))).toEqual(["a0", "a1"]);
    });

    it("keeps concurrent writes apart and in order", async () => {
      await using store = await (await make()).open();
      const key = utf8("n");
      await Promise.all([1, 2, 3, 4].map((n) => store.write([{ table: "meta", key, value: u64Key(n) }])));
      expect(await store.get("meta", key)).toEqual(u64Key(4));
    });

    it("hands out arrays that are the caller's", async () => {
      await using store = await (await make()).open();
      const value = bytes("0102");
      await store.write([{ table: "meta", key: utf8("v"), value }]);
      value[0] = 9;
      const read = (await store.get("meta", utf8("v")))!;
      read[1] = 9;
      expect(await store.get("meta", utf8("v"))).toEqual(bytes("0102"));
    });

    it("refuses work after closing", async () => {
      const store = await (await make()).open();
      await store[Symbol.asyncDispose]();
      await expect(store.get("meta", utf8("x"))).rejects.toMatchObject({ code: "client/closed" });
      await expect(store.write([])).rejects.toMatchObject({ code: "client/closed" });
    });
  });
}
