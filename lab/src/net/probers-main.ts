/* A prober as a process inside the lab, in the client's place. Started with one JSON argument; says a `row` for each probe, then `done`. */
import { probeBoth } from "../measures/probers.ts";

interface ProbersMainConfig {
  readonly times: number;
  readonly addresses: readonly [string, string];
}

const { times, addresses } = JSON.parse(process.argv[2] ?? "{}") as ProbersMainConfig;
const say = (event: string, more: object = {}): boolean =>
  process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
await probeBoth(times, addresses, (row) => say("row", { row }));
say("done");
