/*
 * Vectors of others, kept beside the repository (a plain clone does not have them). When the folder is missing the tests
 * say plainly that they were not run; they never pass in silence.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../../shared/vectors/", import.meta.url));

/** One foreign JSON file: its path below the family's folder and what it holds. */
export interface ForeignCase {
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** All JSON files of a family such as "merkle/inclusion"; undefined when it is not here. */
export function foreignVectors(family: string): ForeignCase[] | undefined {
  const folder = join(ROOT, family);
  if (existsSync(folder) === false) return undefined;
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".json"));
  return paths.sort().map((path) => ({ path, data: JSON.parse(readFileSync(join(folder, path), "utf8")) }));
}
