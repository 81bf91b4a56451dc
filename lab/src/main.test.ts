/* The command as a person without root meets it: everything here runs in memory. */
import { describe, expect, it } from "vitest";
import { runLab } from "./index.ts";

async function lab(...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runLab(argv, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out, err };
}

describe("chapar lab", () => {
  it("lists twenty rules, for people and for programs", async () => {
    const people = await lab("list");
    expect([people.code, people.out.length, people.err]).toEqual([0, 20, []]);
    const rows = (await lab("list", "--json")).out.map((line) => JSON.parse(line) as { rule: string; source: string });
    expect(rows.map(({ rule }) => rule)).toContain("R13");
    expect(rows.every(({ source }) => source.length > 0)).toBe(true);
  });

  it("prints a line for each pair that exists, and says that it was in memory", async () => {
    const { code, out, err } = await lab("matrix", "--json", "--memory", "--rules", "R1,R10,R1+R14", "--seed", "3");
    expect([code, err]).toEqual([0, ["in memory (asked for); of routes there is a model of web"]]);
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        rule: "R1",
        route: "web",
        text: true,
        tunnel: null,
        switchMs: null,
        tookMs: expect.any(Number),
        acted: [],
        storey: "memory",
      },
      {
        rule: "R10",
        route: "web",
        text: false,
        tunnel: null,
        switchMs: null,
        tookMs: null,
        acted: ["R10"],
        storey: "memory",
      },
      {
        rule: "R1+R14",
        route: "web",
        text: false,
        tunnel: null,
        switchMs: null,
        tookMs: null,
        acted: ["R14"],
        storey: "memory",
      },
    ]);
  });

  it("says the same for the same seed", async () => {
    const once = await lab("matrix", "--json", "--memory", "--seed", "9");
    expect(once.out).toHaveLength(20);
    expect((await lab("matrix", "--json", "--memory", "--seed", "9")).out).toEqual(once.out);
  });

  it("tells people in words", async () => {
    const { out } = await lab("run", "R14", "--memory");
    expect(out).toEqual(["R14      web    does not arrive (seen acting: R14)"]);
    expect((await lab("run", "R2", "--memory")).out[0]).toMatch(/^R2 +web +arrives in \d\.\d s$/);
  });

  it("refuses a wrong command line with 64, usage and no trace", async () => {
    const wrong = await lab("dance");
    expect([wrong.code, wrong.out]).toEqual([64, []]);
    expect(wrong.err.join("\n")).toContain("chapar lab matrix");
    expect((await lab("run", "R99")).err).toEqual(["no rule has this id: R99"]);
  });

  it("stops between rows when it is told to", async () => {
    const out: string[] = [];
    const stop = new AbortController();
    const io = {
      out: (line: string) => {
        out.push(line);
        stop.abort();
      },
      err: () => undefined,
      signal: stop.signal,
    };
    expect(await runLab(["matrix", "--memory"], io)).toBe(130);
    expect(out).toHaveLength(1);
  });
});
