import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { idText } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { encodeBundle } from "./bundle/codec.ts";
import { verifyBundle } from "./bundle/verify.ts";
import { makeLies, testEvidencePorts } from "./testing/index.ts";
import { runVector } from "./testing/run-vectors.ts";
import { VECTOR_FILES, type VectorCase, type VectorName } from "./testing/vector-files.ts";
import { formatVectors, makeVectors } from "./testing/vectors.ts";

const vectors = (path: string): string => fileURLToPath(new URL(`../../../vectors/${path}`, import.meta.url));
const names = Object.keys(VECTOR_FILES) as VectorName[];

/** Ed25519 in plain Python is slow, on a busy machine more so. */
const PYTHON_LIMIT_MS = 240_000;

describe("our vectors", () => {
  it("are what the script makes", async () => {
    for (const [name, made] of await makeVectors())
      expect(readFileSync(vectors(`evidence/${name}`), "utf8")).toBe(formatVectors(made));
  });

  it.each(names)("E-11 E-20 E-30 E-40 hold in %s", async (name) => {
    const { cases } = JSON.parse(readFileSync(vectors(`evidence/${name}`), "utf8")) as { cases: VectorCase[] };
    expect(cases.length).toBeGreaterThan(10);
    for (const { id, in: given, out, error } of cases) {
      const result = await runVector(name, given);
      expect({ id, ...result }).toEqual(error === undefined ? { id, out } : { id, error });
    }
  });

  const python = spawnSync("python3", ["--version"]);
  if (python.status === 0) {
    it("hold in the second implementation", { timeout: PYTHON_LIMIT_MS }, () => {
      const { status, stdout, stderr } = spawnSync("python3", [vectors("verify/check_evidence.py")], {
        encoding: "utf8",
      });
      expect({ status, stdout, stderr }).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^check_evidence: \d+ cases, 0 differences\n$/),
        stderr: "",
      });
    });

    it(
      "E-30 a .proof file is checked by Python alone, which gives the same verdict",
      { timeout: PYTHON_LIMIT_MS },
      async () => {
        const folder = mkdtempSync(join(tmpdir(), "chapar-proof-"));
        const file = join(folder, "one.proof");
        const run = (bytes: Uint8Array): { status: number | null; stdout: string } => {
          writeFileSync(file, bytes);
          return spawnSync("python3", [vectors("verify/verify_proof.py"), file], { encoding: "utf8" });
        };
        try {
          for (const { bundle, honest } of (await makeLies()).filter((_, i) => i % 10 === 0)) {
            const bytes = encodeBundle(bundle);
            const verdict = await verifyBundle(bytes, testEvidencePorts);
            if (!verdict.ok) throw new Error(verdict.code);
            const { shape, station, fault, sinceMs, untilMs } = verdict.value;
            const { status, stdout } = run(bytes);
            expect(status).toBe(0);
            const lines = new Map(stdout.split("\n").map((line) => [line.slice(0, 10).trim(), line.slice(10)]));
            expect([lines.get("shape"), lines.get("station"), lines.get("fault")]).toEqual([
              shape,
              idText(station),
              fault,
            ]);
            expect(lines.get("since")?.split(" ")[0]).toBe(String(sinceMs ?? "none"));
            expect(lines.get("until")?.split(" ")[0]).toBe(String(untilMs ?? "none"));
            expect(run(encodeBundle(honest))).toMatchObject({
              status: 1,
              stdout: expect.stringMatching(/^proves nothing: evidence\//),
            });
          }
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
    );
  } else {
    it("NOT RUN: the second implementation needs python3", () => expect(python.status).not.toBe(0));
  }
});
