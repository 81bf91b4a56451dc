/* One race of everybody, for `chapar lab race`; a line of JSON. Run: node lab/scripts/race-drill.ts PEOPLE CHANGES SEED. */
import { playRace } from "../src/testing/race/drill.ts";

const [people = 5, changes = 15, seed = 1] = process.argv.slice(2, 5).map(Number);
const row = await playRace({ people, changes, seed }, (line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(row)}\n`);
