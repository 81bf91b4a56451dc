import { describe, expect, it } from "vitest";
import { listen, type LineEvent } from "./line.ts";
import { scoreOf } from "./scores.ts";

const guesses = (...list: readonly (readonly [number, boolean])[]) =>
  list.map(([score, isTrue]) => ({ score, isTrue }));

describe("scores", () => {
  it("of who knows, who is wrong, who says the same of all, and of who cannot be wrong", () => {
    expect(scoreOf(guesses([3, true], [2, true], [1, false]))).toEqual({ pairs: 3, true: 2, precision: 1, auc: 1 });
    expect(scoreOf(guesses([3, false], [2, true], [1, true]))).toMatchObject({ precision: 0.5, auc: 0 });
    expect(scoreOf(guesses([0, false], [0, true], [0, true], [0, false]))).toMatchObject({ precision: 0.5, auc: 0.5 });
    expect(scoreOf(guesses([1, true]))).toEqual({ pairs: 1, true: 1, precision: null, auc: null });
  });

  it("of half a tie", () => {
    expect(scoreOf(guesses([2, true], [1, true], [1, false], [0, false]))).toMatchObject({
      precision: 0.75,
      auc: 0.875,
    });
  });
});

describe("a listener at every line", () => {
  const event = (person: string, atMs: number, direction: LineEvent["direction"], sizeBytes = 600): LineEvent => ({
    person,
    atMs,
    direction,
    sizeBytes,
  });

  it("knows who receives whenever another sends, and takes no small or late chunk for a letter", () => {
    const line = [
      event("a", 0, "sent"),
      event("b", 300, "received"),
      event("c", 5_000, "received"),
      event("d", 300, "received", 90),
    ];
    const isTrue = (one: string, other: string): boolean => one === "a" && other === "b";
    expect(listen(line, ["a", "b", "c", "d"], isTrue)).toEqual({ pairs: 6, true: 1, precision: 1, auc: 1 });
  });

  it("takes a letter that one person receives for more than two that everybody does", () => {
    const crowd = [0, 10_000].flatMap((atMs) => [
      event("a", atMs, "sent"),
      ...["c", "d"].map((person) => event(person, atMs, "received")),
    ]);
    const line = [...crowd, event("a", 20_000, "sent"), event("b", 20_000, "received"), event("b", 0, "received")];
    const isTrue = (one: string, other: string): boolean => one === "a" && other === "b";
    expect(listen(line, ["a", "b", "c", "d"], isTrue)).toMatchObject({ precision: 1, auc: 1 });
  });

  it("is as good as chance when everyone receives at once", () => {
    const line = [
      event("a", 0, "sent"),
      event("b", 0, "received"),
      event("c", 0, "received"),
      event("d", 0, "received"),
    ];
    const isTrue = (one: string, other: string): boolean => one === "a" && other === "b";
    expect(listen(line, ["a", "b", "c", "d"], isTrue)).toMatchObject({ precision: 0.333, auc: 0.8 });
  });
});
