/* The byte budgets of the first visit, on a real build. */
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
    const startMs = performance.now();
    await buildWebApp({ root });
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});
