/*
 * Seasons of random operations over three regions, for `chapar lab residency`, a line of JSON each. Run:
 * node packages/station/scripts/residency-season.ts FIRST_SEED STEP SEASONS OPERATIONS PLANTS [disk]. A season has a whole world of its own: in
 * memory, or with `disk` on ports and in folders of this machine, which are searched and deleted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playDiskSeason, playResidencySeason } from "../src/testing/index.ts";

const [first = 1, step = 1, seasons = 1, operations = 1_000, plants = 0] = process.argv.slice(2, 7).map(Number);
const isOnDisk = process.argv[7] === "disk";

async function onDisk(seed: number): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "chapar-residency-"));
  try {
    return await playDiskSeason({ folder, seed, operations });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (let i = 0; i < seasons; i++) {
  const seed = first + i * step;
  const result = isOnDisk ? await onDisk(seed) : await playResidencySeason({ seed, operations, plants });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
