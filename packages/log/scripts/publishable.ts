/*
 * Makes packages/log as it would be published, with `@chapar/wire` beside it as far as it needs it (`@chapar/wire/bytes`, nothing of the
 * frames): plain JavaScript, types, no dependency. Run: node packages/log/scripts/publishable.ts FOLDER; then `npm pack` in FOLDER/log.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Emits JavaScript and types where the workspace emits declarations alone. */
const FLAGS = {
  composite: "false",
  incremental: "false",
  tsBuildInfoFile: "null",
  emitDeclarationOnly: "false",
  declaration: "true",
  declarationMap: "false",
};

interface Published {
  readonly name: "log" | "wire";
  /** doors, and the file of each below dist, without its ending */
  readonly doors: Readonly<Record<string, string>>;
}

const PACKAGES: readonly Published[] = [
  { name: "log", doors: { ".": "index" } },
  { name: "wire", doors: { "./bytes": "bytes/index" } },
];

function emit(name: string, outDir: string): void {
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const project = join(ROOT, "packages", name, "tsconfig.json");
  const flags = Object.entries(FLAGS).flatMap(([flag, value]) => [`--${flag}`, value]);
  const args = ["-p", project, ...flags, "--outDir", outDir];
  const { status, stdout } = spawnSync(tsc, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
}

/** Writes both packages into a folder, replacing what is there. */
export function makePublishable(folder: string): void {
  for (const { name, doors } of PACKAGES) {
    const target = join(folder, name);
    const source = join(ROOT, "packages", name);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    emit(name, join(target, "dist"));
    if (name === "wire") {
      // Of wire only the door that log imports: nothing of the frames is published with it.
      const bytes = join(target, "bytes");
      cpSync(join(target, "dist/bytes"), bytes, { recursive: true });
      rmSync(join(target, "dist"), { recursive: true });
      cpSync(bytes, join(target, "dist/bytes"), { recursive: true });
      rmSync(bytes, { recursive: true });
    }
    const { version, description, license, type } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
    const exports = Object.fromEntries(
      Object.entries(doors).map(([door, file]) => [
        door,
        { types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` },
      ]),
    );
    const dependencies = name === "log" ? { dependencies: { "@chapar/wire": version } } : {};
    const manifest = { name: `@chapar/${name}`, version, description, license, type, exports, files: ["dist"] };
    writeFileSync(join(target, "package.json"), `${JSON.stringify({ ...manifest, ...dependencies }, undefined, 2)}\n`);
    cpSync(join(ROOT, "LICENSE"), join(target, "LICENSE"));
    if (name === "log") cpSync(join(source, "README.md"), join(target, "README.md"));
  }
}

const [, script, folder] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (folder === undefined) throw new Error("usage: publishable.ts FOLDER");
  makePublishable(folder);
}
