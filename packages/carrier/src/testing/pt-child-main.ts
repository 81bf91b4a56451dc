/* A transport of ours as a process, for tests that start it as its parent would. Test-only. */
import { runPtChild } from "../node/pt-child.ts";

const inputClosed = new Promise<void>((resolve) => process.stdin.resume().once("end", resolve));
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const wasStarted = await runPtChild({ env: process.env, say, signal: new AbortController().signal, inputClosed });
process.exit(wasStarted ? 0 : 64);
