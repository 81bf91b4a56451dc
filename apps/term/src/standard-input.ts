/* Standard input as text. */
import { TermError } from "./errors.ts";
import type { Run } from "./run.ts";

/** All of it. @throws TermError `term/bad-text` it is not UTF-8 */
export async function standardInput(run: Run): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of run.stdin) pieces.push(typeof piece === "string" ? Buffer.from(piece) : piece);
  try {
    // A byte order mark is part of what was written.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces));
  } catch (error) {
    throw new TermError("term/bad-text", {}, { cause: error });
  }
}
