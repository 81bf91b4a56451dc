/*
 * Bundles as a stranger meets them: each is checked with nothing but its bytes, by this project's verifier and by the second
 * implementation in Python, which shares no line with it.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto } from "@chapar/e2e/node";
import { createEvidencePorts, verifyBundle } from "@chapar/evidence";
import type { Exported } from "./watch.ts";

const crypto = nodeCrypto();
const ports = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (publicKey, message, signature) => crypto.ed25519.verify(publicKey, message, signature),
);

const VERIFIERS = join(import.meta.dirname, "../../../vectors/verify");
/** One interpreter for many files: prints how many of them prove something, last. */
const SCRIPT = `
import contextlib, io, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import verify_proof
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    good = sum(verify_proof.main([name]) == 0 for name in sys.argv[2:])
print(good)
`;

/** What came of checking bundles. */
export interface ProofCount {
  readonly made: number;
  /** by `verifyBundle` */
  readonly verified: number;
  /** by vectors/verify/verify_proof.py; null where that cannot run */
  readonly byPython: number | null;
  /** codes of those that were refused */
  readonly refused: readonly string[];
}

/** Checks bundles. Cost: some milliseconds each here, some tens of milliseconds each in Python. */
export async function checkProofs(proofs: readonly Exported[]): Promise<ProofCount> {
  const refused: string[] = [];
  for (const { shape, bytes } of proofs) {
    const verdict = await verifyBundle(bytes, ports);
    if (!verdict.ok) refused.push(verdict.code);
    else if (verdict.value.shape !== shape) refused.push(`shape ${verdict.value.shape}`);
  }
  const byPython = proofs.length === 0 ? 0 : await checkInPython(proofs);
  return { made: proofs.length, verified: proofs.length - refused.length, byPython, refused };
}

async function checkInPython(proofs: readonly Exported[]): Promise<number | null> {
  if (!existsSync(join(VERIFIERS, "verify_proof.py"))) return null;
  const folder = await mkdtemp(join(tmpdir(), "chapar-proofs-"));
  try {
    const files = proofs.map((_, at) => join(folder, `${at}.proof`));
    for (const [at, { bytes }] of proofs.entries()) await writeFile(files[at] ?? "", bytes);
    const said = await run("python3", ["-c", SCRIPT, VERIFIERS, ...files]);
    return said === undefined ? null : Number(said.trim());
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a program prints; undefined when it is not there or fails. */
function run(program: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.once("error", () => resolve(undefined));
    child.once("close", (code) => resolve(code === 0 ? said : undefined));
  });
}
