/*
 * A PIN, a passphrase or a word: from the file that CHAPAR_PIN_FILE names (for a new one CHAPAR_NEW_PIN_FILE), else typed, unseen. Never
 * from the command line, which other programs of the machine can read.
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { TermError } from "../errors.ts";
import type { Surroundings } from "../run.ts";
import type { TextSink } from "../output.ts";

const LEAST_CHARS = 4;

/** Where secrets come from. */
export interface SecretSource {
  readonly env: Surroundings["env"];
  readonly stdin: Surroundings["stdin"];
  readonly stderr: TextSink;
}

async function fromFile(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).split(/\r?\n/u, 1)[0] ?? "";
  } catch (error) {
    throw new TermError("term/no-file", { path }, { cause: error });
  }
}

async function typed({ stdin, stderr }: SecretSource, prompt: string): Promise<string> {
  if (!("setRawMode" in stdin) || !stdin.isTTY) throw new TermError("term/locked");
  stderr.write(prompt);
  // What is typed is echoed nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    stderr.write("\n");
  }
}

/** The PIN that opens. @throws TermError `term/locked` there is neither a file nor a terminal */
export async function readPin(source: SecretSource): Promise<string> {
  const path = source.env["CHAPAR_PIN_FILE"];
  return path === undefined || path === "" ? await typed(source, "PIN or passphrase: ") : await fromFile(path);
}

/** A new one, typed twice. @throws TermError `term/bad-pin` it is too short, or the two differ */
export async function readNewPin(source: SecretSource, what: string): Promise<string> {
  const path = source.env["CHAPAR_NEW_PIN_FILE"];
  const isTyped = path === undefined || path === "";
  const pin = isTyped ? await typed(source, `${what}: `) : await fromFile(path);
  if (pin.length < LEAST_CHARS) throw new TermError("term/bad-pin", { why: "it has fewer than four characters" });
  if (isTyped && (await typed(source, "Once more: ")) !== pin)
    throw new TermError("term/bad-pin", { why: "the two are not the same" });
  return pin;
}
