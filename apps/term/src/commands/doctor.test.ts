/* `doctor` as a command: codes are read without a profile, and words and lines say the same. */
import { encodeCode, FINDINGS, type CodeMeaning, type FindingName } from "@chapar/carrier/doctor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findingWords } from "../doctor-words.ts";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const MEANING: CodeMeaning = {
  platform: "browser",
  isWide: true,
  finding: "budget",
  isSure: true,
  also: "datagrams",
  action: "goes-by-itself",
  ways: [
    { kind: "web", state: "freezes" },
    { kind: "burst", state: "works" },
  ],
  near: "answers",
  far: "not-asked",
};

describe("doctor", () => {
  it("P-125 says what somebody's code means, in sentences and as a line", async () => {
    const code = encodeCode(MEANING).split(" ");
    const { stdout, code: exit } = await chapar(["doctor", "--decode", ...code], { profile: false });
    expect(exit).toBe(0);
    expect(stdout).toContain("freezes the connection");
    expect(stdout).toContain("2. through web fronts, in short pieces: works");
    expect(stdout).toContain("near: answers; far: not asked");
    const { lines } = await chapar(["doctor", "--json", "--decode", ...code], { profile: false });
    expect(lines).toEqual([{ event: "code", ...MEANING }]);
  });

  it("P-125 refuses words that are no code, and a mistyped one", async () => {
    const wrong = encodeCode(MEANING).split(" ").toReversed();
    for (const words of [["hello"], wrong]) {
      const { stderr, code } = await chapar(["doctor", "--decode", ...words], { profile: false });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/^chapar: These are not the eight words/);
    }
  });

  it("P-124 has a sentence for everything that can be found, and never blames the person's key", () => {
    for (const name of Object.keys(FINDINGS) as FindingName[]) {
      expect(findingWords({ name, isSure: true })).toMatch(/^[A-Z].*\.$/);
      expect(findingWords({ name, isSure: false })).not.toMatch(/\b(?:key|invite|password)\b/i);
    }
  });

  it("P-124 needs a profile or an invite to look", async () => {
    const { stderr } = await chapar(["doctor"]);
    expect(stderr).toMatch(/^chapar: /);
  });
});
