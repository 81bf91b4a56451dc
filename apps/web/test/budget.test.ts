/* The byte budgets of the first visit, on a real build. */
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { measure } from "../scripts/budget.ts";
import { buildWebApp } from "../scripts/build.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

describe("the built app", () => {
  it("keeps its byte budgets", async () => {
    const { over, firstMessage, firstBytes, firstMessageJs } = measure(await buildWebApp({ root }));
    expect(over, JSON.stringify({ firstBytes, firstMessageJs, firstMessage })).toEqual([]);
  });

  it("is built once for the same sources", async () => {
    const dist = await buildWebApp({ root });
    const { ino } = statSync(dist);
    expect(statSync(await buildWebApp({ root })).ino).toBe(ino);
  });
});
