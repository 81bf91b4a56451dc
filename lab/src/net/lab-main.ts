/*
 * The lab as a program of its own: `node lab/src/net/lab-main.ts matrix --json`. `chapar lab` calls the same function. Ctrl-C
 * and SIGTERM end it through the signal, so that everything made is removed on the way out.
 */
import { runLab } from "../main.ts";

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());

process.exitCode = await runLab(process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  signal: stop.signal,
});
