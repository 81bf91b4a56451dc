/* `bench`: hands its words to the bench, which reads them itself. */
import { ExitCode } from "../exit-code.ts";

export async function bench(words: readonly string[]): Promise<ExitCode> {
  const { runBench } = await import("@chapar/bench");
  return (await runBench(words)) === 0 ? ExitCode.ok : ExitCode.usage;
}
