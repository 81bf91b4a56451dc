/* `lab`: hands its words to the censor lab, which reads them itself; Ctrl-C ends what runs and removes what was made. */
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";

const CODES: ReadonlySet<number> = new Set(Object.values(ExitCode));
const isExitCode = (code: number): code is ExitCode => CODES.has(code);

export async function lab({ stdout, out, signal }: Run, words: readonly string[]): Promise<ExitCode> {
  const { runLab } = await import("@chapar/lab");
  const code = await runLab(words, {
    out: (line) => stdout.write(`${line}\n`),
    err: (line) => out.progress(line),
    signal,
  });
  return isExitCode(code) ? code : ExitCode.internal;
}
