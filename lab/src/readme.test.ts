import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ruleById } from "./rules/index.ts";
import { TestBorder } from "./testing/packets.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const own = readFileSync(join(import.meta.dirname, "readme.test.ts"), "utf8");

describe("README", () => {
  it("shows code that runs", () => {
    // Would the GFW of 2023 have let the beginning of this connection through?
    const border = new TestBorder([[ruleById("R1")!, { rate: 1 }]]);
    const connection = border.tcp().open();
    connection.up(new Uint8Array(100).fill(0xaa));
    const isBlocked = !connection.up(new Uint8Array(100)).forward;
    expect(isBlocked).toBe(true);
  });

  it("shows the code of this test", () => {
    const [, example = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    const lines = example.trim().split("\n");
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(own).toContain(`    ${line}\n`);
  });

  it("has at most sixty lines", () => {
    expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });
});
