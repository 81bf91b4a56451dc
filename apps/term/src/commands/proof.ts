/*
 * `proof export` writes an alert's proof into a file; `proof verify` checks such a file: offline, without a profile,
 * knowing nothing but what is in it. 0: proven; 1: not.
 */
import { readFile, stat, writeFile } from "node:fs/promises";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { alertNamed } from "./alerts.ts";

/** No proof is larger (E-32); what is larger is not read. */
const LARGEST_BYTES = 4096;

export async function exportProof(run: Run, text: string, path: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const alert = await alertNamed(client, text);
  const bytes = await client.proof(alert.id);
  try {
    // A proof that was written before is not replaced by another one's mistake.
    await writeFile(path, bytes, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new TermError("term/cannot-write", { path, reason: "a file of that name is there already" }, { cause });
  }
  run.out.result(
    { event: "proof", alert: alert.id, path, sizeBytes: bytes.length },
    `Written to ${path}, ${bytes.length} bytes. Anyone can check it with: ./chapar proof verify ${path}`,
  );
  return ExitCode.ok;
}

/** The bytes of a file that may be a proof; undefined when it is larger than any. @throws TermError `term/no-file` */
async function proofBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    if ((await stat(path)).size > LARGEST_BYTES) return undefined;
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw new TermError("term/no-file", { path, reason: code === "ENOENT" ? "it is not there" : code }, { cause });
  }
}

export async function verifyProof(run: Run, path: string): Promise<ExitCode> {
  const bytes = await proofBytes(path);
  const [{ createEvidencePorts, verifyBundle }, { nodeCrypto }, { toBase32 }, words] = await Promise.all([
    import("@chapar/evidence"),
    import("@chapar/e2e/node"),
    import("@chapar/wire/bytes"),
    import("../proof-words.ts"),
  ]);
  const crypto = nodeCrypto();
  const ports = createEvidencePorts(
    (piece) => crypto.sha256(piece),
    async (key, message, signature) => crypto.ed25519.verify(key, message, signature),
  );
  const checked =
    bytes === undefined ? ({ ok: false, code: "evidence/too-large" } as const) : await verifyBundle(bytes, ports);
  if (!checked.ok) {
    run.out.result({ event: "verdict", proven: false, code: checked.code }, words.refusalWords(checked.code));
    return ExitCode.notProven;
  }
  const { shape, fault, sinceMs, untilMs, excusable } = checked.value;
  const station = toBase32(checked.value.station);
  run.out.result(
    {
      event: "verdict",
      proven: true,
      shape,
      fault,
      station,
      sinceMs: sinceMs ?? null,
      untilMs: untilMs ?? null,
      excusable,
    },
    words.verdictWords(checked.value, station),
  );
  return ExitCode.ok;
}
