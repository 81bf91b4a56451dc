/*
 * The tunnel in the namespaces: `chapar tunnel`, started behind a censor with nothing but an invite, and curl over its SOCKS port. What
 * it reads is a site whose name is closed at the border; 64 KiB of it, for a handshake alone says little (3-road.md §3.2).
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { LabNetwork } from "./namespaces.ts";
import { Speaker } from "./processes.ts";
import { type Services, trusting } from "./services.ts";
import { programPath } from "./tools.ts";

const CHAPAR = join(import.meta.dirname, "../../../apps/term/src/main.ts");
const READ = "https://blocked.example/64k.bin";
const READ_LONG = "https://blocked.example/1m.bin";
const READY_LIMIT_MS = 45_000;
const CURL_LIMIT_S = 45;

/** A tunnel, and curl that reads through it again and again until the signal aborts. @returns bytes that it read */
export async function readsOn(network: LabNetwork, services: Services, signal: AbortSignal): Promise<number> {
  const tunnel = openTunnel(network, services);
  let sumBytes = 0;
  try {
    const { socks } = await tunnel.heard("ready", READY_LIMIT_MS);
    while (!signal.aborted)
      sumBytes += await readBytes(network, String(socks), services.certificates.authority, signal);
  } finally {
    await tunnel.stop();
  }
  return sumBytes;
}

function openTunnel(network: LabNetwork, { invite, certificates }: Services): Speaker {
  const env = { ...trusting(certificates), HOME: network.scratch };
  const words = [CHAPAR, "tunnel", "--via", invite, "--socks-port", "0", "--http-port", "0", "--json"];
  return new Speaker("tunnel", network.start("client", process.execPath, words, { env }));
}

function readBytes(network: LabNetwork, socks: string, authority: string, signal: AbortSignal): Promise<number> {
  const curl = programPath("curl") ?? "curl";
  const args = ["netns", "exec", network.name("client"), curl, "-s", "--cacert", authority, "--socks5-hostname", socks];
  const child = spawn("ip", [...args, READ_LONG], { stdio: ["ignore", "pipe", "ignore"] });
  let sumBytes = 0;
  child.stdout.on("data", (chunk: Buffer) => (sumBytes += chunk.byteLength));
  signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  return new Promise((resolve) => child.once("close", () => resolve(sumBytes)));
}

/** Whether curl reads the site through a fresh tunnel, while rules are in force. */
export async function readsThroughTunnel(network: LabNetwork, services: Services): Promise<boolean> {
  const tunnel = openTunnel(network, services);
  try {
    const { socks } = await tunnel.heard("ready", READY_LIMIT_MS);
    return await reads(network, String(socks), services.certificates.authority);
  } catch {
    // A tunnel that does not open reads nothing, which is the answer.
    return false;
  } finally {
    await tunnel.stop();
  }
}

function reads(network: LabNetwork, socks: string, authority: string): Promise<boolean> {
  const curl = programPath("curl") ?? "curl";
  const how = ["-s", "-f", "-o", "/dev/null", "-m", String(CURL_LIMIT_S), "--cacert", authority];
  const args = ["netns", "exec", network.name("client"), curl, ...how, "--socks5-hostname", socks, READ];
  const child = spawn("ip", args, { stdio: "ignore" });
  return new Promise((resolve) => child.once("close", (code) => resolve(code === 0)));
}
