/*
 * The station that kill.scenario.test.ts kills. It loads, waits for a word on standard input (so that the next one is
 * loaded while this one runs), says its URL when it takes links, and runs until it dies.
 */
import { once } from "node:events";
import { startStation } from "../src/node/index.ts";

const [dataDir = ""] = process.argv.slice(2);
await once(process.stdin, "data");
const station = await startStation({ dataDir, port: 0, region: "IR", name: "killed", signUp: "open" });
process.stdout.write(`${station.url}\n`);
