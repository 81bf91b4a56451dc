import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex, toHex } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import {
  CompactRange,
  decodeContradiction,
  decodeNote,
  decodeSignedHead,
  parseVerifierKey,
  rootFromConsistency,
  rootFromInclusion,
  verifyContradiction,
  verifyNote,
  verifySignedHead,
} from "./index.ts";
import { formatVectors, makeVectors, type VectorCase } from "./testing/vectors.ts";
import { testHasher, testSha256, testVerifier } from "./testing/index.ts";

const hasher = testHasher();
const ports = { hasher, verify: testVerifier };
const file = (name: string): string => fileURLToPath(new URL(`../../../vectors/log/${name}`, import.meta.url));
const committed = (name: string): VectorCase[] => JSON.parse(readFileSync(file(name), "utf8")).cases;

function bytes(hex: unknown): Uint8Array {
  const decoded = typeof hex === "string" ? fromHex(hex) : undefined;
  if (decoded === undefined) throw new Error("not hex");
  return decoded;
}

/** Runs a case's input; answers what the vector file says of it. */
type Run = (given: Record<string, unknown>) => Promise<{ out: unknown } | { error: string }>;

const runTree: Run = async (given) => {
  const range = new CompactRange(hasher);
  for (const leaf of given["leaves"] as string[]) range.append(hasher.leaf(bytes(leaf)));
  return { out: { root: toHex(range.root()) } };
};

function rooted(computed: ReturnType<typeof rootFromInclusion>, root: unknown): { out: unknown } | { error: string } {
  if (!computed.ok) return { error: computed.code };
  return toHex(computed.value) === root ? { out: { ok: true } } : { error: "log/bad-root" };
}

const runInclusion: Run = async ({ index, size, leafHash, proof, root }) => {
  const claim = {
    index: Number(index),
    size: Number(size),
    leafHash: bytes(leafHash),
    proof: (proof as string[]).map(bytes),
  };
  return rooted(rootFromInclusion(claim, hasher), root);
};

const runConsistency: Run = async ({ size1, size2, root1, root2, proof }) => {
  const claim = {
    size1: Number(size1),
    size2: Number(size2),
    root1: bytes(root1),
    proof: (proof as string[]).map(bytes),
  };
  return rooted(rootFromConsistency(claim, hasher), root2);
};

const runStatement: Run = async (given) => {
  const context = Object.fromEntries(
    Object.entries(given["context"] as object).map(([name, hex]) => [name, bytes(hex)]),
  );
  const decoded = decodeSignedHead(bytes(given["bytes"]), context);
  if (!decoded.ok) return { error: decoded.code };
  const checked = await verifySignedHead(decoded.value, bytes(given["stationKey"]), ports);
  if (!checked.ok) return { error: checked.code };
  const { kind, size, logId, root, batch } = checked.value;
  const out = { kind, size, logId: toHex(logId), root: toHex(root), timeMs: batch.timeMs };
  return {
    out:
      checked.value.kind === "accept"
        ? { ...out, index: checked.value.index, leafHash: toHex(checked.value.leafHash) }
        : out,
  };
};

const runContradiction: Run = async (given) => {
  const decoded = decodeContradiction(bytes(given["bytes"]));
  if (!decoded.ok) return { error: decoded.code };
  const checked = await verifyContradiction(decoded.value, bytes(given["stationKey"]), ports);
  return checked.ok ? { out: { shape: checked.value } } : { error: checked.code };
};

const runNote: Run = async (given) => {
  const keys = (given["keys"] as string[])
    .map((text) => parseVerifierKey(text, testSha256))
    .flatMap((key) => (key.ok ? [key.value] : []));
  const note = decodeNote(bytes(given["note"]));
  if (!note.ok) return { error: note.code };
  const checked = await verifyNote(note.value, keys, { sha256: testSha256, ed25519: testVerifier });
  if (!checked.ok) return { error: checked.code };
  const signers = checked.value.map(({ key, timeSeconds }) =>
    timeSeconds === undefined ? { name: key.name } : { name: key.name, timeSeconds: String(timeSeconds) },
  );
  return { out: { text: note.value.text, signers } };
};

describe("our vectors", () => {
  it("are what the script makes", async () => {
    for (const [name, vectors] of await makeVectors())
      expect(readFileSync(file(name), "utf8")).toBe(formatVectors(vectors));
  });

  it.each([
    ["L-4 L-1", "tree.json", runTree],
    ["L-6", "inclusion.json", runInclusion],
    ["L-7", "consistency.json", runConsistency],
    ["L-23 L-24", "statements.json", runStatement],
    ["L-27", "contradictions.json", runContradiction],
    ["L-40 L-42 L-45", "notes.json", runNote],
  ] as const)("%s hold in %s", async (_, name, run) => {
    for (const { id, in: given, out, error } of committed(name)) {
      const result = await run(given as Record<string, unknown>);
      expect({ id, ...result }).toEqual(error === undefined ? { id, out } : { id, error });
    }
  });

  const python = spawnSync("python3", ["--version"]);
  if (python.status === 0) {
    it("hold in the second implementation", () => {
      const script = fileURLToPath(new URL("../../../vectors/verify/check_log.py", import.meta.url));
      const { status, stdout, stderr } = spawnSync("python3", [script], { encoding: "utf8" });
      expect({ status, stdout, stderr }).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^\d+ cases agree\n$/),
        stderr: "",
      });
    });
  } else {
    it("NOT RUN: the second implementation needs python3", () => expect(python.status).not.toBe(0));
  }
});
