/* The programs that the lab runs, which Debian package each is in, and what is missing. Nothing is installed unless asked. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { LabError } from "../errors.ts";

/** A program and its package. */
export interface Tool {
  readonly program: string;
  readonly package: string;
}

/** Without these there are no namespaces to run in. */
export const NEEDED_TOOLS: readonly Tool[] = [
  { program: "ip", package: "iproute2" },
  { program: "nft", package: "nftables" },
  { program: "socat", package: "socat" },
  { program: "ethtool", package: "ethtool" },
  { program: "sysctl", package: "procps" },
  { program: "nginx", package: "nginx-light" },
  { program: "dnsmasq", package: "dnsmasq" },
  { program: "openssl", package: "openssl" },
  { program: "curl", package: "curl" },
];

/** Controls: real programs that rules must stop. A control whose program is missing is reported as not run. */
export const CONTROL_TOOLS: readonly Tool[] = [
  { program: "dig", package: "bind9-dnsutils" },
  { program: "unbound", package: "unbound" },
  { program: "ping", package: "iputils-ping" },
  { program: "ss-local", package: "shadowsocks-libev" },
  { program: "haproxy", package: "haproxy" },
  { program: "openvpn", package: "openvpn" },
  { program: "chromium", package: "chromium" },
  { program: "obfs4proxy", package: "obfs4proxy" },
  { program: "v2ray", package: "v2ray" },
  { program: "trojan", package: "trojan" },
  { program: "tor", package: "tor" },
  { program: "ndpiReader", package: "libndpi-bin" },
  { program: "tcpdump", package: "tcpdump" },
  { program: "caddy", package: "caddy" },
  { program: "snowflake-client", package: "snowflake-client" },
];

const FOLDERS = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** Where a program is, or undefined. */
export function programPath(program: string): string | undefined {
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

/** Tools of a list that are not installed. */
export const missingTools = (tools: readonly Tool[]): readonly Tool[] =>
  tools.filter(({ program }) => programPath(program) === undefined);

/** Why namespaces cannot be used here, or undefined. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== "linux") return "namespaces are Linux's";
  if (process.getuid?.() !== 0) return "only root can make namespaces";
  const missing = missingTools(NEEDED_TOOLS);
  if (missing.length > 0) {
    const packages = missing.map((tool) => tool.package).join(" ");
    return `missing: ${missing.map(({ program }) => program).join(", ")}; install with: apt-get install ${packages}`;
  }
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "/dev/net/tun cannot be opened";
  }
}

/**
 * Runs a program to its end and answers what it printed.
 *
 * @throws LabError `lab/tool-missing` · `lab/command-failed`
 */
export function runTool(program: string, args: readonly string[], input?: string): string {
  const path = programPath(program);
  if (path === undefined) throw new LabError("lab/tool-missing", program);
  const { status, stdout, stderr, error } = spawnSync(path, args, {
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  if (error !== undefined || status !== 0)
    throw new LabError("lab/command-failed", `${program} ${args.join(" ")}: ${(stderr ?? "").trim()}`, {
      cause: error,
    });
  return stdout;
}

/** Installs every tool that is missing, with Debian's package manager. @returns packages it asked for */
export function installTools(): readonly string[] {
  const packages = [...new Set(missingTools([...NEEDED_TOOLS, ...CONTROL_TOOLS]).map((tool) => tool.package))];
  if (packages.length === 0) return packages;
  runTool("apt-get", ["update", "-q"]);
  runTool("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages]);
  return packages;
}
