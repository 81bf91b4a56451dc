/*
 * `pt`: this program as a pluggable transport of another one, such as Tor (pt-spec). Its lines go to standard output and are the
 * other program's; a person who types it is told what it is for.
 */
import { runPtChild } from "@chapar/carrier/node";
import { ExitCode } from "../exit-code.ts";
import type { Run } from "../run.ts";

async function isOver(input: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of input) void chunk;
}

export async function pluggableTransport(run: Run): Promise<ExitCode> {
  const { env, signal, stdin } = run;
  if (env["TOR_PT_MANAGED_TRANSPORT_VER"] === undefined)
    run.out.progress("This is started by a program that speaks to pluggable transports, such as Tor: docs/cli.md.");
  const inputClosed = isOver(stdin).catch(() => undefined);
  const wasStarted = await runPtChild({ env, signal, inputClosed, say: (line) => run.stdout.write(`${line}\n`) });
  return wasStarted ? ExitCode.ok : ExitCode.usage;
}
