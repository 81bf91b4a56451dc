import { describe, expect, it } from "vitest";
import { doubtsIn, doubtWords } from "./link-words.ts";

const say = (text: string): readonly string[] => doubtWords({ text });

describe("links whose host may be taken for another", () => {
  it("C-107 says under a message where each leads, and why that deserves a second look", () => {
    expect(say("https://example.org and http://127.0.0.1:80/")).toEqual([]);
    expect(say("pay at https://\u0430\u0440\u0440\u04cf\u0435.example/bill now")).toEqual([
      "! leads to xn--80ak6aa92e.example: its letters only look like Latin ones",
    ]);
    expect(say("https://bank.example@evil.example/ or https://\u0430pple.com")).toEqual([
      "! leads to evil.example: what stands before the @ is no address",
      "! leads to xn--pple-43d.com: its letters are of several scripts",
    ]);
  });

  it("C-107 names five of a message that is full of them", () => {
    const text = "https://\u0430.example ".repeat(300);
    expect(doubtsIn({ text })).toHaveLength(5);
  });
});
