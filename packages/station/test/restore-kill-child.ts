/* What restore.scenario.test.ts kills: one restoration. */
import { restoreStation } from "../src/node/index.ts";

const [from = "", dataDir = ""] = process.argv.slice(2);
process.stdout.write("begun\n");
await restoreStation(from, dataDir, { nowMs: Date.now() });
process.stdout.write("done\n");
