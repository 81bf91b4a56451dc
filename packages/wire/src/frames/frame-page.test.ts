import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FRAME_PAGE, withFrameTable } from "../../scripts/frame-page.ts";
import { FRAME_ROWS } from "./rows.ts";
import { kindOf } from "./table.ts";

describe("the table of frames", () => {
  it("stands in protocol/1-wire.md as the codecs are; else run node packages/wire/scripts/frame-page.ts --write", () => {
    const page = readFileSync(FRAME_PAGE, "utf8");
    expect(page).toBe(withFrameTable(page));
  });

  it("gives each type a number of its kind's range", () => {
    const numbers = FRAME_ROWS.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    for (const { kind, number } of FRAME_ROWS) expect(kindOf(number)).toBe(kind);
  });
});
