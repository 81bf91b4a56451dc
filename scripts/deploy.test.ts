/* What stands in deploy/ (O-5), as far as it can be checked without a container engine; a program that is missing here is told. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(ROOT, "deploy", name), "utf8");
const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;

/** Runs a check of a program, or says that it is not here. */
function withProgram(program: string, check: () => void): void {
  if (has(program)) check();
  else process.stderr.write(`deploy: NOT RUN, ${program} is missing\n`);
}

it("O-5 the unit is one that systemd takes, without rights, with a folder of its own and nothing else to write to", () => {
  const unit = read("chapar-station.service");
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1];
  for (const name of ["DynamicUser", "NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectKernelTunables"])
    expect(value(name), name).toBe("yes");
  expect(value("ProtectSystem")).toBe("strict");
  expect(value("CapabilityBoundingSet")).toBe("");
  expect(value("StateDirectoryMode")).toBe("0700");
  const command = /^ExecStart=(\S+)((?: \S+)+)$/m.exec(unit);
  const script = command?.[2]?.split(" ").find((word) => word.endsWith(".ts")) ?? "";
  expect(existsSync(script.replace("/opt/chapar", ROOT))).toBe(true);
  expect(unit).toContain(" up --data /var/lib/chapar ");
  withProgram("systemd-analyze", () => {
    const folder = mkdtempSync(join(tmpdir(), "chapar-unit-"));
    try {
      // Where the checkout is not installed, the program of the unit is this test's own.
      const path = join(folder, "chapar-station.service");
      writeFileSync(path, unit.replaceAll("/opt/chapar/.chapar/toolchain/node", process.execPath));
      const verified = spawnSync("systemd-analyze", ["verify", "--recursive-errors=no", path], { encoding: "utf8" });
      expect(verified.stderr.split("\n").filter((line) => line.includes("chapar-station"))).toEqual([]);
      expect(verified.status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

it("O-5 the image ends as a user without rights, with a program that exists and nothing secret or built elsewhere in it", () => {
  const last =
    read("Dockerfile")
      .split(/^FROM /m)
      .at(-1) ?? "";
  const [, user] = /^USER (\d+):\d+$/m.exec(last) ?? [];
  expect(Number(user)).toBeGreaterThan(0);
  const [, entry = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(last) ?? [];
  const words = JSON.parse(entry) as string[];
  expect(words[0]).toBe(".chapar/toolchain/node");
  expect(existsSync(join(ROOT, words.at(-1) ?? ""))).toBe(true);
  expect(last).toMatch(/^VOLUME \/data$/m);
  const ignored = read("Dockerfile.dockerignore").split("\n");
  for (const name of [".git", ".chapar", "**/node_modules", "apps/web/dist"]) expect(ignored).toContain(name);
  const pinned = [...read("Dockerfile").matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  for (const image of pinned) expect(image).toMatch(/:\d+\.\d+\.\d+/);
});

it("O-5 the composition drops every capability, writes nowhere but to its volumes, and leaves TLS to Caddy", () => {
  const text = read("compose.yaml");
  const [, station = "", caddy = ""] = /\n {2}station:\n([\s\S]*?)\n {2}caddy:\n([\s\S]*?)\nvolumes:/.exec(text) ?? [];
  for (const service of [station, caddy]) {
    expect(service).toContain("read_only: true");
    expect(service).toContain("cap_drop: [ALL]");
    expect(service).toContain("no-new-privileges:true");
  }
  expect(station).toContain('user: "10001:10001"');
  expect(station).not.toContain("ports:");
  expect(caddy).toMatch(/image: caddy:\d+\.\d+\.\d+/);
  withProgram("caddy", () => {
    const given = ["validate", "--adapter", "caddyfile", "--config", join(ROOT, "deploy/Caddyfile")];
    const env = { ...process.env, CHAPAR_HOST: "chapar.example", HOME: tmpdir(), XDG_DATA_HOME: tmpdir() };
    const validated = spawnSync("caddy", given, { encoding: "utf8", env });
    expect(validated.status, validated.stderr).toBe(0);
  });
});
