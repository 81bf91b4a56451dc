/*
 * Seasons of random operations over three regions, for `chapar lab residency`, a line of JSON each. Run:
 * node packages/station/scripts/residency-season.ts FIRST_SEED STEP SEASONS OPERATIONS PLANTS. A season has a whole world of its own.
 */
import { playResidencySeason } from "../src/testing/index.ts";

const [first = 1, step = 1, seasons = 1, operations = 1_000, plants = 0] = process.argv.slice(2).map(Number);
for (let i = 0; i < seasons; i++) {
  const result = await playResidencySeason({ seed: first + i * step, operations, plants });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
