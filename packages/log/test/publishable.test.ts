/* The package as it would be published: plain Node, nothing beside it but `@chapar/wire/bytes`, the README's example as it stands there. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makePublishable } from "../scripts/publishable.ts";

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chapar-log-"));
  const scope = join(folder, "node_modules/@chapar");
  mkdirSync(scope, { recursive: true });
  makePublishable(folder);
  for (const name of ["log", "wire"]) renameSync(join(folder, name), join(scope, name));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** SHA-256 and Ed25519 for the example, by Node itself. */
const PORTS = `
import { createHash, generateKeyPairSync, createPublicKey, sign, verify as check } from "node:crypto";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const spki = publicKey.export({ format: "der", type: "spki" });
const sha256 = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());
const signer = { publicKey: new Uint8Array(spki.subarray(12)), sign: (text) => new Uint8Array(sign(null, text, privateKey)) };
const verify = (key, text, signature) =>
  check(null, text, createPublicKey({ key: Buffer.concat([spki.subarray(0, 12), key]), format: "der", type: "spki" }), signature);
`;

describe("@chapar/log, published", () => {
  it("runs its README's example with nothing but wire/bytes beside it", () => {
    const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? "throw new Error('no example')";
    const file = join(folder, "example.mjs");
    const [imports = "", ...code] = example.split("\n");
    writeFileSync(file, `${imports}\n${PORTS}\n${code.join("\n")}\nconsole.log(checked.ok, step.state.range.size);\n`);
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "true 1\n", stderr: "" });
  });

  it("has nothing of the frames, no TypeScript sources, and one dependency", () => {
    const scope = join(folder, "node_modules/@chapar");
    expect(readdirSync(join(scope, "wire/dist"))).toEqual(["bytes"]);
    const files = readdirSync(join(scope, "log"), { recursive: true, encoding: "utf8" });
    expect(files.filter((path) => /(?<!\.d)\.ts$|test|tsbuildinfo/.test(path))).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(scope, "log/package.json"), "utf8"));
    expect(Object.keys(manifest.dependencies)).toEqual(["@chapar/wire"]);
    expect(manifest.private).toBeUndefined();
  });
});
