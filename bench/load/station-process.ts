/* A station as a process of its own, with a fresh data folder on this machine's disk. */
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { residentBytesOf } from "./process.ts";

/** A station that runs. */
export interface StationProcess {
  readonly url: string;
  readonly folder: string;
  residentBytes(): number;
  close(): Promise<void>;
}

/** Starts a station on a free loopback port. */
export async function startStationProcess(): Promise<StationProcess> {
  const folder = mkdtempSync(join(tmpdir(), "chapar-bench-station-"));
  const child = fork(join(import.meta.dirname, "station-main.ts"), [folder, "unlimited"], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => (typeof message === "string" ? resolve(message) : reject(new Error("no URL"))));
    child.once("exit", (code) => reject(new Error(`the station ended with ${code}`)));
  });
  const close = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, folder, residentBytes: () => residentBytesOf(child.pid ?? 0), close };
}

/** Bytes of all files of a folder. */
export function bytesOfFolder(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
}
