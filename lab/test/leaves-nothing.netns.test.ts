/* A lab that is stopped, and one that is killed, leave nothing behind: no namespace, link, rule, process or file. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { labNamespaces, removeAbandoned } from "../src/net/namespaces.ts";
import { runTool, whyNoNamespaces } from "../src/net/tools.ts";
import { notRun } from "../src/testing/netns.ts";

const MAIN = join(import.meta.dirname, "../src/net/lab-main.ts");
const LIMIT_MS = 60_000;

const namespacesOf = (pid: number): readonly string[] =>
  labNamespaces().filter((name) => name.startsWith(`chlab-${pid}-`));
const scratchOf = (pid: number): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`chapar-lab-${pid}-`));
const filesOf = (pid: number): string[] =>
  existsSync("/etc/netns") === true ? readdirSync("/etc/netns").filter((name) => name.startsWith(`chlab-${pid}-`)) : [];

/** Processes whose command line names a lab's scratch folder: station, client, nginx, dnsmasq's neighbours. */
function processesOf(pid: number): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const words: string = readFileSync(`/proc/${entry}/cmdline`, "utf8");
        const isOurs = words.includes(`chapar-lab-${pid}-`) || words.includes(`chlab-${pid}-`);
        return isOurs ? [words] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

/** What the machine's own network shows; a lab must not change it. */
const ownNetwork = (): string =>
  runTool("ip", ["-o", "link"]).replaceAll(/ (qlen|mtu) \d+/g, "") + runTool("nft", ["list", "tables"]);

/** A lab that runs. */
interface StartedLab {
  readonly pid: number;
  /** Sends a signal and waits for the end. @returns the exit code */
  end(signal: "SIGINT" | "SIGKILL"): Promise<number | null>;
}

/** Starts a matrix and waits until its network stands. */
async function startedLab(): Promise<StartedLab> {
  const lab = spawn(process.execPath, [MAIN, "matrix", "--json", "--rules", "R1,R2,R3,R14"], { stdio: "ignore" });
  const pid = lab.pid ?? 0;
  for (let waitedMs = 0; waitedMs < 30_000 && scratchOf(pid).length === 0; waitedMs += 50) await delay(50);
  for (let waitedMs = 0; waitedMs < 30_000 && processesOf(pid).length < 3; waitedMs += 50) await delay(50);
  expect(namespacesOf(pid)).toHaveLength(6);
  return {
    pid,
    end(signal) {
      const ended = new Promise<number | null>((resolve) => lab.once("close", (code: number | null) => resolve(code)));
      lab.kill(signal);
      return ended;
    },
  };
}

const left = (pid: number): unknown => ({
  namespaces: namespacesOf(pid),
  files: filesOf(pid),
  scratch: scratchOf(pid),
  processes: processesOf(pid),
});
const NOTHING = { namespaces: [], files: [], scratch: [], processes: [] };

describe("after a run", () => {
  const why = whyNoNamespaces();
  if (why !== undefined) notRun("leaves nothing", why);
  else {
    it(
      "that was stopped with Ctrl-C nothing is left",
      async () => {
        const before = ownNetwork();
        const lab = await startedLab();
        expect(await lab.end("SIGINT")).toBe(130);
        expect(left(lab.pid)).toEqual(NOTHING);
        expect(ownNetwork()).toBe(before);
      },
      LIMIT_MS,
    );

    it(
      "that was killed the next one removes what is left",
      async () => {
        const before = ownNetwork();
        const lab = await startedLab();
        await lab.end("SIGKILL");
        expect(namespacesOf(lab.pid)).toHaveLength(6);
        await removeAbandoned();
        expect(left(lab.pid)).toEqual(NOTHING);
        expect(ownNetwork()).toBe(before);
      },
      LIMIT_MS,
    );
  }
});
