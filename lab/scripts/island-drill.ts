/* One drill of a cut border, for `chapar lab island`; a line of JSON. Run: node lab/scripts/island-drill.ts DAYS PEOPLE MESSAGES SEED. */
import { playIsland } from "../src/testing/island/drill.ts";

const [days = 3, people = 8, messages = 300, seed = 1] = process.argv.slice(2, 6).map(Number);
const row = await playIsland({ days, people, messages, seed }, (line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(row)}\n`);
