/* R1 against what a real censor did: payloads sent in 2023 and whether it blocked them, from outside of this repository. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { judgeFirstPayload } from "./r01.ts";

const FOLDER = join(import.meta.dirname, "../../../../shared/vectors/gfw-fully-encrypted");

/** Payloads of one file and the verdict on each; columns are found by their names, and a line without a verdict is left out. */
function verdicts(file: string): { payload: Uint8Array; affected: boolean }[] {
  const [head = "", ...lines] = readFileSync(join(FOLDER, file), "utf8").split(/\r?\n/);
  const columns = head.split(",");
  const [payloadAt, affectedAt] = [columns.indexOf("payload"), columns.indexOf("affected")];
  return lines.flatMap((line) => {
    const cells = line.split(",");
    const [hex, affected] = [cells[payloadAt], cells[affectedAt]];
    if (hex === undefined || (affected !== "true" && affected !== "false")) return [];
    return [{ payload: new Uint8Array(Buffer.from(hex, "hex")), affected: affected === "true" }];
  });
}

describe("R1 and recorded verdicts", () => {
  const files = existsSync(FOLDER) === true ? readdirSync(FOLDER).filter((name) => /\.(out|csv)$/.test(name)) : [];
  if (files.length === 0) {
    it("were NOT RUN: ../shared/vectors/gfw-fully-encrypted is not there", ({ annotate }) => {
      console.log("R1 oracle: NOT RUN, ../shared/vectors/gfw-fully-encrypted is not there");
      expect(files).toEqual([]);
      return annotate("not run: recorded verdicts are not on this machine");
    });
  }
  for (const file of files) {
    it(`agree on every payload of ${file}`, () => {
      const all = verdicts(file);
      expect(all.length).toBeGreaterThan(0);
      const wrong = all.filter(({ payload, affected }) => (judgeFirstPayload(payload) === "block") !== affected);
      expect(wrong.map(({ payload }) => Buffer.from(payload).toString("hex"))).toEqual([]);
    });
  }
});
