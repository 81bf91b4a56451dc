import { expect, it } from "vitest";
import { readRows, RowMemory } from "./row-memory.ts";
import { unpackList } from "./sqlite-rows.ts";
import type { Row } from "./sqlite-schema.ts";

const blob = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).map((_, i) => i * 7);

const ROWS: readonly Row[] = [
  { change: "meta", values: ["sch\u00f6n \u{1f98a}", blob(3)] },
  { change: "log", values: [blob(32), 0, new Uint8Array(0), Number.MAX_SAFE_INTEGER, blob(32), null] },
];

it("rows cross as they are, and so do those of the next commit in the same memory", () => {
  const memory = new RowMemory();
  const first = memory.write(ROWS);
  expect(readRows(first)).toEqual(ROWS);
  const next: Row[] = [{ change: "blob", values: [blob(32), blob(1000)] }];
  const second = memory.write(next);
  expect(second.memory).toBe(first.memory);
  expect(readRows(second)).toEqual(next);
});

it("a list of byte strings crosses as the one blob that it is stored as", () => {
  const items = [blob(0), blob(1), blob(70), blob(20_000)];
  const [row] = readRows(new RowMemory().write([{ change: "chunk", values: [blob(32), items, 4] }]));
  expect(unpackList(row?.values[1] as Uint8Array)).toEqual(items);
  expect(row?.values[2]).toBe(4);
});

it("memory grows with a commit, and what a huge one took is given back", () => {
  const memory = new RowMemory();
  for (const sizeBytes of [10, 300_000, 5_000_000, 10]) {
    const row: Row = { change: "blob", values: [blob(32), blob(sizeBytes)] };
    const written = memory.write([row]);
    const [read] = readRows(written);
    expect(Buffer.compare(read?.values[1] as Uint8Array, row.values[1] as Uint8Array)).toBe(0);
    expect(written.memory.byteLength).toBeLessThan(Math.max(4 * 1024 * 1024, sizeBytes + 1024) + 1);
  }
});

it("a value that no column can hold is refused before anything crosses", () => {
  expect(() => new RowMemory().write([{ change: "revocation", values: [blob(32), -1] }])).toThrow(RangeError);
});
