/* Programs of the system that capture a machine: where they are, which Debian package has them, and running one to its end. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { TermError } from "../errors.ts";

/** What is needed, by Debian package. */
const PACKAGES = {
  nft: "nftables",
  ip: "iproute2",
  setpriv: "util-linux",
  haproxy: "haproxy",
  "ss-redir": "shadowsocks-libev",
} as const;
/** A program by name. */
export type Program = keyof typeof PACKAGES;

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Where a program is; not by PATH: what runs as root comes from where root put it. */
function pathOf(program: Program): string | undefined {
  return FOLDERS.map((folder) => join(folder, program)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      // Not here; the next folder may have it.
      return false;
    }
  });
}

/**
 * The paths of all programs.
 *
 * @throws TermError `term/vpn-needs` when this is no Linux, not root, or programs are missing
 */
export function requirePrograms(needed: readonly Program[]): Readonly<Record<Program, string>> {
  if (process.platform !== "linux") throw new TermError("term/vpn-needs", { what: "Linux" });
  if (process.geteuid?.() !== 0)
    throw new TermError("term/vpn-needs", { what: "root (sudo), because it changes where this machine's packets go" });
  const missing = needed.filter((program) => pathOf(program) === undefined);
  if (missing.length > 0) {
    const packages = missing.map((program) => PACKAGES[program]).join(" ");
    throw new TermError("term/vpn-needs", { what: `${missing.join(", ")} (apt-get install ${packages})` });
  }
  const paths = Object.keys(PACKAGES).map((program) => [program, pathOf(program as Program) ?? ""] as const);
  return Object.fromEntries(paths) as Record<Program, string>;
}

/** Runs a program to its end. @returns its complaint when it failed, else undefined */
export function runProgram(path: string, args: readonly string[], input = ""): string | undefined {
  const { status, stderr, error } = spawnSync(path, args, { encoding: "utf8", input });
  if (error === undefined && status === 0) return undefined;
  return (error?.message ?? stderr).trim().slice(0, 400);
}
